"""Reading ahead: input order, bounded memory, no deadlock, errors in their place."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath

import pytest

from inpaintscan.errors import ImageError
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile
from inpaintscan.scan.decode import Decoded, Decoder, OrderedBudget, error_finding


def to_file(path: Path) -> ImageFile:
    return ImageFile(path, path.name, PurePath(path.name), named=True)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("budget", [1, 10_000, 10**9])
def test_images_come_in_order_whatever_the_budget(
    zoo: dict[str, Path], broken: dict[str, Path], workers: int, budget: int
) -> None:
    files: list[ImageFile | Finding] = []
    for path in (*zoo.values(), *broken.values(), *zoo.values()):
        files += [to_file(path), Finding(f"after {path.name}", "error")]
    names = []
    with Decoder(workers, budget) as decoder:
        for item in decoder.read(files):
            names.append(item.file.name if isinstance(item, Decoded) else item.path)
            if isinstance(item, Decoded):
                decoder.release(item.image.pixels.nbytes)
    assert names == [item.name if isinstance(item, ImageFile) else item.path for item in files]


def test_an_unreadable_file_is_a_finding(broken: dict[str, Path]) -> None:
    with Decoder(1) as decoder:
        (finding,) = decoder.read([to_file(broken["text.jpg"])])
    assert finding == Finding(
        path="text.jpg", verdict="error", error="not an image that inpaintscan reads"
    )


def test_leaving_early_drops_what_was_begun(zoo: dict[str, Path]) -> None:
    with Decoder(2, budget=1) as decoder:
        first = next(decoder.read(to_file(path) for path in zoo.values()))
        assert isinstance(first, Decoded)  # and never released
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def test_only_a_bounded_number_is_read_ahead(zoo: dict[str, Path]) -> None:
    asked = 0

    def endless() -> object:
        nonlocal asked
        while True:
            asked += 1
            yield to_file(zoo["rgb.png"])

    with Decoder(workers=3) as decoder:
        images = decoder.read(endless())  # type: ignore[arg-type]
        assert isinstance(next(images), Decoded)
        assert asked == 7


def test_the_budget_is_given_in_the_order_of_tickets() -> None:
    budget = OrderedBudget(100)
    order: list[int] = []

    def take(ticket: int) -> None:
        budget.take(ticket, 40)
        order.append(ticket)

    with ThreadPoolExecutor(4) as pool:
        for ticket in (3, 1, 2, 0):
            pool.submit(take, ticket)
            time.sleep(0.01)
        _wait_until(lambda: len(order) == 2)
        assert order == [0, 1]  # 2 x 40 fit, 3 x 40 do not
        budget.give_back(40)
        _wait_until(lambda: len(order) == 3)
        budget.give_back(40)
        _wait_until(lambda: len(order) == 4)
    assert order == [0, 1, 2, 3]


def test_one_item_larger_than_the_budget_is_let_in_alone() -> None:
    budget = OrderedBudget(10)
    budget.take(0, 5)
    taken = threading.Event()
    thread = threading.Thread(target=lambda: (budget.take(1, 1000), taken.set()))
    thread.start()
    assert not taken.wait(0.05)
    budget.give_back(5)
    assert taken.wait(5)
    thread.join()


def test_the_error_does_not_repeat_the_path(tmp_path: Path) -> None:
    file = ImageFile(tmp_path / "a\n.jpg", "a", PurePath("a"), named=True)
    error = ImageError(f"{tmp_path}/a\\n.jpg: damaged")
    assert error_finding(file, error, frame=2).error == "damaged"


def _wait_until(condition: object) -> None:
    for _ in range(500):
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.01)
    raise AssertionError("waited for five seconds")
