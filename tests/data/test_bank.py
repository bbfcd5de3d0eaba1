"""Decoded pixels on disk."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data.bank import make_bank
from inpaintscan.errors import DataError


def _write(folder: Path, sizes_hw: list[tuple[int, int]]) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = []
    for number, (height, width) in enumerate(sizes_hw):
        pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
        paths.append(folder / f"{number}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


def test_gives_every_image_back_as_it_was(tmp_path: Path) -> None:
    paths = _write(tmp_path, [(5, 7), (1, 1), (16, 3)])
    bank = make_bank(paths, tmp_path / "cache")
    assert len(bank) == 3
    for index, path in enumerate(paths):
        np.testing.assert_array_equal(bank.image(index), np.asarray(Image.open(path)))
        assert not bank.image(index).flags.writeable


def test_decodes_once(tmp_path: Path) -> None:
    paths = _write(tmp_path, [(4, 4)])
    file = make_bank(paths, tmp_path / "cache").file
    before = file.stat().st_mtime_ns
    assert make_bank(paths, tmp_path / "cache").file == file
    assert file.stat().st_mtime_ns == before


def test_decodes_anew_when_a_file_has_changed(tmp_path: Path) -> None:
    paths = _write(tmp_path, [(4, 4)])
    make_bank(paths, tmp_path / "cache")
    Image.new("RGB", (6, 2), (1, 2, 3)).save(paths[0])
    bank = make_bank(paths, tmp_path / "cache")
    assert bank.image(0).shape == (2, 6, 3)
    assert bank.image(0)[0, 0].tolist() == [1, 2, 3]


def test_a_worker_opens_its_own_map(tmp_path: Path) -> None:
    bank = make_bank(_write(tmp_path, [(4, 5)]), tmp_path / "cache")
    first = np.array(bank.image(0))
    sent = copy.copy(bank)  # its state travels as to a loader worker: without the map
    assert sent.__dict__["_pixels"] is None
    np.testing.assert_array_equal(sent.image(0), first)


def test_an_unreadable_image_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.png"):
        make_bank([broken], tmp_path / "cache")


def test_names_may_be_no_unicode(tmp_path: Path) -> None:
    path = tmp_path / "bad\udcff.png"
    Image.new("RGB", (8, 6)).save(path)
    assert len(make_bank([path], tmp_path / "bank")) == 1
