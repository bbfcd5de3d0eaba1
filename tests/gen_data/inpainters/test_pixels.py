"""The inpainters that need no weights: classical, patches, moved pixels."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import MissingExtraError, UsageError
from inpaintscan.gen_data.inpainters import INPAINTERS, Hole, load_inpainter
from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(methods=(Choice("patchmatch"),))
METHODS = (
    "telea", "navier-stokes", "fsr", "shiftmap", "patchmatch", "copy-move", "splice",
)  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_only_the_hole_is_changed_and_the_seed_decides(
    name: str, hole: Callable[..., Hole]
) -> None:
    inpainter = load_inpainter(Choice(name), SETTINGS)
    first, other = inpainter.inpaint([hole(seed=1), hole(seed=2)])
    (again,) = inpainter.inpaint([hole(seed=1)])
    image, mask = hole().image, hole().mask
    assert inpainter.name == name
    assert not inpainter.whole_frame
    for frame in (first, other):
        assert frame.dtype == np.uint8
        assert (frame[~mask] == image[~mask]).all()
        assert (frame[mask] != image[mask]).mean() > 0.3
    assert (first == again).all(), "neither the batch nor what went before matters"


@pytest.mark.parametrize("name", ["telea", "navier-stokes", "fsr", "patchmatch"])
def test_a_hole_in_an_even_gradient_is_filled_with_it(name: str) -> None:
    ramp = np.linspace(60, 200, 96)[None, :, None]
    image = np.broadcast_to(ramp, (80, 96, 3)).astype(np.uint8).copy()
    mask = np.zeros((80, 96), dtype=bool)
    mask[30:50, 40:56] = True
    holed = image.copy()
    holed[mask] = 0
    hole = Hole(holed, mask, np.random.default_rng(0))
    (frame,) = load_inpainter(Choice(name), SETTINGS).inpaint([hole])
    assert np.abs(frame[mask].astype(int) - image[mask]).mean() < 12


def test_patchmatch_continues_a_texture() -> None:
    texture = np.ascontiguousarray(skimage.data.brick()[:128, :128])
    image = np.dstack([texture] * 3)
    mask = np.zeros((128, 128), dtype=bool)
    mask[50:80, 50:80] = True
    hole = Hole(
        np.where(mask[..., None], 0, image).astype(np.uint8), mask, np.random.default_rng(0)
    )
    (frame,) = load_inpainter(Choice("patchmatch"), SETTINGS).inpaint([hole])
    filled, truth = frame[mask].astype(float), image[mask].astype(float)
    assert abs(filled.mean() - truth.mean()) < 15
    assert filled.std() > 0.5 * truth.std(), "a texture, not a smear"


def test_patchmatch_fills_photos_with_hardly_anything_left() -> None:
    image = np.full((40, 40, 3), 90, dtype=np.uint8)
    mask = np.ones((40, 40), dtype=bool)
    mask[:2] = False
    (frame,) = load_inpainter(Choice("patchmatch"), SETTINGS).inpaint(
        [Hole(image, mask, np.random.default_rng(0))]
    )
    assert (frame == 90).all()


def test_copy_move_takes_pixels_of_the_photo_itself(hole: Callable[..., Hole]) -> None:
    numbered = np.arange(96 * 128, dtype=np.uint32).reshape(96, 128)
    image = np.dstack([numbered >> 16, numbered >> 8, numbered]).astype(np.uint8)
    mask = np.zeros((96, 128), dtype=bool)
    mask[10:40, 10:40] = True
    for seed in range(6):
        (frame,) = load_inpainter(Choice("copy-move"), SETTINGS).inpaint(
            [Hole(image, mask, np.random.default_rng(seed))]
        )
        values = frame.astype(np.uint32)
        moved = (values[..., 0] << 16 | values[..., 1] << 8 | values[..., 2])[mask]
        assert len(set(moved.tolist())) == mask.sum()
        assert (moved != numbered[mask]).all()


def test_splice_takes_another_photo(tmp_path: Path, hole: Callable[..., Hole]) -> None:
    Image.new("RGB", (50, 40), (255, 0, 0)).save(tmp_path / "red.png")
    (tmp_path / "broken.png").write_bytes(b"x")
    donors = (tmp_path / "broken.png", tmp_path / "red.png")
    base = hole()
    given = Hole(base.image, base.mask, base.rng, donors=donors)
    (frame,) = load_inpainter(Choice("splice"), SETTINGS).inpaint([given])
    assert (frame[base.mask] == (255, 0, 0)).all()


def test_missing_opencv_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"inpaintscan\[classical\]"):
        load_inpainter(Choice("telea"), SETTINGS)


def test_an_unknown_method_is_refused_with_all_names() -> None:
    with pytest.raises(UsageError, match="no method named 'magic'; there are: gated"):
        load_inpainter(Choice("magic"), SETTINGS)
    assert set(METHODS) < set(INPAINTERS)


def test_holes_may_be_as_wide_as_the_photo(photo: NDArray[np.uint8]) -> None:
    mask = np.ones(photo.shape[:2], dtype=bool)
    mask[:4] = mask[-4:] = False
    for name in ("telea", "patchmatch", "copy-move", "splice"):
        (frame,) = load_inpainter(Choice(name), SETTINGS).inpaint(
            [Hole(photo, mask, np.random.default_rng(0))]
        )
        assert (frame[~mask] == photo[~mask]).all()
