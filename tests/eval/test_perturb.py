"""Perturbations: how they are written, what they do to size and content."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from inpaintscan.errors import UsageError
from inpaintscan.eval.perturb import Perturbation, parse_perturbations
from tests.eval.toy import grey_noise


def decoded(perturbation: Perturbation, pixels: np.ndarray, seed: str = "x") -> np.ndarray:
    content, ending = perturbation.encode(pixels, seed)
    image = Image.open(io.BytesIO(content))
    assert f".{str(image.format).lower()}" == ending
    return np.asarray(image.convert("RGB"))


def test_the_list_of_the_command_line() -> None:
    text = "jpeg:50..100, webp:80,resize:0.5,blur:1,noise:4,screenshot"
    labels = [one.label for one in parse_perturbations(text)]
    assert labels == [
        "jpeg:50", "jpeg:60", "jpeg:70", "jpeg:80", "jpeg:90", "jpeg:100",
        "webp:80", "resize:0.5", "blur:1", "noise:4", "screenshot",
    ]  # fmt: skip
    assert parse_perturbations("") == []


@pytest.mark.parametrize(
    "text", ["sepia:3", "jpeg", "jpeg:0", "jpeg:50..101", "resize:1.2.3", "screenshot:2", "blur:-1"]
)
def test_what_is_no_perturbation_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="--perturb"):
        parse_perturbations(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("jpeg:70", (64, 96)),
        ("webp:70", (64, 96)),
        ("resize:0.5", (32, 48)),
        ("resize:1.5", (96, 144)),
        ("blur:2", (64, 96)),
        ("noise:4", (64, 96)),
        ("screenshot", (51, 77)),
    ],
)
def test_sizes_and_change(text: str, size: tuple[int, int]) -> None:
    pixels = grey_noise(0)
    (perturbation,) = parse_perturbations(text)
    changed = decoded(perturbation, pixels)
    assert changed.shape == (*size, 3)
    if changed.shape == pixels.shape:
        assert not np.array_equal(changed, pixels)
    assert perturbation.encode(pixels, "x") == perturbation.encode(pixels, "x")


def test_noise_has_its_sigma_and_differs_by_image() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    (noise,) = parse_perturbations("noise:4")
    first, second = decoded(noise, grey, "a"), decoded(noise, grey, "b")
    assert (first.astype(float) - 128).std() == pytest.approx(4, rel=0.05)
    assert not np.array_equal(first, second)


def test_lower_quality_is_farther_from_the_image() -> None:
    pixels = grey_noise(1)
    errors = [
        np.abs(decoded(one, pixels).astype(int) - pixels).mean()
        for one in parse_perturbations("jpeg:10..90")
    ]
    assert errors == sorted(errors, reverse=True)
