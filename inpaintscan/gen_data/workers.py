"""Run batches of jobs in this process or in several; results come as they are finished."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

from inpaintscan.gen_data.make import Job, Maker, Outcome
from inpaintscan.gen_data.photos import Photo
from inpaintscan.gen_data.settings import Settings

Batch = tuple[int, Sequence[Job]]

_maker: list[Maker] = []
"""A worker process's own maker; empty in the main process."""


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
    if workers <= 1:
        with _one_thread():
            maker = Maker(photos, destination, settings)
            for number, jobs in batches:
                yield number, maker.make(jobs)
        return
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(photos, destination, settings),
    )
    try:
        waiting = iter(batches)
        running: dict[Future[Outcome], int] = {}
        for number, jobs in waiting:
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
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    _set_threads(1)
    _maker.append(Maker(photos, destination, settings))


def _make(jobs: Sequence[Job]) -> Outcome:
    return _maker[0].make(jobs)


class _one_thread:  # noqa: N801 (used as a function)
    """Keep torch and OpenCV to one thread for a while, as sums depend on the number."""

    def __enter__(self) -> None:
        import torch

        self.before = torch.get_num_threads()
        _set_threads(1)

    def __exit__(self, *exception: Any) -> None:
        _set_threads(self.before)


def _set_threads(count: int) -> None:
    """Set the number of threads of torch and, if installed, OpenCV."""
    import torch

    torch.set_num_threads(count)
    try:
        import cv2
    except ImportError:
        return
    cv2.setNumThreads(count)
