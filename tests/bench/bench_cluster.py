"""What the Ray engine costs, and what many machines would take: ratios, in one run.

python -m tests.bench.bench_cluster

Speed: the same folder by the plain engine with one thread, and by Ray with one and two workers of
one thread each, in turn, `--rounds` times; the best of each counts. Loading is left out, as it is
paid once. Memory: the driver's growth while very many names pass through it. Cost: CPU seconds that
a photo of two megapixels takes to decode and to compute, and from them what an archive takes.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath

from rich.console import Console

import inpaintscan
from inpaintscan.cluster.connect import connected
from inpaintscan.cluster.pool import Pool
from inpaintscan.cluster.spool import Spool
from inpaintscan.cluster.worker import Needs, Work
from inpaintscan.device import use_threads
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile, find_images, read_image
from inpaintscan.jobs.ray_scan import RayScanner
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.jobs.scan_settings import read_settings
from tests.bench.bench_scan import write_images

ARCHIVE = 10_000_000
MACHINES, CORES = 16, 16


def main() -> int:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="speed,memory,cost")
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--side", type=int, default=512, help="of the images, in pixels")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", type=int, default=100_000)
    arguments = parser.parse_args()
    use_threads(1)
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  the plain engine's; Ray's own is 15
    console = Console(width=120)
    if "speed" in arguments.parts:
        with tempfile.TemporaryDirectory() as folder:
            write_images(Path(folder), arguments.images, arguments.side, arguments.side)
            measure_speed(Path(folder), arguments.images, arguments.rounds, console)
    if "memory" in arguments.parts:
        measure_memory(arguments.names, console)
    if "cost" in arguments.parts:
        measure_cost(console)
    return 0


def measure_speed(folder: Path, images: int, rounds: int, console: Console) -> None:
    """Print images per second of each engine, as a ratio to the plain one."""
    best: dict[str, float] = {}
    with connected():
        for _ in range(rounds):
            for name, scan in {
                "plain": scan_plain,
                "ray, 1 worker": lambda folder: scan_ray(folder, 1),
                "ray, 2 workers": lambda folder: scan_ray(folder, 2),
            }.items():
                best[name] = min(scan(folder), best.get(name, float("inf")))
    for name, taken in best.items():
        rate, ratio = images / taken, best["plain"] / taken
        console.print(f"{name}: {rate:.2f} images/s, {ratio:.3f} of the plain engine")


def scan_plain(folder: Path) -> float:
    """Return the seconds of the plain engine with one thread."""
    scanner = inpaintscan.load(device="cpu", workers=1)
    return seconds(lambda: list(scanner.scan_files(find_images([folder]))))


def scan_ray(folder: Path, workers: int) -> float:
    """Return the seconds of so many workers, from when all are ready."""
    options = ScanOptions(paths=(str(folder),), device="cpu", workers=workers)
    scanner = RayScanner(read_settings(options), None, needs_maps=False)
    while not all(member.is_open for member in scanner._pool._members):
        scanner._pool._wait()
    return seconds(lambda: list(scanner.scan_files(files_in(folder))))


def files_in(folder: Path) -> Iterator[ImageFile]:
    """Yield the images of a folder."""
    return (item for item in find_images([folder]) if isinstance(item, ImageFile))


@dataclass(frozen=True, slots=True)
class Clean:
    """Work that calls every image clean without reading it."""

    def __call__(self) -> tuple[None, Work]:
        """Nothing has to be loaded."""
        return None, self.work

    def work(self, files: Sequence[ImageFile]) -> list[list[Finding]]:
        """Return a finding per file."""
        return [[Finding(file.name, "clean")] for file in files]


def measure_memory(names: int, console: Console) -> None:
    """Print by how much the driver grows for a tenth of the names, and then for all of them."""
    with connected():
        pass_names(1000)  # what Ray and Python take once
        before = peak_megabytes()
        pass_names(names // 10)
        tenth = peak_megabytes()
        pass_names(names)
        console.print(
            f"driver: +{tenth - before:.1f} MB for {names // 10:,} names, "
            f"+{peak_megabytes() - tenth:.1f} MB more for {names:,}"
        )


def pass_names(count: int) -> None:
    """Spool so many names and let a worker answer for each."""
    path = Path("archive/2026/11/photo-0000000.jpg")
    spool = Spool(
        ImageFile(path, f"archive/2026/11/photo-{number:07d}.jpg", PurePath(path), named=False)
        for number in range(count)
    )
    pool: Pool[ImageFile, list[Finding]] = Pool(Clean(), Needs(), 1, lambda _file: [], print)
    with closing(pool):
        answers = pool.map((item for item in spool if isinstance(item, ImageFile)), 16)
        assert sum(len(findings) for findings in answers) == count


def measure_cost(console: Console) -> None:
    """Print the CPU seconds of a photo of two megapixels, and what an archive of them takes."""
    scanner = inpaintscan.load(device="cpu", workers=1)
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), 4, 1224, 1632)
        paths = sorted(Path(folder).iterdir())
        scanner.scan(paths[0])
        decode = cpu_seconds(lambda: [read_image(path) for path in paths]) / len(paths)
        scan = cpu_seconds(lambda: list(scanner.scan_many(paths))) / len(paths)
        size = sum(path.stat().st_size for path in paths) / len(paths) / 1e6
    console.print(
        f"a photo of 2 megapixels, {size:.2f} MB: {scan:.3f} CPU s, {decode:.3f} of them to decode"
    )
    cores = MACHINES * CORES
    hours = ARCHIVE * scan / cores / 3600
    console.print(
        f"{ARCHIVE:,} of them on {MACHINES} machines of {CORES} cores: {hours:.1f} hours, "
        f"reading {ARCHIVE * size / hours / 3600:.0f} MB/s in all"
    )
    fed = CORES / decode
    console.print(
        f"{CORES} cores decode {fed:.0f} photos/s: one GPU behind them takes at least "
        f"{ARCHIVE / fed / 3600:.1f} hours, reading {fed * size:.0f} MB/s"
    )


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def cpu_seconds(action: Callable[[], object]) -> float:
    """Return the CPU time of an action in this process, which others on the machine hardly move."""
    start = time.process_time()
    action()
    return time.process_time() - start


def peak_megabytes() -> float:
    """Return the peak of this process's resident memory so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    sys.exit(main())
