"""OpenCV's inpainters: Telea 2004, Bertalmio et al. 2001, shift-map (He and Sun 2012), FSR 2015."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.errors import MissingExtraError
from inpaintscan.gen_data.inpainters import Inpainter, fill_windows
from inpaintscan.gen_data.settings import Choice, Settings


def load_differential(choice: Choice, settings: Settings) -> Inpainter:
    """Colours carried inwards: by fast marching (telea), or as in fluid flow (navier-stokes)."""
    cv2 = load_opencv(f"the method {choice.name!r}")
    method = cv2.INPAINT_TELEA if choice.name == "telea" else cv2.INPAINT_NS

    def fill(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pixels:
        radius = float(rng.integers(3, 8))
        filled = cv2.inpaint(image, mask.astype(np.uint8), radius, method)
        return np.asarray(filled, dtype=np.uint8)

    return Inpainter(choice.name, partial(fill_windows, fill=fill, margin=16))


def load_shiftmap(choice: Choice, settings: Settings) -> Inpainter:
    """Copies of the photo shifted by its commonest offsets."""
    cv2 = load_opencv("the method 'shiftmap'", extended=True)

    def fill(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pixels:
        cv2.setRNGSeed(int(rng.integers(2**31)))
        lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab)
        content = lab.copy()
        cv2.xphoto.inpaint(lab, _known(mask), content, cv2.xphoto.INPAINT_SHIFTMAP)
        return np.asarray(cv2.cvtColor(content, cv2.COLOR_Lab2RGB), dtype=np.uint8)

    return Inpainter("shiftmap", partial(fill_windows, fill=fill, margin=96))


def load_fsr(choice: Choice, settings: Settings) -> Inpainter:
    """Frequency selective reconstruction, block by block."""
    cv2 = load_opencv("the method 'fsr'", extended=True)

    def fill(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pixels:
        cv2.setRNGSeed(int(rng.integers(2**31)))
        content = image.copy()
        cv2.xphoto.inpaint(image, _known(mask), content, cv2.xphoto.INPAINT_FSR_FAST)
        return content

    return Inpainter("fsr", partial(fill_windows, fill=fill, margin=24))


def _known(mask: Mask) -> Pixels:
    """Return the mask as xphoto wants it: 255 where pixels are known, 0 in the hole."""
    return np.where(mask, np.uint8(0), np.uint8(255))


def load_opencv(feature: str, *, extended: bool = False) -> ModuleType:
    """Import OpenCV, with its extended modules where asked for.

    Raises:
        MissingExtraError: if it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError(feature, "classical") from error
    if extended and not hasattr(cv2, "xphoto"):
        raise MissingExtraError(feature, "classical")
    return cv2
