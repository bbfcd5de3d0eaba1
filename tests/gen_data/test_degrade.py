from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from inpaintscan.gen_data.degrade import STEPS, apply_chain, degrade, draw_chain


@pytest.mark.parametrize("name", STEPS)
def test_each_step_changes_the_image_but_not_its_size(name: str, photo: NDArray[np.uint8]) -> None:
    step = STEPS[name](np.random.default_rng(0))
    changed = apply_chain(photo, [step])
    assert changed.shape == photo.shape
    assert changed.dtype == np.uint8
    difference = np.abs(changed.astype(int) - photo).mean()
    assert 0.1 < difference < 20
    assert (apply_chain(photo, [step]) == changed).all(), "a drawn step is the same each time"


def test_all_images_get_the_same_chain(photo: NDArray[np.uint8]) -> None:
    first, second, other = degrade(
        [photo, photo.copy(), photo[:, ::-1]], np.random.default_rng(3), (3, 5)
    )
    assert (first == second).all()
    assert (first != photo).any()
    assert other.shape == photo.shape


def test_the_number_of_steps_is_within_its_bounds(photo: NDArray[np.uint8]) -> None:
    lengths = {len(draw_chain(np.random.default_rng(seed), (1, 5))) for seed in range(60)}
    assert lengths == {1, 2, 3, 4, 5}
    assert (apply_chain(photo, []) == photo).all()
    (same,) = degrade([photo], np.random.default_rng(0), (0, 0))
    assert (same == photo).all()


def test_images_of_differing_size_are_taken(photo: NDArray[np.uint8]) -> None:
    small = photo[:33, :35]
    for seed in range(5):
        degraded = degrade([photo, small], np.random.default_rng(seed))
        assert [image.shape for image in degraded] == [photo.shape, small.shape]
