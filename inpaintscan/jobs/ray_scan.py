"""`--engine ray`: the scan of a run, spread over the workers of a Ray cluster.

Each worker scans its images with the code of the plain engine, cache included, so the records are
the same.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inpaintscan.cluster.connect import cluster_total, connected
from inpaintscan.cluster.pool import Pool
from inpaintscan.cluster.uris import RemoteFile, fetch_all, find_uri, is_uri
from inpaintscan.cluster.worker import Needs, Work
from inpaintscan.errors import UsageError
from inpaintscan.files import sha256_of, write_bytes
from inpaintscan.findings import Finding
from inpaintscan.images import find_images
from inpaintscan.images.find import Skip
from inpaintscan.images.ignore import Warn, to_globs
from inpaintscan.jobs.cache import Cache
from inpaintscan.jobs.cached_scan import Item, iterate_results
from inpaintscan.jobs.messages import say, silent
from inpaintscan.jobs.scan_settings import ScanSettings
from inpaintscan.scan import Scanner

CPU_BATCH, GPU_BATCH, MAP_BATCH = 16, 128, 4
"""Images sent to a worker at a time; few where each brings its map back."""
MOST_CPUS = 16
"""Decoding threads beside one GPU."""


def find_items(
    paths: Iterable[str], include: Sequence[str], exclude: Sequence[str], skip: Skip, warn: Warn
) -> Iterator[Item]:
    """Find the images that paths and URIs name, lazily and in the order given."""
    globs = to_globs(include, exclude)
    for path in paths:
        if is_uri(path):
            yield from find_uri(path, globs, skip)
        else:
            yield from find_images(
                [path], include=include, exclude=exclude, on_skip=skip, on_warning=warn
            )


class RayScanner:
    """The workers of a run, seen as one scanner."""

    def __init__(
        self,
        settings: ScanSettings,
        cache: Cache | None,
        *,
        needs_maps: bool,
        keep_content: bool = False,
        quiet: bool = False,
    ) -> None:
        """Connect to the cluster and ask for workers; `quiet` says nothing of lost ones.

        Raises:
            InpaintscanError: if there is no cluster, or the device is not one Ray hands out.
        """
        options = settings.options
        self._exit = ExitStack()
        with ExitStack() as opening:
            opening.enter_context(connected())
            needs = to_needs(options.device, options.threads)
            self._batch_size = GPU_BATCH if needs.gpus else CPU_BATCH
            if needs_maps or keep_content:
                self._batch_size = MAP_BATCH
            weights = settings.model_path.read_bytes()
            trust = options.trust_list.read_bytes() if options.trust_list else None
            self._pool: Pool[Item, list[Finding]] = Pool(
                ScanJob(settings, weights, trust, needs, cache, needs_maps, keep_content),
                needs,
                options.workers or pool_size(needs),
                _give_up,
                silent if quiet else say,
            )
            opening.callback(self._pool.close)
            self._exit = opening.pop_all()

    def settings(self) -> dict[str, Any]:
        """Return what the scanner of a worker resolved."""
        resolved: dict[str, Any] = self._pool.resolved()
        return resolved

    def scan_files(self, files: Iterable[Item], *, keep_content: bool = False) -> Iterator[Finding]:
        """Yield the findings in the order of the files; the workers end with it."""
        del keep_content  # the workers were told when they began
        with self._exit:
            # By paths that hold in every working folder; a finding as it is.
            sent = (
                file if isinstance(file, Finding) else replace(file, path=file.path.absolute())
                for file in files
            )
            for findings in self._pool.map(sent, self._batch_size):
                yield from findings


def to_needs(device: str, threads: int | None = None) -> Needs:
    """Return what a worker takes: a GPU and its share of the CPUs, or one CPU.

    `threads` is the number of CPUs instead, as each computes or decodes in one thread.

    Raises:
        UsageError: for a device that Ray does not hand out.
    """
    on_cpu = Needs(cpus=threads or 1, at_once=2)
    if device == "cpu":
        return on_cpu
    if device == "mps" or ":" in device:
        raise UsageError(f"--engine ray --device {device}: Ray hands out the GPUs; give auto")
    gpus = cluster_total("GPU")
    if gpus < 1 and device == "auto":
        return on_cpu
    share = cluster_total("CPU") // max(gpus, 1)
    return Needs(cpus=threads or min(max(share, 1), MOST_CPUS), gpus=1, at_once=2)


def pool_size(needs: Needs) -> int:
    """Return how many workers the cluster holds, at least one."""
    if needs.gpus:
        return max(int(cluster_total("GPU") // needs.gpus), 1)
    return max(int(cluster_total("CPU") // needs.cpus), 1)


@dataclass(frozen=True, slots=True)
class ScanJob:
    """All that a worker needs to scan as this machine would."""

    settings: ScanSettings
    weights: bytes
    trust: bytes | None
    """The file of `--trust-list`."""
    needs: Needs
    cache: Cache | None
    needs_maps: bool
    keep_content: bool

    def __call__(self) -> tuple[dict[str, Any], Work]:
        """Load the scanner in a worker; return what it resolved, and the work."""
        threads = max(int(self.needs.cpus), 1)
        device = "auto" if self.needs.gpus else "cpu"
        with self._trust_file() as trust_list:
            options = replace(
                self.settings.options,
                device=device,
                threads=threads,
                workers=threads,
                trust_list=trust_list,
            )
            settings = replace(self.settings, model_path=self._weights_file(), options=options)
            scanner = settings.open_scanner()
        return scanner.settings(), ScanWork(self, scanner)

    @contextmanager
    def _trust_file(self) -> Iterator[Path | None]:
        """Give the trust list as a file of this machine for the block, None where none is given."""
        if self.trust is None:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="inpaintscan-") as folder:
            path = Path(folder) / "trust.pem"
            path.write_bytes(self.trust)
            yield path

    def _weights_file(self) -> Path:
        """Return the weights as a file of this machine: where they are installed, or a copy."""
        digest = self.settings.model_sha256
        installed = self.settings.model_path
        if installed.is_file() and sha256_of(installed) == digest:
            return installed
        copy = Path(tempfile.gettempdir()) / f"inpaintscan-{digest}.safetensors"
        if not copy.is_file() or sha256_of(copy) != digest:
            write_bytes(copy, self.weights)
        return copy


class ScanWork:
    """Scans batches in a worker: the next is fetched while one is computed."""

    def __init__(self, job: ScanJob, scanner: Scanner) -> None:
        self._job = job
        self._scanner = scanner
        self._computing = threading.Lock()

    def __call__(self, files: Sequence[Item]) -> list[list[Finding]]:
        """Return the findings of each file, one a frame."""
        with _local(files) as items, self._computing:
            answers: list[list[Finding]] = []
            results = iterate_results(
                items,
                self._job.cache,
                lambda: self._scanner,
                rules=self._job.settings.rules,
                keep_content=self._job.keep_content,
            )
            for _, finding in results:
                if not finding.frame:  # not a later frame of the same file
                    answers.append([])
                kept = finding if self._job.needs_maps else replace(finding, prob_map=None)
                answers[-1].append(kept)
        return answers


@contextmanager
def _local(files: Sequence[Item]) -> Iterator[list[Item]]:
    """Give the files as files of this machine: those behind URIs are copied for the block."""
    if not any(isinstance(file, RemoteFile) for file in files):
        yield list(files)
        return
    with tempfile.TemporaryDirectory(prefix="inpaintscan-") as folder:
        yield fetch_all(files, Path(folder))


def _give_up(file: Item) -> list[Finding]:
    if isinstance(file, Finding):
        return [file]
    error = "every worker that scanned it was lost: it may need more memory than there is"
    return [Finding(file.name, "error", error=error)]
