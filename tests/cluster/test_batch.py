"""`scan_batch`: bytes and names in, records out."""

from __future__ import annotations

import functools
import io
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inpaintscan
from inpaintscan.cluster import batch
from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.report.record import to_record
from tests.cluster.conftest import write_photos


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return sorted(write_photos(tmp_path / "photos", 8).rglob("*.*"))


def test_records_are_those_of_the_scanner(files: list[Path], weights: Path) -> None:
    scanner = inpaintscan.load(str(weights), device="cpu")
    expected = [to_record(finding) for finding in scanner.scan_many(files)]
    records = inpaintscan.scan_batch(
        [file.read_bytes() for file in files],
        [str(file) for file in files],
        model=str(weights),
        device="cpu",
    )
    assert records == expected
    assert json.loads(json.dumps(records)) == records


def test_the_size_of_the_batch_does_not_matter(files: list[Path], weights: Path) -> None:
    contents = [file.read_bytes() for file in files]
    names = [file.name for file in files]
    scan = functools.partial(inpaintscan.scan_batch, model=str(weights), device="cpu")
    assert scan(contents, names) == [
        record
        for content, name in zip(contents, names, strict=True)
        for record in scan([content], [name])
    ]


def test_what_cannot_be_read_is_a_record_in_its_place(files: list[Path], weights: Path) -> None:
    good = files[0].read_bytes()
    contents = [good, b"", None, b"\xff\xd8\xff no image", good[: len(good) // 2], good]
    names = ["a", "empty", "none", "damaged", "cut", "a"]
    records = inpaintscan.scan_batch(contents, names, model=str(weights), device="cpu")
    assert [record["path"] for record in records] == names
    errors = [record["error"] for record in records]
    assert errors[1:3] == ["the file is empty", "no content"]
    assert errors[3].startswith("damaged JPEG file")
    assert records[0] == records[5]
    assert errors[0] is None


def test_frames_are_records_of_their_own_where_asked_for(weights: Path) -> None:
    pictures = [Image.new("RGB", (64, 64), (shade, 0, 0)) for shade in (0, 90, 180)]
    stream = io.BytesIO()
    pictures[0].save(stream, "GIF", save_all=True, append_images=pictures[1:])
    scan = functools.partial(inpaintscan.scan_batch, model=str(weights), device="cpu")
    content = stream.getvalue()
    records = scan([content, None, content], ["x", "y", "x"], frames="all")
    assert [(record["path"], record["frame"]) for record in records] == [
        *(("x", frame) for frame in range(3)),
        ("y", None),
        *(("x", frame) for frame in range(3)),
    ]
    assert len(scan([content], ["x"])) == 1


def test_names_that_no_file_can_hold_are_escaped(files: list[Path], weights: Path) -> None:
    (record,) = inpaintscan.scan_batch(
        [files[0].read_bytes()], ["a\udcff.png"], model=str(weights), device="cpu"
    )
    assert record["path"] == r"a\udcff.png"


def test_the_network_is_loaded_once_in_a_process(
    files: list[Path], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch._load.cache_clear()
    scan = functools.partial(inpaintscan.scan_batch, model=str(weights), device="cpu")
    content = files[0].read_bytes()
    first = scan([content], ["a"])
    monkeypatch.setattr("inpaintscan.scan.load", None)
    assert scan([content], ["a"]) == first
    batch._load.cache_clear()


def test_options_that_do_not_fit_are_said() -> None:
    with pytest.raises(UsageError, match="1 images but 2 names: one name per image"):
        inpaintscan.scan_batch([b"x"], ["a", "b"], device="cpu")
    with pytest.raises(UsageError, match="threads 0: must be at least 1"):
        inpaintscan.scan_batch([], [], threads=0)
    with pytest.raises(WeightsError, match="no weights named 'nothing'"):
        inpaintscan.scan_batch([], [], model="nothing")


def test_it_is_small_when_pickled(weights: Path) -> None:
    assert len(pickle.dumps(functools.partial(inpaintscan.scan_batch, model=str(weights)))) < 500


def test_processes_agree(files: list[Path], weights: Path) -> None:
    scan = functools.partial(inpaintscan.scan_batch, model=str(weights), device="cpu", threads=1)
    contents = [[file.read_bytes()] for file in files[:3]]
    names = [[file.name] for file in files[:3]]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as processes:
        elsewhere = list(processes.map(scan, contents, names))
    assert elsewhere == [
        inpaintscan.scan_batch(content, name, model=str(weights), device="cpu")
        for content, name in zip(contents, names, strict=True)
    ]


def test_columns_of_tables_are_taken_as_they_are(files: list[Path], weights: Path) -> None:
    """As columns of tables hold them: numpy's bytes, and views of buffers."""
    content = files[0].read_bytes()
    column = np.array([content, bytearray(content), memoryview(content)], dtype=object)
    records = inpaintscan.scan_batch(
        column, np.array(["a", "a", "a"]), model=str(weights), device="cpu"
    )
    assert records[0] == records[1] == records[2]
