"""Whole frames, asked for the hole in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data import read_dataset, read_mask
from inpaintscan.data.layouts import read_holes
from inpaintscan.data.samples import box_of_mask
from inpaintscan.errors import DataError
from inpaintscan.findings import Box
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.settings import Choice, Settings

KINDS = ("original", "mask", "inpainted", "realfake")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A data set of one photo that a tool rebuilt as a whole, with one rectangular hole."""
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    for name, frame in (("photos", pixels), ("tool", 255 - pixels)):
        (tmp_path / name).mkdir()
        Image.fromarray(frame).save(tmp_path / name / "a.png")
    settings = Settings(
        methods=(Choice("frames", str(tmp_path / "tool")),), masks=(Choice("rect"),), kinds=KINDS
    )
    generate(tmp_path / "photos", tmp_path / "made", settings)
    return tmp_path / "made"


def test_a_whole_frame_is_generated_until_asked_for_its_hole(made: Path) -> None:
    dataset = read_dataset(made)
    kinds = [sample.kind for sample in dataset]
    whole, pasted = kinds.index("inpainted"), kinds.index("realfake")
    assert (dataset[whole].label, dataset[whole].mask) == ("generated", None)
    holes = read_holes(dataset)
    assert (holes[whole].label, holes[whole].mask) == ("inpainted", dataset[pasted].mask)
    assert (read_mask(holes[whole]) == read_mask(dataset[pasted])).all()
    assert isinstance(dataset[pasted].box, Box)
    assert box_of_mask(read_mask(holes[whole])) == dataset[pasted].box
    others = [i for i in range(len(kinds)) if i != whole]
    assert [holes[i] for i in others] == [dataset[i] for i in others]


def test_a_missing_mask_is_named(made: Path) -> None:
    dataset = read_dataset(made)
    for mask in made.glob("*/mask/*.png"):
        mask.unlink()
    with pytest.raises(DataError, match=r"a\.png: is inpainted, but there is no mask"):
        read_holes(dataset)
    for folder in made.glob("*/mask"):
        folder.rmdir()
    with pytest.raises(DataError, match="make the data set with mask among --kinds"):
        read_holes(dataset)
