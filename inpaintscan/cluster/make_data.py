"""`gen-data --engine ray`: the batches of a data set, made by the workers of a Ray cluster.

Photos, weights and the data set lie on a disk that all machines share. A batch is made whole by
one worker, with the seeds that its jobs have anyway, so the bytes are those of one process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from inpaintscan.cluster.connect import cluster_total, connected
from inpaintscan.cluster.pool import Pool
from inpaintscan.cluster.worker import Needs, Work
from inpaintscan.errors import ClusterError
from inpaintscan.gen_data.job_images import Maker, Outcome
from inpaintscan.gen_data.photos import Photo
from inpaintscan.gen_data.settings import Settings
from inpaintscan.gen_data.workers import Batch, set_threads
from inpaintscan.images import show_path


def run_on_ray(
    batches: Sequence[Batch],
    photos: Sequence[Photo],
    destination: Path,
    settings: Settings,
    workers: int,
    *,
    say: Callable[[str], None],
) -> Iterator[tuple[int, Outcome]]:
    """Yield each batch's number and outcome; `workers` 0 takes what the cluster has.

    `say` is called with a line for each worker that was lost.

    Raises:
        ClusterError: if there is no cluster, or its machines do not share the working folder.
    """
    if not batches:
        return
    opener = MakeJob(tuple(photos), destination, settings, Path.cwd())
    with connected():
        needs = Needs(cpus=1, gpus=0 if settings.device in {"cpu", "mps"} else 1)
        total = cluster_total("GPU") if needs.gpus else cluster_total("CPU")
        size = min(workers or max(int(total), 1), len(batches))
        pool: Pool[Batch, tuple[int, Outcome]] = Pool(opener, needs, size, _give_up, say)
        with closing(pool):
            yield from pool.map(batches, 1)
        if pool.lost:  # files that a lost worker had begun
            for leftover in destination.rglob(".*.tmp"):
                leftover.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class MakeJob:
    """All that a worker needs to make batches as this machine would."""

    photos: tuple[Photo, ...]
    destination: Path
    settings: Settings
    folder: Path
    """Where the run was started: relative paths are below it."""

    def __call__(self) -> tuple[None, Work]:
        """Make a worker ready.

        Raises:
            ClusterError: if the machine does not have the folder of the run.
        """
        try:
            os.chdir(self.folder)
        except OSError as error:
            raise ClusterError(
                f"{show_path(self.folder)}: a machine of the cluster cannot open it "
                f"({error.strerror}); photos and data set must lie on a disk that all share"
            ) from error
        set_threads(1, self.settings)
        maker = Maker(self.photos, self.destination, self.settings)

        def work(batches: Sequence[Batch]) -> list[tuple[int, Outcome]]:
            return [(number, maker.make(jobs)) for number, jobs in batches]

        return None, work


def _give_up(batch: Batch) -> tuple[int, Outcome]:
    """Return the outcome of a batch that lost every worker: its photos are skipped."""
    number, jobs = batch
    why = "every worker that read it, or a photo beside it, was lost"
    return number, Outcome(failures=[f"{show_path(job.photo.path)}: {why}" for job in jobs])
