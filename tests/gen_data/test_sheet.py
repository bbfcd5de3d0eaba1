"""The contact sheet of a data set: what is on it, and what never stops it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.labels import Row
from inpaintscan.gen_data.sheet import MOST, choose_fills
from inpaintscan.images.find import CONTACT_SHEET
from inpaintscan.jobs.gen_data_run import GenDataOptions, run_gen_data
from tests.gen_data.sets import SETTINGS, content_of

MAGENTA = (255, 0, 200)


def row(number: int, kind: str, method: str = "", variant: str = "") -> Row:
    return Row(
        image_id=f"{number}{variant}", split="train", kind=kind, label="clean", inpainted=0,
        xmin=0, ymin=0, xmax=0, ymax=0, mask_kind="rect", method=method, source=f"{number}.jpg",
        category="", prompt="", seed=0,
    )  # fmt: skip


def outlined(sheet: Path) -> int:
    with Image.open(sheet) as image:
        pixels = np.asarray(image).astype(int)
    return int((np.abs(pixels - MAGENTA).sum(axis=2) < 120).sum())


def test_it_shows_original_fill_and_mask_and_the_bytes_are_the_same(
    source: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "1/set", tmp_path / "2/set"
    generate(source, one, SETTINGS, sheet=True)
    generate(source, two, SETTINGS, sheet=True, workers=2)
    assert content_of(one) == content_of(two)
    with Image.open(one / CONTACT_SHEET) as sheet:
        assert sheet.size == (14 + 6 * 194, 46 + 3 * 228)  # six fills, two in a line
        assert sheet.format == "JPEG"
    assert outlined(one / CONTACT_SHEET) > 300


def test_the_options_ask_for_one_unless_told_otherwise(source: Path, tmp_path: Path) -> None:
    for none in (False, True):
        options = GenDataOptions(
            source=source, output=tmp_path / f"{none}", methods=SETTINGS.methods, workers=1,
            kinds=("original", "realfake"), no_contact_sheet=none,
        )  # fmt: skip
        run_gen_data(options)
        assert (tmp_path / f"{none}" / CONTACT_SHEET).exists() != none


@pytest.mark.parametrize(
    ("kinds", "is_outlined"),
    [(("realfake",), False), (("mask", "inpainted"), True), (("fakefake", "original"), False)],
)
def test_what_was_not_kept_is_left_empty(
    source: Path, tmp_path: Path, kinds: tuple[str, ...], is_outlined: bool
) -> None:
    generate(source, tmp_path / "set", replace(SETTINGS, kinds=kinds), sheet=True)
    assert (outlined(tmp_path / "set" / CONTACT_SHEET) > 300) == is_outlined


def test_a_set_without_fills_has_none(source: Path, tmp_path: Path) -> None:
    generate(source, tmp_path / "set", replace(SETTINGS, clean_fraction=1.0), sheet=True)
    assert not (tmp_path / "set" / CONTACT_SHEET).exists()


def test_odd_names_and_long_ones_are_drawn(source: Path, tmp_path: Path) -> None:
    names = (
        b"two\nlines.jpg",
        b"bad\xff.jpg",
        b"\x1b[31m.jpg",
        "\u202e写真.jpg".encode(),
        b"l" * 240,
    )
    photo = (source / "a/one.jpg").read_bytes()
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in names:
        (Path(str(folder)) / name.decode("utf-8", "surrogateescape")).write_bytes(photo)
    output = tmp_path / b"set\xff\n".decode("utf-8", "surrogateescape")
    generate(folder, output, SETTINGS, sheet=True)
    with Image.open(output / CONTACT_SHEET) as sheet:
        assert sheet.size[1] == 46 + 3 * 228


def test_the_pasted_fill_of_each_image_is_chosen_and_every_method_shown() -> None:
    rows = [
        made
        for number in range(30)
        for made in (
            row(number, "original"),
            row(number, "inpainted", "common" if number < 28 else "rare"),
            row(number, "realfake", "common" if number < 28 else "rare"),
            row(number, "fakefake", "vae"),
        )
    ]
    chosen = choose_fills(rows)
    assert [one.kind for one in chosen] == ["realfake"] * MOST
    assert [one.image_id for one in chosen] == [*map(str, range(10)), "28", "29"]
    assert choose_fills([row(1, "original")]) == []
