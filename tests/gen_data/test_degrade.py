from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.data import chain
from inpaintscan.data.chain import DATA_SET_STEPS, degrade


@pytest.mark.parametrize("name", DATA_SET_STEPS)
def test_each_step_changes_the_image_but_not_its_size(name: str, photo: NDArray[np.uint8]) -> None:
    step = DATA_SET_STEPS[name](np.random.default_rng(0))
    picture = Image.fromarray(photo)
    changed = np.asarray(step(picture))
    assert changed.shape == photo.shape
    assert changed.dtype == np.uint8
    difference = np.abs(changed.astype(int) - photo).mean()
    assert 0.1 < difference < 20
    assert (np.asarray(step(picture)) == changed).all(), "a drawn step is the same each time"


def test_all_images_get_the_same_chain(photo: NDArray[np.uint8]) -> None:
    first, second, other = degrade(
        [photo, photo.copy(), photo[:, ::-1]], np.random.default_rng(3), (3, 5)
    )
    assert (first == second).all()
    assert (first != photo).any()
    assert other.shape == photo.shape


def test_the_number_of_steps_is_within_its_bounds(
    photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[None] = []

    def count(_rng: np.random.Generator) -> chain.Step:
        return lambda image: (done.append(None), image)[1]

    monkeypatch.setattr(chain, "DATA_SET_STEPS", {"count": count})
    lengths = set()
    for seed in range(60):
        done.clear()
        degrade([photo], np.random.default_rng(seed), (1, 5))
        lengths.add(len(done))
    assert lengths == {1, 2, 3, 4, 5}
    (same,) = degrade([photo], np.random.default_rng(0), (0, 0))
    assert (same == photo).all()


def test_images_of_differing_size_are_taken(photo: NDArray[np.uint8]) -> None:
    small = photo[:33, :35]
    for seed in range(5):
        degraded = degrade([photo, small], np.random.default_rng(seed))
        assert [image.shape for image in degraded] == [photo.shape, small.shape]
