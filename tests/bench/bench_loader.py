"""How fast training pairs are drawn, beside the step they are for: tests/bench/bench_loader.py

Everything is measured in one run on the same machine, so the ratios hold where the seconds do not:
drawing pairs in plain photos (OpenCV), the pairs of a gen-data folder (Pillow), a training step of
the network, and how long that step waits for its batch with loader processes beside it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.data
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset

from inpaintscan.data import Sample
from inpaintscan.device import resolve_device
from inpaintscan.train.crops.multi_data import MultiData
from inpaintscan.train.crops.pairs import PairCrops, PairSettings
from inpaintscan.train.drawn.shares import DrawnSettings, PairShares
from inpaintscan.train.loop.loop import Batch
from inpaintscan.train.tasks.multi import MultiSettings, MultiTask

NAMES = ("coffee", "astronaut", "chelsea", "rocket")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=192, help="side of a crop")
    parser.add_argument("--pairs", type=int, default=6, help="in a batch")
    parser.add_argument("--count", type=int, default=120, help="pairs to draw")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--arch", default="tracenet")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos = write_photos(Path(folder))
        task = make_task(given.arch, given.size, photos, Path(folder))
        made = PairCrops(
            write_pairs(Path(folder), photos), PairSettings(crop=given.size), Path(folder), 0
        )
        megapixels = 2 * given.size**2 / 1e6
        speeds = {
            name: megapixels / seconds_a_pair(pairs, given.count)
            for name, pairs in (("drawn in photos", task.samples), ("of gen-data", made))
        }
        busy, waited = measure_steps(task, given.steps, given.pairs, given.workers)
    network = given.pairs * megapixels / busy
    table = Table("what", "MP/s", "times the step", title=f"{given.size} px, {given.arch}")
    for name, speed in speeds.items():
        table.add_row(f"pairs {name}, one process", f"{speed:.2f}", f"{speed / network:.1f}")
    table.add_row("a training step", f"{network:.2f}", "1.0")
    console = Console()
    console.print(table)
    crops = speeds["drawn in photos"] * 1e6 / given.size**2
    console.print(f"{crops:.0f} crops a second and process")
    console.print(f"waiting for the loader: {waited / (busy + waited):.1%} of a step's time")
    console.print(f"work of the loader: {network / speeds['drawn in photos']:.1%} of a step's work")


def write_photos(folder: Path) -> list[Sample]:
    """Write real photos as JPEG: each several times, moved."""
    samples = []
    for number in range(16):
        name = NAMES[number % len(NAMES)]
        pixels = np.roll(getattr(skimage.data, name)(), 40 * number, axis=1)
        path = folder / f"{name}-{number}.jpg"
        Image.fromarray(pixels).save(path, quality=92)
        samples.append(Sample(path, "clean", source=name))
    return samples


def write_pairs(folder: Path, photos: list[Sample]) -> list[Sample]:
    """Write what gen-data would: originals, and frames that stand for rebuilt ones."""
    samples = []
    for photo in photos:
        with Image.open(photo.image) as image:
            for kind, quality in (("original", 95), ("inpainted", 60)):
                path = folder / "set" / kind / photo.image.name
                path.parent.mkdir(parents=True, exist_ok=True)
                image.save(path, quality=quality)
        samples.append(Sample(path, "inpainted", kind="inpainted", method="vae:some"))
    return samples


def seconds_a_pair(pairs: Dataset[Batch], count: int) -> float:
    """Return the processor time of a pair in this process."""
    pairs[0]
    start = time.process_time()
    for index in range(count):
        pairs[index]
    return (time.process_time() - start) / count


def make_task(arch: str, size: int, photos: list[Sample], folder: Path) -> MultiTask:
    """Return the task of training on plain photos, without autoencoders, which work beforehand."""
    settings = MultiSettings(
        pairs=PairSettings(crop=size),
        drawn=DrawnSettings(pairs=PairShares(rebuilt=0)),
        arch=arch,
    )
    data = MultiData(photos=tuple(photos), held_out_photos=tuple(photos[:1]))
    return MultiTask(settings, data, folder, seed=0)


def make_step(task: MultiTask) -> Callable[[Batch], None]:
    """Return a training step of the task's network, which ends when it is done."""
    device = resolve_device("auto")
    network = task.network.to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)

    def step(batch: Batch) -> None:
        moved = {name: tensor.to(device) for name, tensor in batch.items()}
        with torch.autocast(device.type, torch.bfloat16):
            loss = task.loss(network, moved)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def measure_steps(task: MultiTask, steps: int, size: int, workers: int) -> tuple[float, float]:
    """Return the seconds a step takes, and those it waits for its batch."""
    step = make_step(task)
    batches = [list(range(first * size, (first + 1) * size)) for first in range(steps + 4)]
    loader = iter(DataLoader(task.samples, batch_sampler=batches, num_workers=workers))
    for _ in range(4):  # the first passes set kernels and processes up
        step(next(loader))
    busy = waited = 0.0
    for _ in range(steps):
        start = time.perf_counter()
        batch = next(loader)
        begun = time.perf_counter()
        step(batch)
        waited, busy = waited + begun - start, busy + time.perf_counter() - begun
    return busy / steps, waited / steps


if __name__ == "__main__":
    main()
