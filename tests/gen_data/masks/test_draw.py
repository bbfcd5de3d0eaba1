from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from inpaintscan.errors import DataError, UsageError
from inpaintscan.gen_data.masks import draw
from inpaintscan.gen_data.masks.draw import Masker, check_mask, never_trivial, replaced, soften
from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(methods=(Choice("patchmatch"),))


def test_several_regions_share_the_area() -> None:
    settings = replace(SETTINGS, regions=(3, 3), area=(0.1, 0.1))
    counts, shares = [], []
    for seed in range(10):
        mask = draw.draw_regions("rect", (128, 128), settings, np.random.default_rng(seed))
        counts.append(ndimage.label(mask)[1])
        shares.append(mask.mean())
    assert max(counts) == 3
    assert 0.07 < np.mean(shares) <= 0.105


def test_a_mask_is_never_empty_and_never_full() -> None:
    empty, full = np.zeros((40, 40), dtype=bool), np.ones((40, 40), dtype=bool)
    assert never_trivial(empty).any()
    assert not never_trivial(full).all()
    some = np.eye(40, dtype=bool)
    assert never_trivial(some) is some


def test_a_soft_edge_lies_outside_so_that_255_is_exactly_the_region() -> None:
    region = np.zeros((60, 60), dtype=bool)
    region[20:40, 15:45] = True
    soft = soften(region, 3.0)
    assert soft.dtype == np.uint8
    assert (replaced(soft) == region).all()
    ramp = soft[30, 0:15].astype(int)
    assert ramp[0] == 0
    assert 100 < ramp[-1] < 255
    assert (np.diff(ramp) >= 0).all()
    assert set(np.unique(soften(region, 0.0))) == {0, 255}


def test_a_mask_of_a_folder_is_resized_and_at_times_flipped(
    tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    quarter = np.zeros((50, 50), dtype=np.uint8)
    quarter[:25, :25] = 255
    Image.fromarray(quarter).save(tmp_path / "quarter.png")
    masker = Masker(SETTINGS)
    corners = set()
    for seed in range(20):
        kind, mask = masker.draw(Choice("dir", str(tmp_path)), photo, np.random.default_rng(seed))
        assert kind == "dir"
        assert mask.shape == photo.shape[:2]
        assert np.mean(mask == 255) == pytest.approx(0.25, abs=0.02)
        corners.add(tuple(mask[[0, 0, -1, -1], [0, -1, 0, -1]].tolist()))
    assert len(corners) == 4


def test_objects_come_from_the_detector(
    photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = np.zeros(photo.shape[:2], dtype=bool)
    person[20:60, 30:70] = np.tri(40, dtype=bool)
    monkeypatch.setattr(
        draw, "load_detector", lambda device: lambda image: (np.array([1]), person[None].copy())
    )
    settings = replace(SETTINGS, area=(0.01, 0.5))
    kind, mask = Masker(settings).draw(Choice("object"), photo, np.random.default_rng(0))
    assert (kind, (mask == 255).tolist()) == ("object", person.tolist())
    _, boxed = Masker(settings).draw(Choice("object", "box"), photo, np.random.default_rng(0))
    assert (boxed[20:60, 30:70] == 255).all()
    assert boxed.sum() == 255 * 1600


def test_where_no_object_fits_a_blob_is_drawn_and_named(
    photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = (np.zeros(0, np.int64), np.zeros((0, *photo.shape[:2]), bool))
    monkeypatch.setattr(draw, "load_detector", lambda device: lambda image: nothing)
    kind, mask = Masker(SETTINGS).draw(Choice("object"), photo, np.random.default_rng(0))
    assert kind == "blob"
    assert (mask == 255).any()


@pytest.mark.parametrize("name", ["star", "dir", ""])
def test_unknown_masks_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="there are: rect, freeform, blob, object, dir:PATH"):
        check_mask(Choice(name))


def test_arguments_that_a_mask_does_not_take_are_refused() -> None:
    with pytest.raises(UsageError, match="takes no 'box'"):
        check_mask(Choice("rect", "box"))
    with pytest.raises(UsageError, match="takes no 'circle'"):
        check_mask(Choice("object", "circle"))


def test_a_folder_without_masks_or_with_a_broken_one_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no mask images"):
        check_mask(Choice("dir", str(tmp_path)))
    Image.new("L", (8, 8)).save(tmp_path / "good.png")
    check_mask(Choice("dir", str(tmp_path)))
    (tmp_path / "bad.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"take out the masks that cannot be read: .*bad\.png"):
        check_mask(Choice("dir", str(tmp_path)))
    with pytest.raises(DataError, match="no such folder"):
        check_mask(Choice("dir", str(tmp_path / "missing")))
