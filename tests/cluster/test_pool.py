"""Workers on a real Ray: order, retries, and what happens when processes are killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inpaintscan.cluster import pool as pool_module
from inpaintscan.cluster.pool import IN_HAND, Pool
from inpaintscan.cluster.worker import Needs, Opener, Worker
from inpaintscan.errors import ClusterError, WeightsError
from tests.cluster.conftest import kill
from tests.cluster.work import Squares, Unopened

pytestmark = pytest.mark.usefixtures("ray_cluster")


def open_pool(opener: Opener, said: list[str] | None = None, size: int = 2) -> Any:
    """A pool that answers -1 for what it gives up; closed at the end of the block."""

    def say(line: str) -> None:
        if said is not None:
            said.append(line)

    return closing(Pool(opener, Needs(cpus=1), size, lambda _item: (-1, -1), say))


def test_answers_come_in_input_order_from_all_workers() -> None:
    with open_pool(Squares()) as pool:
        answers = list(pool.map(range(200), 7))
    assert [square for square, _ in answers] == [n * n for n in range(200)]
    assert len({pid for _, pid in answers}) == 2


def test_items_are_read_only_as_far_ahead_as_workers_need_them() -> None:
    read = 0

    def numbers() -> Iterator[int]:
        nonlocal read
        while True:
            yield read
            read += 1

    with open_pool(Squares(), size=1) as pool:
        answers = pool.map(numbers(), 5)
        assert [next(answers)[0] for _ in range(20)] == [n * n for n in range(20)]
        assert read < 20 + 5 * (2 * IN_HAND + 6)
        answers.close()


def test_nothing_is_lost_or_doubled_when_a_worker_is_killed() -> None:
    said: list[str] = []
    with open_pool(Squares(), said) as pool:
        answers = []
        for answer in pool.map(range(300), 10):
            answers.append(answer)
            if len(answers) == 50:
                kill(answer[1])
    assert [square for square, _ in answers] == [n * n for n in range(300)]
    assert pool.lost == 1
    assert said == ["a worker was lost; what it had in hand is done again"]


def test_an_item_that_kills_every_worker_is_given_up_and_no_other(tmp_path: Path) -> None:
    with open_pool(Squares(deadly=33)) as pool:
        answers = [square for square, _ in pool.map(range(60), 10)]
    assert answers == [-1 if n == 33 else n * n for n in range(60)]
    assert pool.lost == 1 + pool_module.TRIES_ALONE


def test_an_item_that_was_there_when_a_worker_died_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "once").touch()
    with open_pool(Squares(deadly=0, times=tmp_path)) as pool:
        assert [square for square, _ in pool.map(range(3), 1)] == [0, 1, 4]
    assert pool.lost == 1


def test_what_work_and_opener_raise_is_raised_here_as_it_was() -> None:
    with (
        open_pool(Squares(wrong=5)) as pool,
        pytest.raises(WeightsError, match=r"^cannot square 5$"),
    ):
        list(pool.map(range(10), 2))
    with (
        open_pool(Unopened()) as pool,
        pytest.raises(WeightsError, match=r"^mine\.safetensors: truncated weights file$"),
    ):
        pool.resolved()


def test_workers_that_die_before_they_are_ready_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "FAILED_STARTS", 2)
    with (
        open_pool(Unopened(loses=True), size=1) as pool,
        pytest.raises(ClusterError, match="before they are ready"),
    ):
        pool.resolved()


def test_a_worker_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "__version__", "9.9.9")
    with (
        open_pool(Squares(), size=1) as pool,
        pytest.raises(ClusterError, match=r"has inpaintscan .*, this machine 9\.9\.9"),
    ):
        pool.resolved()


def test_a_cluster_without_room_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pool_module, "PATIENCE_SECONDS", 0.1)
    with closing(Pool(Squares(), Needs(cpus=99), 1, int, said.append)) as pool:
        while not said:
            pool._wait()
    assert said == ["still waiting for the cluster to start a worker, which takes 99 CPU"]


def test_a_worker_says_its_version_and_what_was_resolved() -> None:
    from inpaintscan import __version__

    version, resolved = Worker(Squares()).open()
    assert version == __version__
    assert resolved.startswith("opened by ")
