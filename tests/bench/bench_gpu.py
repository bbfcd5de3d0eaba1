"""A scan on a GPU against the decode-only rate of the same machine. UNTESTED: written without one.

python -m tests.bench.bench_gpu [--device cuda]

Prints, for photos of two megapixels: how many a second the CPUs decode (a scan should reach 85 % of
it), how many the card decodes (torchvision's JPEG decoder), how many a scan does in each precision,
and how far its scores are from those of the CPU in fp32. Ends with status 1 if a difference is
larger than the tolerance.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

import inpaintscan
from inpaintscan.findings import Finding
from inpaintscan.images import read_image
from tests.bench.bench_scan import write_images

TOLERANCE = {"fp32": 0.001, "bf16": 0.05, "fp16": 0.01}
"""Largest difference of a score from that of the CPU in fp32."""
CHECKED = 16
"""Photos that are scanned on the CPU as well."""


def main() -> int:
    """Measure and print; return 1 if scores differ by more than the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--workers", type=int, default=16)
    arguments = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), arguments.images, 1224, 1632)
        paths = sorted(Path(folder).iterdir())
        with ThreadPoolExecutor(arguments.workers) as pool:
            floor = rate(
                paths, lambda: [None for _ in pool.map(lambda p: read_image(p).bytes, paths)]
            )
        console.print(
            f"CPUs decode {floor:.0f} photos/s; the card {card_rate(paths, arguments.device)}"
        )
        reference = list(inpaintscan.load(device="cpu").scan_many(paths[:CHECKED]))
        worst = {}
        for precision in TOLERANCE:
            scanner = inpaintscan.load(
                device=arguments.device, precision=precision, workers=arguments.workers
            )
            scanner.scan(paths[0])
            findings: list[Finding] = []
            speed = rate(paths, lambda: findings.extend(scanner.scan_many(paths)))  # noqa: B023
            worst[precision] = largest_difference(reference, findings)
            console.print(
                f"{precision}: {speed:.0f} photos/s, {speed / floor:.0%} of the decode-only rate; "
                f"scores within {worst[precision]:.4f} of the CPU's"
            )
    return int(any(worst[name] > limit for name, limit in TOLERANCE.items()))


def rate(paths: Sequence[Path], action: Callable[[], object]) -> float:
    """Return photos per second of an action on all of them."""
    start = time.perf_counter()
    action()
    return len(paths) / (time.perf_counter() - start)


def card_rate(paths: Sequence[Path], device: str) -> str:
    """Return how fast torchvision decodes on the card, in words."""
    import torch
    from torchvision.io import decode_jpeg, read_file

    def decode() -> None:
        for first in range(0, len(paths), 32):
            decode_jpeg([read_file(str(path)) for path in paths[first : first + 32]], device=device)
        torch.cuda.synchronize()

    try:
        decode()
        return f"{rate(paths, decode):.0f} photos/s"
    except RuntimeError as error:
        return f"cannot ({str(error).splitlines()[0]})"


def largest_difference(reference: Sequence[Finding], findings: Sequence[Finding]) -> float:
    """Return the largest difference of a score between two scans of the same photos."""
    pairs = zip(reference, findings[: len(reference)], strict=True)
    return max(abs((one.score or 0.0) - (other.score or 0.0)) for one, other in pairs)


if __name__ == "__main__":
    sys.exit(main())
