"""Make the images of some photos: draw, fill, compose, write. Runs in every worker alike."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from inpaintscan.errors import ImageError
from inpaintscan.findings import Box
from inpaintscan.gen_data.compose import bounding_box, paste
from inpaintscan.gen_data.inpainters import Hole, Inpainter, load_inpainter
from inpaintscan.gen_data.labels import Row
from inpaintscan.gen_data.masks.draw import draw_regions, never_trivial, replaced, soften
from inpaintscan.gen_data.photos import Photo, bring_to_size, read_photo
from inpaintscan.gen_data.settings import Choice, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Job:
    """One variant of one photo."""

    photo: Photo
    variant: int
    image_id: str
    seed: int

    def rng(self, purpose: int) -> np.random.Generator:
        """Return a generator of its own for each purpose, so that none moves another's draws."""
        return np.random.default_rng([self.seed, purpose])


_SIZE, _MASK, _FILL, _FAKE, _SAVE = range(5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch of jobs."""

    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """One line for each photo that was skipped."""


@dataclass(slots=True)
class _Draft:
    """A job on its way: what was drawn and made so far."""

    job: Job
    original: NDArray[np.uint8]
    quality: int
    mask: NDArray[np.uint8] | None = None
    mask_kind: str = ""
    method: Choice | None = None
    inpainter: Inpainter | None = None
    frames: dict[str, NDArray[np.uint8]] = field(default_factory=dict)


def plan_jobs(photos: Sequence[Photo], settings: Settings) -> list[Job]:
    """Return all jobs in order: photos by path, variants of a photo together."""
    return [
        Job(
            photo,
            variant,
            photo.name if settings.per_photo == 1 else f"{photo.name}-{variant}",
            _seed_of(settings.seed, photo.relative, variant),
        )
        for photo in photos
        for variant in range(settings.per_photo)
    ]


def _seed_of(seed: int, relative: str, variant: int) -> int:
    digest = hashlib.sha256(f"{seed}/{variant}/{relative}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


class Maker:
    """Makes batches of jobs into files. Inpainters are loaded when first drawn."""

    def __init__(self, photos: Sequence[Photo], destination: Path, settings: Settings) -> None:
        self.destination = destination
        self.settings = settings
        self.inpainters: dict[Choice, Inpainter] = {}
        self.paths: dict[str, list[Path]] = defaultdict(list)
        for photo in photos:
            self.paths[photo.split].append(photo.path)

    def make(self, jobs: Sequence[Job]) -> Outcome:
        """Make all images of a batch and write them; the files are there when this returns."""
        outcome = Outcome()
        drafts = []
        for job in jobs:
            try:
                drafts.append(self._draft(job))
            except ImageError as error:
                outcome.failures.append(str(error))
        self._fill(drafts)
        self._fake(drafts)
        for draft in drafts:
            outcome.rows.extend(self._write(draft))
        return outcome

    def _draft(self, job: Job) -> _Draft:
        """Read the photo and draw its mask and method; clean ones get neither."""
        settings, rng = self.settings, job.rng(_SIZE)
        pixels, _ = bring_to_size(read_photo(job.photo.path), settings, rng)
        quality = int(job.rng(_SAVE).integers(settings.quality[0], settings.quality[1] + 1))
        draft = _Draft(job, pixels, quality)
        rng = job.rng(_MASK)
        if rng.random() < settings.clean_fraction:
            return draft
        draft.mask_kind, regions = self._mask(pixels, rng)
        draft.mask = soften(never_trivial(regions), rng.uniform(*settings.blur))
        draft.method = _pick(settings.methods, rng)
        return draft

    def _mask(
        self, pixels: NDArray[np.uint8], rng: np.random.Generator
    ) -> tuple[str, NDArray[np.bool_]]:
        choice = _pick(self.settings.masks, rng)
        return choice.name, draw_regions(choice.name, pixels.shape[:2], self.settings, rng)

    def _fill(self, drafts: Sequence[_Draft]) -> None:
        """Run the drawn inpainters, each on all of its holes at once; add the frames."""
        if not {"inpainted", "realfake"} & set(self.settings.kinds):
            return
        groups: dict[Choice, list[_Draft]] = defaultdict(list)
        for draft in drafts:
            if draft.method is not None:
                groups[draft.method].append(draft)
        for choice, group in groups.items():
            inpainter = self._inpainter(choice)
            frames = inpainter.inpaint([self._hole(draft, _FILL) for draft in group])
            for draft, frame in zip(group, frames, strict=True):
                assert draft.mask is not None
                draft.inpainter = inpainter
                draft.frames["inpainted"] = frame
                draft.frames["realfake"] = paste(draft.original, frame, draft.mask)

    def _fake(self, drafts: Sequence[_Draft]) -> None:
        """Add the fakefakes: an autoencoder's reconstruction, pasted inside the mask."""
        if "fakefake" not in self.settings.kinds:
            return
        choices = autoencoders(self.settings)
        for draft in drafts:
            if draft.mask is None:
                continue
            inpainter = self._inpainter(_pick(choices, draft.job.rng(_FAKE)))
            (frame,) = inpainter.inpaint([self._hole(draft, _FAKE)])
            draft.frames["fakefake"] = paste(draft.original, frame, draft.mask)
            draft.frames["fakefake-method"] = np.frombuffer(inpainter.name.encode(), np.uint8)

    def _hole(self, draft: _Draft, purpose: int) -> Hole:
        assert draft.mask is not None
        photo = draft.job.photo
        donors = tuple(path for path in self.paths[photo.split] if path != photo.path)
        return Hole(draft.original, draft.mask > 0, draft.job.rng(purpose), donors=donors)

    def _inpainter(self, choice: Choice) -> Inpainter:
        if choice not in self.inpainters:
            self.inpainters[choice] = load_inpainter(choice, self.settings)
        return self.inpainters[choice]

    def _write(self, draft: _Draft) -> list[Row]:
        """Write the wanted kinds of one draft and return their rows, in the order of kinds."""
        rows = []
        for kind in self.settings.kinds:
            if kind == "mask":
                if draft.mask is not None:
                    self._save(draft, "mask", draft.mask)
                continue
            pixels = draft.original if kind == "original" else draft.frames.get(kind)
            if pixels is not None:
                self._save(draft, kind, pixels)
                rows.append(self._row(draft, kind))
        return rows

    def _row(self, draft: _Draft, kind: str) -> Row:
        job, box, method = draft.job, Box(0, 0, 0, 0), ""
        if kind != "original":
            assert draft.mask is not None
            box = bounding_box(replaced(draft.mask))
            method = draft.inpainter.name if draft.inpainter else ""
        if kind == "inpainted" and draft.inpainter and draft.inpainter.whole_frame:
            box = Box(0, 0, draft.original.shape[1], draft.original.shape[0])
        if kind == "fakefake":
            method = draft.frames["fakefake-method"].tobytes().decode()
        return Row(
            image_id=job.image_id,
            split=job.photo.split,
            kind=kind,
            inpainted=int(kind != "original"),
            xmin=box.xmin,
            ymin=box.ymin,
            xmax=box.xmax,
            ymax=box.ymax,
            mask_kind="" if kind == "original" else draft.mask_kind,
            method=method,
            source=job.photo.relative,
            category=job.photo.category,
            prompt="",
            seed=job.seed,
        )

    def _save(self, draft: _Draft, kind: str, pixels: NDArray[np.uint8]) -> None:
        """Write one image through a temporary name; masks are always PNG."""
        ending = "png" if kind == "mask" else self.settings.save_as
        folder = self.destination / draft.job.photo.split / kind
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{draft.job.image_id}.{ending}"
        temporary = folder / f".{path.name}.{os.getpid()}.tmp"
        options = {
            "png": {"compress_level": 3},
            "jpg": {"quality": draft.quality},
            "webp": {"quality": draft.quality, "method": 2},
        }[ending]
        format_name = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[ending]
        Image.fromarray(pixels).save(temporary, format_name, **options)
        temporary.replace(path)


def autoencoders(settings: Settings) -> tuple[Choice, ...]:
    """Return the autoencoders that fakefakes are drawn from: `--vae`, and methods `vae=FILE`."""
    named = tuple(choice for choice in settings.methods if choice.name == "vae" and choice.argument)
    return tuple(Choice("vae", name) for name in settings.vae) + named or (Choice("vae"),)


def _pick(choices: Sequence[Choice], rng: np.random.Generator) -> Choice:
    """Draw one by weight."""
    weights = np.array([choice.weight for choice in choices])
    return choices[int(rng.choice(len(choices), p=weights / weights.sum()))]
