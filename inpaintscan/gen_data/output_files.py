"""Write what was made of one job, and its rows of `labels.csv`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.data.augment import augment
from inpaintscan.data.chain import degrade
from inpaintscan.data.samples import Label
from inpaintscan.errors import ImageError
from inpaintscan.files import replacing
from inpaintscan.findings import Box
from inpaintscan.gen_data.compose import bounding_box
from inpaintscan.gen_data.inpainters import Inpainter
from inpaintscan.gen_data.labels import Row
from inpaintscan.gen_data.masks.draw import FULL, replaced
from inpaintscan.gen_data.photos import AUGMENTED
from inpaintscan.gen_data.plan import Job, Purpose
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.images import show_path

_FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
_LONGEST_SIDES = {"jpg": 65_500, "webp": 16_383}
"""In pixels, of the formats that have a limit."""


@dataclass(slots=True)
class Draft:
    """A job on its way: what was drawn and made so far."""

    job: Job
    images: dict[str, NDArray[np.uint8]]
    """By kind, masks aside; all of one size."""
    mask: NDArray[np.uint8] | None = None
    """uint8 (H, W), None for a photo that stays clean."""
    mask_kind: str = ""
    choice: Choice | None = None
    inpainters: dict[str, Inpainter] = field(default_factory=dict)
    """Kind -> what made it."""

    @property
    def drawn_mask(self) -> NDArray[np.uint8]:
        """The mask of a photo that does not stay clean."""
        assert self.mask is not None
        return self.mask

    def add(self, kind: str, image: NDArray[np.uint8], inpainter: Inpainter) -> None:
        """Add an image and say what made it."""
        self.images[kind] = image
        self.inpainters[kind] = inpainter


def check_fits(path: Path, pixels: NDArray[np.uint8], settings: Settings) -> None:
    """Check that every format that a photo (H, W, 3) goes through can hold it.

    Raises:
        ImageError: naming the photo's `path`, if a side is too long.
    """
    used = [*_LONGEST_SIDES] if settings.degrade[1] else [settings.save_as]
    longest = min((_LONGEST_SIDES[name] for name in used if name in _LONGEST_SIDES), default=None)
    height, width = pixels.shape[:2]
    if longest is not None and max(height, width) > longest:
        raise ImageError(
            f"{show_path(path)}: {width} x {height} pixels, but a side of a {'/'.join(used)} "
            f"image has at most {longest}; give --max-size or --crop"
        )


def write_draft(draft: Draft, destination: Path, settings: Settings) -> list[Row]:
    """Write the wanted kinds and the augmented copy, if there is to be one; return all rows."""
    job = draft.job
    kinds = [kind for kind in settings.kinds if kind in draft.images]
    images = [draft.images[kind] for kind in kinds]
    if settings.degrade[1]:
        images = degrade(images, job.rng(Purpose.DEGRADE), settings.degrade)
    low, high = settings.quality
    quality = int(job.rng(Purpose.QUALITY).integers(low, high + 1))
    chance = job.rng(Purpose.AUGMENT)
    versions = [(job.image_id, images, draft.mask)]
    if chance.random() < settings.augment:
        seed = int(chance.integers(2**63))
        versions.append((f"{job.image_id}{AUGMENTED}", *_augmented(images, draft.mask, seed)))
    rows = []
    for image_id, version, mask in versions:
        if mask is not None and "mask" in settings.kinds:
            _save(_path(draft, destination, "mask", image_id, "png"), mask)
        for kind, image in zip(kinds, version, strict=True):
            _save(_path(draft, destination, kind, image_id, settings.save_as), image, quality)
            rows.append(_row(draft, kind, image_id, mask))
    return rows


def _augmented(
    images: list[NDArray[np.uint8]], mask: NDArray[np.uint8] | None, seed: int
) -> tuple[list[NDArray[np.uint8]], NDArray[np.uint8] | None]:
    """Change all images and the mask alike, by one of Baek's four changes; masks become hard."""
    changed = []
    hard = np.zeros(images[0].shape[:2], dtype=bool) if mask is None else replaced(mask)
    turned = hard
    for image in images:
        pixels, turned = augment(image, hard, np.random.default_rng(seed), share=1.0)
        changed.append(np.ascontiguousarray(pixels))
    if mask is None:
        return changed, None
    return changed, np.where(turned, np.uint8(FULL), np.uint8(0))


def _row(draft: Draft, kind: str, image_id: str, mask: NDArray[np.uint8] | None) -> Row:
    """Return the label of one written image."""
    job, box, inpainter = draft.job, Box(0, 0, 0, 0), draft.inpainters.get(kind)
    label: Label = "clean"
    if inpainter is not None and mask is not None:
        label, box = "inpainted", bounding_box(replaced(mask))
        if kind == "inpainted" and inpainter.whole_frame:
            label, box = "generated", Box(0, 0, mask.shape[1], mask.shape[0])
    return Row(
        image_id=image_id,
        split=job.photo.split,
        kind=kind,
        label=label,
        inpainted=int(label != "clean"),
        **asdict(box),
        mask_kind=draft.mask_kind if inpainter else "",
        method=inpainter.name if inpainter else "",
        source=show_path(job.photo.relative),
        category=show_path(job.photo.category),
        prompt=job.prompt if inpainter and _has_prompt(inpainter) else "",
        seed=job.seed,
    )


def _has_prompt(inpainter: Inpainter) -> bool:
    return inpainter.name.partition(":")[0] in {"diffusion", "text-to-image"}


def _path(draft: Draft, destination: Path, kind: str, image_id: str, ending: str) -> Path:
    return destination / draft.job.photo.split / kind / f"{image_id}.{ending}"


def _save(path: Path, pixels: NDArray[np.uint8], quality: int = 100) -> None:
    """Write one image through a temporary name."""
    ending = path.suffix[1:]
    options: dict[str, dict[str, Any]] = {
        "png": {"compress_level": 3},
        "jpg": {"quality": quality},
        "webp": {"quality": quality, "method": 2},
    }
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, _FORMATS[ending], **options[ending])
