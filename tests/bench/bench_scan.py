"""How fast a scan is, and where its time goes. Run it: python tests/bench/bench_scan.py

Everything is measured in one run on the same machine, so the ratios hold where the seconds do not:
a floor that only decodes, the scan, and the forward pass of torchvision's FCN-ResNet50 (random
weights: its speed does not depend on them) on the same pixels. Each set is measured in a process
of its own, so that the peak of memory is that set's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from rich.console import Console
from rich.table import Table

SETS = {
    # name: number of images, height, width
    "thumbnails": (200, 256, 256),
    "screen": (16, 1024, 1024),
    "camera": (2, 3000, 4000),
    "panorama": (1, 10_000, 10_000),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and with what."""

    model: str
    device: str
    workers: int | None
    threads: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One set: seconds for all its images, and the peak of resident memory in megabytes."""

    images: int
    megapixels: float
    decode_s: float
    scan_s: float
    fcn_s_per_megapixel: float
    base_mb: float
    peak_mb: float


def main() -> int:
    """Measure the sets asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="thumbnails,screen,camera", help=", ".join(SETS))
    parser.add_argument("--model", default="inpaintscan")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--threads", type=int, help="of the network; default: PyTorch's")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    arguments = parser.parse_args()
    options = Options(arguments.model, arguments.device, arguments.workers, arguments.threads)
    measured = {}
    for name in arguments.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            write_images(Path(folder), *SETS[name])
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                measured[name] = pool.apply(measure, (Path(folder), options))
    if arguments.json:
        fields = {name: {f: getattr(m, f) for f in m.__slots__} for name, m in measured.items()}
        sys.stdout.write(json.dumps(fields, indent=2) + "\n")
    else:
        print_table(measured)
    return 0


def write_images(folder: Path, count: int, height: int, width: int) -> None:
    """Write JPEG files (quality 90) made of a real photo, mirrored to the size, each different."""
    photo = skimage.data.coffee()
    pad = (max(height - photo.shape[0], 0), max(width - photo.shape[1], 0))
    pixels = np.pad(photo, ((0, pad[0]), (0, pad[1]), (0, 0)), mode="symmetric")
    for number in range(count):
        turned = np.roll(pixels, 8 * number, axis=1)[:height, :width]
        Image.fromarray(turned).save(folder / f"{number:05d}.jpg", quality=90)


def measure(folder: Path, options: Options) -> Measured:
    """Decode, scan, and run FCN-ResNet50 on the images of a folder."""
    import torch

    import inpaintscan
    from inpaintscan.images import read_image

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    scanner = inpaintscan.load(
        options.model, device=options.device, workers=options.workers, threshold=0.5
    )
    paths = sorted(folder.iterdir())
    scanner.scan(small_image(folder))  # the first pass sets kernels up
    base = peak_megabytes()
    scan_s = seconds(lambda: [finding.verdict for finding in scanner.scan_many(paths)])
    peak = peak_megabytes()
    with ThreadPoolExecutor(options.workers or 2) as pool:
        decode_s = seconds(lambda: [None for _ in pool.map(lambda p: read_image(p).bytes, paths)])
    height, width = read_image(paths[0]).pixels.shape[:2]
    return Measured(
        images=len(paths),
        megapixels=len(paths) * height * width / 1e6,
        decode_s=decode_s,
        scan_s=scan_s,
        fcn_s_per_megapixel=time_fcn(options.device, min(height, 1024), min(width, 1024)),
        base_mb=base,
        peak_mb=peak,
    )


def small_image(folder: Path) -> Path:
    """Write a small image beside the folder's, and return it."""
    path = folder.parent / f"{folder.name}-warm-up.png"
    Image.new("RGB", (256, 256), (90, 120, 150)).save(path)
    return path


def time_fcn(device: str, height: int, width: int) -> float:
    """Return the seconds a megapixel of torchvision's FCN-ResNet50, best of two passes."""
    import torch
    from torchvision.models.segmentation import fcn_resnet50

    from inpaintscan.device import computing, resolve_device

    place = resolve_device(device)
    network = fcn_resnet50(weights=None, weights_backbone=None, num_classes=2).eval().to(place)
    tile = torch.rand(1, 3, height, width, device=place)

    def forward() -> None:
        with computing(place, "fp32"):
            network(tile)["out"].sum().item()  # .item() waits for the device

    return min(seconds(forward), seconds(forward)) / (height * width / 1e6)


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def peak_megabytes() -> float:
    """Return the peak of this process's resident memory so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def print_table(measured: dict[str, Measured]) -> None:
    """Print one row a set."""
    table = Table(title="scan, on this machine")
    columns = ["set", "images", "MP", "s/MP", "images/s", "decode share", "x decode floor"]
    for column in [*columns, "FCN-ResNet50 s/MP", "FCN / scan", "peak MB", "before MB"]:
        table.add_column(column, justify="left" if column == "set" else "right")
    for name, m in measured.items():
        scan = m.scan_s / m.megapixels
        table.add_row(
            name,
            str(m.images),
            f"{m.megapixels:.1f}",
            f"{scan:.3f}",
            f"{m.images / m.scan_s:.2f}",
            f"{min(m.decode_s / m.scan_s, 1):.1%}",
            f"{m.scan_s / m.decode_s:.1f}",
            f"{m.fcn_s_per_megapixel:.2f}",
            f"{m.fcn_s_per_megapixel / scan:.1f}",
            f"{m.peak_mb:.0f}",
            f"{m.base_mb:.0f}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    sys.exit(main())
