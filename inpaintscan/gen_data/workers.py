"""Run batches of jobs in this process or in several; results come as they are finished."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from inpaintscan.gen_data.job_images import Maker, Outcome
from inpaintscan.gen_data.photos import Photo
from inpaintscan.gen_data.plan import Job
from inpaintscan.gen_data.resolved import needs_network
from inpaintscan.gen_data.settings import Settings

Batch = tuple[int, Sequence[Job]]

_makers: list[Maker] = []
"""A worker process's own maker; always empty in the main process."""


def run_batches(
    batches: Sequence[Batch],
    photos: Sequence[Photo],
    destination: Path,
    settings: Settings,
    workers: int,
) -> Iterator[tuple[int, Outcome]]:
    """Yield each batch's number and outcome. Networks use one thread a worker.

    The number of workers changes the order, never the content.
    """
    if workers <= 1 or len(batches) <= 1:
        with _one_thread(settings):
            maker = Maker(photos, destination, settings)
            for number, jobs in batches:
                yield number, maker.make(jobs)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(batches)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(photos, destination, settings),
    )
    try:
        running: dict[Future[Outcome], int] = {}
        for number, jobs in batches:
            running[pool.submit(_make, jobs)] = number
            if len(running) >= 2 * workers:
                yield from _collect(running)
        while running:
            yield from _collect(running)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collect(running: dict[Future[Outcome], int]) -> Iterator[tuple[int, Outcome]]:
    """Wait until at least one batch is done and yield all that are."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in sorted(done, key=running.__getitem__):
        yield running.pop(future), future.result()


def _start_worker(photos: Sequence[Photo], destination: Path, settings: Settings) -> None:
    """Set up a worker process; it ends when its parent does, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    set_threads(1, settings)
    _makers.append(Maker(photos, destination, settings))


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _make(jobs: Sequence[Job]) -> Outcome:
    return _makers[0].make(jobs)


@contextmanager
def _one_thread(settings: Settings) -> Iterator[None]:
    """Keep torch and OpenCV to one thread for a while, as sums depend on the number."""
    before = set_threads(1, settings)
    try:
        yield
    finally:
        set_threads(before, settings)


def set_threads(count: int, settings: Settings) -> int:
    """Set the number of threads of OpenCV, if installed, and torch, if used; return torch's."""
    try:
        import cv2
    except ImportError:
        pass
    else:
        cv2.setNumThreads(count)
    if not needs_network(settings):
        return count
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    return before
