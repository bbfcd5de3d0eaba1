"""Exemplar fills: put together from known pixels, texture for texture."""

from __future__ import annotations

import pytest
import torch

from inpaintscan.nets.generators.exemplar import exemplar_fill
from inpaintscan.nets.generators.membrane import membrane


def board(height: int = 48, width: int = 64) -> torch.Tensor:
    """Squares of 4 pixels, dark and bright, (1, 3, height, width)."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    squares = (rows // 4 + columns // 4) % 2
    return (squares * 1.2 - 0.6).expand(1, 3, -1, -1).float()


def test_a_pattern_is_continued_where_the_membrane_is_flat() -> None:
    picture, holes = board(), torch.zeros(1, 1, 48, 64)
    holes[..., 16:28, 20:36] = 1
    guess = membrane(picture, holes)
    filled = exemplar_fill(guess, holes)
    inside = holes.expand_as(picture) > 0
    assert (filled - picture)[inside].abs().mean() < 0.5 * (guess - picture)[inside].abs().mean()
    assert filled[inside].std() > 0.8 * picture[inside].std()
    torch.testing.assert_close(filled[~inside], picture[~inside])


def test_a_slope_of_light_leaves_no_seam() -> None:
    slope = torch.linspace(-0.8, 0.8, 64).expand(1, 3, 48, 64)
    picture, holes = 0.1 * board() + slope, torch.zeros(1, 1, 48, 64)
    holes[..., 10:38, 20:44] = 1
    filled = exemplar_fill(membrane(picture, holes), holes)
    inside = holes.expand_as(picture) > 0
    assert (filled - picture)[inside].abs().mean() < 0.1
    steps = (filled[..., 1:] - filled[..., :-1]).abs()
    assert steps.max() < 0.35, "a square's edge is 0.12, a seam between far places up to 1.6"


def test_guesses_unlike_anything_known_are_no_division_by_zero() -> None:
    picture, holes = 0.01 * board(), torch.zeros(1, 1, 48, 64)
    holes[..., 8:40, 8:56] = 1
    holes[..., 20:22, 20:22] = 0
    picture[..., 20:22, 20:22] = 100.0
    assert exemplar_fill(picture, holes).isfinite().all()


def test_without_a_known_patch_the_guess_stays() -> None:
    guess = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(exemplar_fill(guess, torch.ones(1, 1, 16, 16)), guess)


@pytest.mark.parametrize("side", [1, 4, 5, 6])
def test_pictures_too_small_for_a_known_patch_keep_the_guess(side: int) -> None:
    tiny, holes = torch.rand(1, 3, side, side), torch.zeros(1, 1, side, side)
    holes[..., 0, 0] = 1
    assert exemplar_fill(tiny, holes).shape == tiny.shape
    torch.testing.assert_close(exemplar_fill(tiny, holes * 0), tiny)


def test_a_batch_is_filled_as_its_pictures_are_alone_up_to_the_border() -> None:
    pictures, holes = torch.cat([board(), -board()]), torch.zeros(2, 1, 48, 64)
    holes[0, :, :12, :20] = 1
    holes[1, :, 20:48, 40:60] = 1
    guesses = membrane(pictures, holes)
    together = exemplar_fill(guesses, holes)
    for i in range(2):
        alone = exemplar_fill(guesses[i : i + 1], holes[i : i + 1])
        torch.testing.assert_close(alone, together[i : i + 1])
        inside = holes[i].expand(3, -1, -1) > 0
        assert (together[i] - guesses[i])[inside].abs().mean() > 0.1
