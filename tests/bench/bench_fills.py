"""How fast holes are filled, and where the time goes. Run it: python tests/bench/bench_fills.py

One hole of a seventh of the frame, eight frames a size, all methods in one run on the same machine
and one thread, so the ratios to PatchMatch hold where the seconds do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import skimage.data
import torch
from rich.console import Console
from rich.table import Table

from inpaintscan.gen_data.inpainters import Hole, load_inpainter
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.nets.generators.coarse import CoarseInpainter
from inpaintscan.weights import load_network, resolve_model

FRAMES = 8
SIDES = (256, 512)
METHODS = ("patchmatch", "fourier", "partial", "gated")


def main() -> None:
    """Measure and print both tables."""
    torch.set_num_threads(1)
    speeds = Table("side", "method", "fills a second", "times as fast as patchmatch")
    for side in SIDES:
        found = {method: fills_a_second(method, side) for method in METHODS}
        for method, speed in found.items():
            ratio = speed / found["patchmatch"]
            speeds.add_row(str(side), method, f"{speed:.1f}", f"{ratio:.2f}")
    parts = Table("side", "part of fourier", "share")
    for side in SIDES:
        for part, share in shares("fourier", side).items():
            parts.add_row(str(side), part, f"{share:.0%}")
    console = Console()
    console.print(speeds)
    console.print(parts)


def fills_a_second(method: str, side: int) -> float:
    """Return the speed of a method of gen-data, holes to frames."""
    settings = Settings(methods=(Choice(method),), device="cpu", precision="fp32")
    inpainter = load_inpainter(Choice(method), settings)
    rows, columns = (np.arange(side) % extent for extent in skimage.data.coffee().shape[:2])
    frame = np.ascontiguousarray(skimage.data.coffee()[np.ix_(rows, columns)])
    mask = np.zeros((side, side), dtype=bool)
    mask[side // 4 : side * 5 // 8, side // 4 : side * 5 // 8] = True
    holes = [Hole(frame, mask, np.random.default_rng(0)) for _ in range(FRAMES)]
    inpainter.inpaint(holes[:1])
    return FRAMES / seconds(lambda: inpainter.inpaint(holes))


@torch.inference_mode()
def shares(arch: str, side: int) -> dict[str, float]:
    """Return what share of the time the first guess, the network and the detail take."""
    network, _ = load_network(resolve_model(f"inpainter-{arch}"))
    assert isinstance(network, CoarseInpainter)
    images, masks = torch.rand(1, 3, side, side), torch.zeros(1, 1, side, side)
    masks[..., side // 4 : side * 5 // 8, side // 4 : side * 5 // 8] = 1
    holed = network.look(images, masks)
    drawn = network.draw(holed.small, holed.hole)
    spent = {
        "first guess": seconds(lambda: network.look(images, masks)),
        "network": seconds(lambda: network.draw(holed.small, holed.hole)),
        "detail": seconds(lambda: holed.finish(holed.small + drawn)),
    }
    return {name: value / sum(spent.values()) for name, value in spent.items()}


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes, the best of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
