"""Perturbations: how they are written, what they do to size and content."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from inpaintscan.errors import UsageError
from inpaintscan.eval.perturb import KINDS, Perturbation, parse_perturbations
from tests.eval.toy import grey_noise


def decoded(perturbation: Perturbation, pixels: np.ndarray, seed: str = "x") -> np.ndarray:
    content = perturbation.encode(pixels, seed)
    image = Image.open(io.BytesIO(content))
    assert image.format == KINDS[perturbation.name].file_format
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
        ("crop:0.9", (58, 86)),
        ("sharpen:1", (64, 96)),
        ("median:3", (64, 96)),
        ("caption", (64, 96)),
        ("vignette:0.5", (64, 96)),
        ("tone:1", (64, 96)),
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


def test_a_crop_is_the_window_that_it_says() -> None:
    pixels = grey_noise(0)
    (crop,) = parse_perturbations("crop:0.8")
    box = crop.window((64, 96))
    assert crop.cuts
    np.testing.assert_array_equal(
        decoded(crop, pixels), pixels[box.ymin : box.ymax, box.xmin : box.xmax]
    )


def test_grey_has_one_value_a_pixel_and_a_caption_touches_one_corner() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    grey, caption = (decoded(one, pixels) for one in parse_perturbations("grey,caption"))
    assert (grey[..., 0] == grey[..., 1]).all()
    changed = (caption != pixels).any(axis=2)
    assert changed[300:].any()
    assert not changed[:300].any()


def test_a_vignette_darkens_the_corners_and_tone_flattens_contrast() -> None:
    flat = np.full((65, 65, 3), 200, np.uint8)
    dark = decoded(parse_perturbations("vignette:0.5")[0], flat)
    assert dark[32, 32, 0] == 200
    assert dark[0, 0, 0] == 100
    ramp = np.repeat(np.linspace(0, 255, 200).astype(np.uint8)[None, :, None], 3, axis=2)
    ramp = np.repeat(ramp, 200, axis=0)
    assert np.ptp(decoded(parse_perturbations("tone:1")[0], ramp)) < 200


def test_noise_has_its_sigma_and_differs_by_image() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    (noise,) = parse_perturbations("noise:4")
    first, second = decoded(noise, grey, "a"), decoded(noise, grey, "b")
    assert (first.astype(float) - 128).std() == pytest.approx(4, rel=0.05)
    assert not np.array_equal(first, second)


def test_the_name_of_an_image_may_be_no_unicode() -> None:
    (noise,) = parse_perturbations("noise:8")
    photo = grey_noise(1)
    assert noise.encode(photo, "bad\udcff.png") != noise.encode(photo, "bad\udcfe.png")


def test_lower_quality_is_farther_from_the_image() -> None:
    pixels = grey_noise(1)
    errors = [
        np.abs(decoded(one, pixels).astype(int) - pixels).mean()
        for one in parse_perturbations("jpeg:10..90")
    ]
    assert errors == sorted(errors, reverse=True)
