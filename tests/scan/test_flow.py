"""Images on their way: in order, in bounded memory, the same in any batch."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from inpaintscan.findings import Finding
from inpaintscan.scan import line, load
from inpaintscan.scan.predict import Answer
from inpaintscan.weights import Input
from tests.scan.painted import paint


def record(finding: Finding) -> dict[str, Any]:
    """A finding without its map, for comparison."""
    fields = asdict(finding)
    grid = fields.pop("prob_map")
    return fields | {"grid": None if grid is None else grid["grid"].tobytes()}


SIZES = st.tuples(st.integers(1, 150), st.integers(1, 150))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(SIZES, min_size=1, max_size=5),
    batch_size=st.integers(1, 9),
    workers=st.integers(1, 4),
    order=st.randoms(use_true_random=False),
)
def test_records_do_not_depend_on_batches_workers_or_order(
    stub_weights: Path,
    tmp_path: Path,
    sizes: list[tuple[int, int]],
    batch_size: int,
    workers: int,
    order: random.Random,
) -> None:
    rng = np.random.default_rng(len(sizes))
    paths = []
    for number, (width, height) in enumerate(sizes):
        paths.append(tmp_path / f"{number}.png")
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(paths[-1])
    plain = load(str(stub_weights), device="cpu", batch_size=1, workers=1)
    expected = {str(path): record(plain.scan(path)) for path in paths}
    order.shuffle(paths)
    batched = load(str(stub_weights), device="cpu", batch_size=batch_size, workers=workers)
    findings = list(batched.scan_many(paths))
    assert [finding.path for finding in findings] == [str(path) for path in paths]
    for finding in findings:
        assert record(finding) == expected[finding.path]


def test_the_map_of_tiles_is_that_of_the_whole(
    make_stub: Callable[..., Path], photos: dict[str, Path]
) -> None:
    feeds = [Input("tile", size, 32, 4) for size in (64, 1024)]
    tiled, whole = (
        load(str(make_stub(name=f"stub{feed.size}", input=feed)), device="cpu").scan(
            photos["rocket"]
        )
        for feed in feeds
    )
    assert tiled.prob_map is not None
    assert whole.prob_map is not None
    np.testing.assert_allclose(tiled.prob_map.grid, whole.prob_map.grid, atol=1e-6)
    assert tiled.scores is not None
    assert tiled.scores.inpainted == whole.scores.inpainted  # type: ignore[union-attr]


def test_directories_files_and_findings_keep_their_places(
    make_stub: Callable[..., Path], photo_folder: Path, tmp_path: Path
) -> None:
    feed = Input("tile", 1024, 32, 4)
    scanner = load(str(make_stub(input=feed)), device="cpu", workers=2)
    paths = [photo_folder / "rocket.jpg", tmp_path / "absent.jpg", photo_folder, "nowhere"]
    found = [(finding.path, finding.verdict == "error") for finding in scanner.scan_many(paths)]
    assert found == [
        (str(photo_folder / "rocket.jpg"), False),
        (str(tmp_path / "absent.jpg"), True),
        *((str(photo_folder / name), False) for name in ["a/chelsea.png", "a/coffee.png"]),
        *((str(photo_folder / name), False) for name in ["b/c/china.jpg", "rocket.jpg"]),
        ("nowhere", True),
    ]


def test_findings_stream(stub_weights: Path, tmp_path: Path) -> None:
    scanner = load(str(stub_weights), device="cpu", workers=1, batch_size=2)
    path = paint(tmp_path / "grey.png", (64, 64))
    findings = scanner.scan_many(itertools.repeat(path))  # endless
    assert [finding.verdict for finding in itertools.islice(findings, 5)] == ["clean"] * 5
    findings.close()  # type: ignore[attr-defined]


def test_waiting_images_are_bounded(
    stub_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MAX_IMAGES", 3)
    scanner = load(str(stub_weights), device="cpu", workers=1, batch_size=1000)
    asked = 0

    def endless() -> Iterator[Path]:
        nonlocal asked
        while True:
            asked += 1
            yield path

    path = paint(tmp_path / "grey.png", (64, 64))
    assert next(scanner.scan_many(endless())).verdict == "clean"
    assert asked <= 8


def test_waiting_tiles_are_bounded_in_bytes(
    stub_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MAX_BYTES", 5 * 64 * 64 * 3)
    scanner = load(str(stub_weights), device="cpu", batch_size=1000)
    seen: list[int] = []
    predict = scanner._predictor.predict

    def watch(tiles: list[np.ndarray]) -> list[Answer]:
        seen.append(len(tiles))
        return predict(tiles)

    monkeypatch.setattr(scanner._predictor, "predict", watch)
    box = (100, 100, 200, 200)
    finding = scanner.scan(paint(tmp_path / "large.png", (400, 400), box))
    assert max(seen) == 6
    assert finding.verdict == "inpainted"
