"""Draw a whole mask: several regions, a total area, a soft edge."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inpaintscan.errors import UsageError
from inpaintscan.gen_data.masks import SHAPES
from inpaintscan.gen_data.masks.folder import check_masks, draw_from_folder, find_masks
from inpaintscan.gen_data.masks.object import Detector, draw_object, load_detector
from inpaintscan.gen_data.settings import Choice, Settings

FULL = 255
"""The value from which on a soft mask's pixel counts as replaced (Adler's rule)."""


def check_mask(choice: Choice) -> None:
    """Check that a mask kind exists, and its folder where it needs one.

    Raises:
        UsageError: if there is no kind of that name.
        DataError: if the folder holds no images, or one that cannot be read.
    """
    names = (*SHAPES, "object", "dir:PATH")
    if choice.name == "dir" and choice.argument:
        check_masks(Path(choice.argument))
    elif choice.name not in (*SHAPES, "object"):
        raise UsageError(f"no mask kind named {choice.name!r}; there are: {', '.join(names)}")
    elif choice.argument not in (None, "box") or (choice.argument and choice.name != "object"):
        raise UsageError(f"mask kind {choice.name!r} takes no {choice.argument!r}")


class Masker:
    """Draws masks as the settings ask; loads the detector and lists folders when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._masks_in = cache(find_masks)

    @cached_property
    def _detector(self) -> Detector:
        return load_detector(self.settings.device)

    def draw(
        self, choice: Choice, image: NDArray[np.uint8], rng: np.random.Generator
    ) -> tuple[str, NDArray[np.uint8]]:
        """Return what was drawn and the mask, uint8 (H, W), never empty, never full.

        Where no object is found that fits, it is a blob, and said to be one.
        """
        kind = choice.name
        size_hw = image.shape[0], image.shape[1]
        mask: NDArray[np.bool_] | None = None
        if kind == "dir":
            mask = draw_from_folder(self._masks_in(Path(str(choice.argument))), size_hw, rng)
        elif kind == "object":
            mask = self._object(choice, image, rng)
            kind = "blob" if mask is None else kind
        if mask is None:
            mask = draw_regions(kind, size_hw, self.settings, rng)
        return kind, soften(never_trivial(mask), rng.uniform(*self.settings.blur))

    def _object(
        self, choice: Choice, image: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.bool_] | None:
        low, high = self.settings.regions
        count = int(rng.integers(low, high + 1))
        boxes = choice.argument == "box"
        return draw_object(image, self._detector, self.settings.area, count, rng, boxes=boxes)


def draw_regions(
    kind: str, size_hw: tuple[int, int], settings: Settings, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw a number of regions that share a total area; bool (H, W).

    The total is log-uniform between the bounds: small regions are the common and the hard ones.
    """
    count = int(rng.integers(settings.regions[0], settings.regions[1] + 1))
    low, high = settings.area
    total = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    shares = rng.dirichlet(np.full(count, 3.0)) * total
    mask = np.zeros(size_hw, dtype=bool)
    for share in shares:
        mask |= SHAPES[kind](size_hw, float(share), rng)
    return mask


def never_trivial(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask with a few pixels set if it was empty, or a border freed if it was full."""
    height, width = mask.shape
    if not mask.any():
        mask = mask.copy()
        mask[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2] = True
    elif mask.all():
        mask = mask.copy()
        border = max(1, min(height, width) // 16)
        mask[:border] = mask[-border:] = False
        mask[:, :border] = mask[:, -border:] = False
    return mask


def soften(mask: NDArray[np.bool_], sigma: float) -> NDArray[np.uint8]:
    """Return the mask as uint8 (H, W), its edge softened *outwards* by a Gaussian of `sigma` px.

    The mask's own pixels stay 255, so the pixels that count as replaced are just those asked for;
    the ramp to 0 lies outside.
    """
    hard = np.where(mask, np.uint8(255), np.uint8(0))
    if sigma <= 0:
        return hard
    blurred = np.asarray(Image.fromarray(hard).filter(ImageFilter.GaussianBlur(sigma)))
    ramp = np.minimum(blurred.astype(np.uint16) * 2, FULL - 1).astype(np.uint8)
    return np.where(mask, hard, ramp)


def replaced(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Read a soft mask by Adler's rule: replaced only where it is 255; bool (H, W)."""
    return np.asarray(mask == FULL)
