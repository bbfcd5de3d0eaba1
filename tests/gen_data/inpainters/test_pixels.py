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


def moved_pixels(seed: int, side: int = 30) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """What copy-move puts into a square hole of a photo whose pixels are numbered; and theirs."""
    numbered = np.arange(96 * 128, dtype=np.uint32).reshape(96, 128)
    image = np.dstack([numbered >> 16, numbered >> 8, numbered]).astype(np.uint8)
    mask = np.zeros((96, 128), dtype=bool)
    mask[10 : 10 + side, 10 : 10 + side] = True
    (frame,) = load_inpainter(Choice("copy-move"), SETTINGS).inpaint(
        [Hole(image, mask, np.random.default_rng(seed))]
    )
    values = frame.astype(np.uint32)
    found = values[..., 0] << 16 | values[..., 1] << 8 | values[..., 2]
    return found[mask].reshape(side, side), numbered[mask].reshape(side, side)


def test_copy_move_takes_pixels_of_the_photo_as_they_are_mirrored_or_resampled() -> None:
    steps: list[int] = []
    for seed in range(40):
        moved, own = moved_pixels(seed)
        right, down = np.diff(moved.astype(int), axis=1), np.diff(moved.astype(int), axis=0)
        if (down == 128).all() and (np.abs(right) == 1).all():  # untouched pixels, in order
            steps.append(int(right[0, 0]))
            assert (moved != own).all()
    assert 15 < len(steps) < 35, "the rest is turned and scaled"
    assert steps.count(-1) > 2, "some are mirrored"
    assert steps.count(1) > 8


def test_a_turned_part_shows_what_the_photo_shows() -> None:
    ramp = np.linspace(0, 255, 128)[None, :, None]
    image = np.broadcast_to(ramp, (96, 128, 3)).astype(np.uint8).copy()
    mask = np.zeros((96, 128), dtype=bool)
    mask[30:60, 40:80] = True
    for seed in range(20):
        (frame,) = load_inpainter(Choice("copy-move"), SETTINGS).inpaint(
            [Hole(image, mask, np.random.default_rng(seed))]
        )
        part = frame[30:60, 40:80, 0].astype(float)
        assert part.min() > 0 or part[0, 0] == 0, "nothing from outside the photo"
        assert 0.5 < abs(np.diff(part, axis=1).mean()) / 2 < 1.6, "a ramp still, of about its slope"


def test_splice_takes_another_photo(tmp_path: Path, hole: Callable[..., Hole]) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (50, 40, 1), np.uint8)
    red = np.concatenate([255 - noise // 4, noise // 8, noise // 8], axis=2)
    Image.fromarray(red).save(tmp_path / "red.png")
    (tmp_path / "broken.png").write_bytes(b"x")
    donors = (tmp_path / "broken.png", tmp_path / "red.png")
    base = hole()
    there = base.image[base.mask].mean(axis=0)
    distances = []
    for seed in range(30):
        given = Hole(base.image, base.mask, np.random.default_rng(seed), donors=donors)
        (frame,) = load_inpainter(Choice("splice"), SETTINGS).inpaint([given])
        assert (frame[~base.mask] == base.image[~base.mask]).all()
        distances.append(np.abs(frame[base.mask].mean(axis=0) - there).max())
    untouched = np.abs(red.mean(axis=(0, 1)) - there).max()
    near = sum(distance > 0.95 * untouched for distance in distances)
    assert 5 < near < 25, "its own colours in about half of the cases, matched in the others"


def test_the_scale_and_the_compression_of_a_spliced_part_are_its_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (200, 200, 3), np.uint8)).save(tmp_path / "noise.png")
    image, mask = np.full((80, 80, 3), 128, np.uint8), np.zeros((80, 80), dtype=bool)
    mask[10:60, 10:60] = True
    contrasts = []
    for seed in range(30):
        given = Hole(image, mask, np.random.default_rng(seed), donors=(tmp_path / "noise.png",))
        (frame,) = load_inpainter(Choice("splice"), SETTINGS).inpaint([given])
        contrasts.append(float(np.diff(frame[10:60, 10:60].astype(float), axis=1).std()))
    assert max(contrasts) > 95, "white noise as it was"
    assert min(contrasts) < 40, "resampled, compressed or brought to a flat colour"


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
