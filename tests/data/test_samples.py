"""Sizes and masks of a data set are read by the one reader of images."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data.samples import read_mask_levels, read_size
from inpaintscan.errors import DataError
from inpaintscan.gen_data.audit import look


def test_a_heic_is_read_first_thing(zoo: dict[str, Path]) -> None:
    """In a process where nothing else has made Pillow know the format."""
    code = (
        "from pathlib import Path\n"
        "from inpaintscan.data.samples import read_size\n"
        "from inpaintscan.gen_data.audit import look\n"
        f"path = Path({str(zoo['plain.heic'])!r})\n"
        "print(look(path, True, 'a').format, *read_size(path))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "HEIF 32 48\n", done.stderr


@pytest.mark.parametrize("name", ["rotated.jpg", "rotated.png", "rotated.webp", "rotated.tif"])
def test_sizes_are_as_displayed(zoo: dict[str, Path], name: str) -> None:
    assert read_size(zoo[name]) == (48, 32)


@pytest.mark.parametrize("name", ["rgb.png", "grey.png", "16-bit.png", "palette.png"])
def test_levels_have_the_size_displayed(zoo: dict[str, Path], name: str) -> None:
    levels = read_mask_levels(zoo[name])
    assert (levels.shape, levels.dtype) == ((32, 48), np.uint8)


def test_a_turned_mask_is_turned(tmp_path: Path) -> None:
    stored = np.zeros((20, 30), np.uint8)
    stored[:10] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_mask_levels(tmp_path / "a.png"), np.rot90(stored, -1))


def test_what_is_no_image_names_its_part_in_the_set(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(DataError, match=r"a.png: not an image .*; it is a mask of the data set"):
        read_mask_levels(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a.png: not an image .*; it is an image of the data set"):
        read_size(tmp_path / "a.png")


def test_the_audit_sees_quality_and_size(zoo: dict[str, Path]) -> None:
    assert look(zoo["progressive.jpg"], False, "a").compression == pytest.approx(95, abs=1)
    sight = look(zoo["rgb.png"], False, "a")
    assert (sight.format, sight.pixels) == ("PNG", 32 * 48)
    assert sight.compression == 8 * zoo["rgb.png"].stat().st_size / (32 * 48)
