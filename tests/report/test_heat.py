"""The scale of heat: one order, from the photo alone to full colour."""

from __future__ import annotations

import numpy as np

from inpaintscan.report.heat import (
    FULL_OPACITY,
    SCALE,
    heat_colours,
    heat_gradient,
    heat_on_white,
    heat_opacity,
    heat_picture,
)

STEPS = np.linspace(0.0, 1.0, 101, dtype=np.float32)


def test_heat_starts_with_the_photo_alone_and_only_grows() -> None:
    opacity = heat_opacity(STEPS)
    assert (opacity[:11] == 0).all()
    assert (np.diff(opacity) >= 0).all()
    assert opacity[-1] == np.float32(FULL_OPACITY)


def test_the_scale_is_told_apart_in_grey() -> None:
    """Darker all the way, so neither colour vision nor a colour printer is needed."""
    grey = heat_on_white(STEPS) @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(grey) <= 0.5).all()
    assert grey[0] == 255
    assert grey[-1] < 140


def test_the_picture_has_the_colours_of_the_scale() -> None:
    positions = np.array([[position for position, _ in SCALE]], np.float32)
    assert np.allclose(heat_colours(positions)[0], [colour for _, colour in SCALE], atol=1e-3)
    picture = heat_picture(STEPS[None])
    assert (picture.shape, picture.dtype) == ((1, 101, 4), np.uint8)
    assert picture[0, 0, 3] == 0
    assert tuple(picture[0, -1]) == (*SCALE[-1][1], round(255 * FULL_OPACITY))


def test_the_gradient_goes_from_white_to_the_strongest() -> None:
    gradient = heat_gradient()
    last = ", ".join(map(str, heat_on_white(STEPS[-1:])[0])).replace(",", "")
    assert gradient.startswith("linear-gradient(90deg, rgb(255 255 255) 0%")
    assert gradient.endswith(f"rgb({last}) 100%)")
