"""Workers on a Ray cluster: items in, one answer per item out, in input order.

Ray places, starts and watches the processes. This file decides what goes to which of them, and
what happens to the items of a worker that was lost: they are sent again one by one, each to a
worker that has nothing else to do. So nothing is lost or counted twice, and an item that kills its
worker is told from those that were only beside it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from inpaintscan import __version__
from inpaintscan.cluster.worker import Needs, Opener, Worker
from inpaintscan.errors import ClusterError, InpaintscanError, first_line

Item = TypeVar("Item")
Answer = TypeVar("Answer")

IN_HAND = 2
"""Batches that a worker has, so that none waits for the next."""
TRIES_ALONE = 2
"""How often an item may lose a worker that had nothing else to do, before it is given up."""
FAILED_STARTS = 3
"""How many workers in a row may be lost before they are ready."""
PATIENCE_SECONDS = 30.0
"""After so long without a worker, that is said."""


@dataclass(slots=True)
class _Batch(Generic[Item, Answer]):
    """Consecutive items of the input, and their answers as far as they are known."""

    items: list[Item]
    answers: dict[int, Answer] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return len(self.answers) == len(self.items)


@dataclass(frozen=True, slots=True)
class _Task(Generic[Item, Answer]):
    """Some items of a batch, by their places in it, as they are sent to a worker."""

    batch: _Batch[Item, Answer]
    places: range
    alone: bool = False
    lost: int = 0
    """Workers that were lost while they had nothing but this."""


@dataclass(slots=True, eq=False)
class _Member(Generic[Item, Answer]):
    """One worker, and what it has in hand by Ray's reference to the answer."""

    actor: Any
    opening: Any
    tasks: dict[Any, _Task[Item, Answer]] = field(default_factory=dict)
    is_open: bool = False

    def takes(self, task: _Task[Item, Answer]) -> bool:
        """Whether the task may be sent now."""
        if not self.is_open or any(other.alone for other in self.tasks.values()):
            return False
        return len(self.tasks) < (1 if task.alone else IN_HAND)


class Pool(Generic[Item, Answer]):
    """Up to `size` workers. Those that Ray cannot place yet join when it can.

    Args:
        opener: what each worker calls once.
        needs: what a worker takes of the cluster.
        size: the number of workers.
        give_up: the answer for an item that loses every worker that has it.
        say: called with a line for the user when a worker was lost, or none can be had.
    """

    def __init__(
        self,
        opener: Opener,
        needs: Needs,
        size: int,
        give_up: Callable[[Item], Answer],
        say: Callable[[str], None],
    ) -> None:
        import ray

        self._ray = ray
        self._opener = ray.put(opener)
        self._needs = needs
        self._give_up = give_up
        self._say = say
        self._members: list[_Member[Item, Answer]] = []
        self._failed_starts = 0
        self._resolved: Any = None
        self._waiting_since: float | None = time.monotonic()
        self._again: deque[_Task[Item, Answer]] = deque()
        self.lost = 0
        """Workers lost so far."""
        for _ in range(size):
            self._add_member()

    def resolved(self) -> Any:  # noqa: ANN401
        """Wait until a worker is ready and return what its opener resolved.

        Raises:
            InpaintscanError: what the opener raised, or ClusterError if no worker gets ready.
        """
        while not any(member.is_open for member in self._members):
            self._wait()
        return self._resolved

    def map(self, items: Iterable[Item], batch_size: int) -> Iterator[Answer]:
        """Yield the answer for each item, in the order of the items, which are read lazily.

        Raises:
            InpaintscanError: what the work raised, or ClusterError if no worker can be had.
        """
        source = iter(items)
        line: deque[_Batch[Item, Answer]] = deque()
        limit = 2 * IN_HAND * len(self._members) + 4
        fresh: deque[_Task[Item, Answer]] = deque()
        while True:
            while len(line) < limit and not (self._again or fresh):
                batch: _Batch[Item, Answer] = _Batch(list(islice(source, batch_size)))
                if not batch.items:
                    break
                line.append(batch)
                fresh.append(_Task(batch, range(len(batch.items))))
                self._send(fresh)
            self._send(self._again)
            if not self._again:
                self._send(fresh)
            if not line:
                return
            if line[0].is_done:
                answers = line.popleft().answers
                yield from (answers[place] for place in range(len(answers)))
            else:
                self._wait()

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        for member in self._members:
            self._ray.kill(member.actor)
        self._members.clear()

    def _add_member(self) -> None:
        options = {"num_cpus": self._needs.cpus, "num_gpus": self._needs.gpus}
        remote = self._ray.remote(max_concurrency=self._needs.at_once, **options)(Worker)
        actor = remote.remote(self._opener)
        self._members.append(_Member(actor, actor.open.remote()))

    def _send(self, tasks: deque[_Task[Item, Answer]]) -> None:
        """Send tasks in their order, as long as the first one finds a worker."""
        while tasks:
            able = [member for member in self._members if member.takes(tasks[0])]
            if not able:
                return
            member = min(able, key=lambda member: len(member.tasks))
            task = tasks.popleft()
            items = [task.batch.items[place] for place in task.places]
            member.tasks[member.actor.run.remote(items)] = task

    def _wait(self) -> None:
        """Wait until something came back, and take it in."""
        pending = {
            ref: member
            for member in self._members
            for ref in (*member.tasks, *(() if member.is_open else (member.opening,)))
        }
        done, _ = self._ray.wait(list(pending), num_returns=1, timeout=1.0)
        for ref in done:
            member = pending[ref]
            if member in self._members:
                self._take_in(member, ref)
        self._complain()

    def _take_in(self, member: _Member[Item, Answer], ref: Any) -> None:  # noqa: ANN401
        """Take in an answer, or the news that a worker is ready, or lost.

        Raises:
            InpaintscanError: what was raised in the worker.
        """
        errors = self._ray.exceptions
        try:
            value = self._ray.get(ref)
        except errors.RayTaskError as error:
            if isinstance(error.cause, InpaintscanError):
                raise error.cause from None
            raise
        except errors.RayError as error:
            self._lose(member, error)
            return
        if ref == member.opening:
            self._welcome(member, *value)
            return
        task = member.tasks.pop(ref)
        task.batch.answers.update(zip(task.places, value, strict=True))

    def _welcome(self, member: _Member[Item, Answer], version: str, resolved: object) -> None:
        if version != __version__:
            raise ClusterError(
                f"a worker of the cluster has inpaintscan {version}, this machine {__version__}: "
                "install the same version on all"
            )
        member.is_open = True
        self._failed_starts = 0
        self._resolved = resolved
        self._waiting_since = None

    def _lose(self, member: _Member[Item, Answer], error: Exception) -> None:
        """Replace a worker that died, was killed or cannot be reached; send its items again."""
        self.lost += 1
        self._members.remove(member)
        self._ray.kill(member.actor)
        if not member.is_open:
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS:
                why = first_line(error)
                raise ClusterError(f"workers are lost before they are ready: {why}") from error
        self._say("a worker was lost; what it had in hand is done again")
        for task in member.tasks.values():
            self._try_again(task)
        self._add_member()
        if not any(other.is_open for other in self._members):
            self._waiting_since = time.monotonic()

    def _try_again(self, task: _Task[Item, Answer]) -> None:
        if not task.alone:
            singles = (range(place, place + 1) for place in task.places)
            self._again.extend(_Task(task.batch, single, alone=True) for single in singles)
        elif task.lost + 1 < TRIES_ALONE:
            self._again.append(_Task(task.batch, task.places, alone=True, lost=task.lost + 1))
        else:
            (place,) = task.places
            task.batch.answers[place] = self._give_up(task.batch.items[place])

    def _complain(self) -> None:
        since = self._waiting_since
        if since is not None and time.monotonic() - since > PATIENCE_SECONDS:
            self._waiting_since = None
            needs = f"{self._needs.cpus:g} CPU"
            if self._needs.gpus:
                needs += f" and {self._needs.gpus:g} GPU"
            self._say(f"still waiting for the cluster to start a worker, which takes {needs}")
