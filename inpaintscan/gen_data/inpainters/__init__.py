"""The inpainters, by the name that `--method` takes; one file per family.

An inpainter is loaded once and called with a batch. It sees the photo and the hole and returns the
whole frame; the caller pastes the hole's part back (see `compose`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np

from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.errors import UsageError
from inpaintscan.findings import Box
from inpaintscan.gen_data.compose import bounding_box, fill_window
from inpaintscan.gen_data.settings import Choice, Settings


@dataclass(frozen=True, slots=True)
class Hole:
    """One photo with a region to fill."""

    image: Pixels
    """(H, W, 3) RGB."""
    mask: Mask
    """(H, W), true where content is to be replaced."""
    rng: np.random.Generator
    """All chance comes from here."""
    prompt: str = ""
    photo: str = ""
    """The photo's path below its folder, forward slashes."""
    donors: tuple[Path, ...] = ()
    """Other photos of the same split, for `splice`."""


@dataclass(frozen=True, slots=True)
class Inpainter:
    """A loaded inpainter."""

    name: str
    """For the column `method`: the family, and the file where there are several."""
    inpaint: Callable[[Sequence[Hole]], list[Pixels]]
    """Returns a filled frame for each hole, uint8 (H, W, 3), same order."""
    whole_frame: bool = False
    """The pixels outside the hole are synthesised too (networks, autoencoders, diffusion)."""
    from_nothing: bool = False
    """The frame has nothing of the photo (text to image): there is nothing to paste."""


def fill_windows(
    holes: Sequence[Hole],
    fill: Callable[..., Pixels],
    margin: int | Callable[[Box], int],
) -> list[Pixels]:
    """Fill each hole by `fill(image, mask, rng)`, which sees the hole's box and a margin."""
    return [
        fill_window(
            hole.image,
            hole.mask,
            margin if isinstance(margin, int) else margin(bounding_box(hole.mask)),
            partial(fill, rng=hole.rng),
        )
        for hole in holes
    ]


Loader = Callable[[Choice, Settings], Inpainter]

_HERE = "inpaintscan.gen_data.inpainters"
INPAINTERS: dict[str, str] = {
    "gated": f"{_HERE}.learnt:load_learnt",
    "partial": f"{_HERE}.learnt:load_learnt",
    "fourier": f"{_HERE}.learnt:load_learnt",
    "vae": f"{_HERE}.vae:load_vae",
    "diffusion": f"{_HERE}.diffusion:load_pipeline",
    "text-to-image": f"{_HERE}.diffusion:load_pipeline",
    "telea": f"{_HERE}.classical:load_differential",
    "navier-stokes": f"{_HERE}.classical:load_differential",
    "fsr": f"{_HERE}.classical:load_fsr",
    "shiftmap": f"{_HERE}.classical:load_shiftmap",
    "patchmatch": f"{_HERE}.patchmatch:load_patchmatch",
    "frames": f"{_HERE}.frames:load_frames",
    "copy-move": f"{_HERE}.moves:load_copy_move",
    "splice": f"{_HERE}.moves:load_splice",
}
"""Name -> `module:function` of a `Loader`; imported when asked for, as some need torch."""


def load_inpainter(choice: Choice, settings: Settings) -> Inpainter:
    """Load the inpainter that a `--method` names.

    Raises:
        UsageError: if there is none of that name.
    """
    check_method(choice)
    module, _, function = INPAINTERS[choice.name].partition(":")
    loader: Loader = getattr(import_module(module), function)
    return loader(choice, settings)


def check_method(choice: Choice) -> None:
    """Raise `UsageError` if no inpainter has this name."""
    if choice.name not in INPAINTERS:
        raise UsageError(f"no method named {choice.name!r}; there are: {', '.join(INPAINTERS)}")
