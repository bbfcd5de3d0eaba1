"""Make the images of some jobs: draw, fill, compose, write. Runs in every worker alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inpaintscan.errors import ImageError
from inpaintscan.gen_data.compose import paste
from inpaintscan.gen_data.inpainters import Hole, Inpainter, load_inpainter
from inpaintscan.gen_data.labels import Row
from inpaintscan.gen_data.masks.draw import Masker
from inpaintscan.gen_data.masks.object import load_detector
from inpaintscan.gen_data.output_files import Draft, check_fits, write_draft
from inpaintscan.gen_data.photos import Photo, bring_to_size, read_photo
from inpaintscan.gen_data.plan import Job, Purpose
from inpaintscan.gen_data.settings import Choice, Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch of jobs."""

    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """One line for each photo that was skipped."""


def check_models(settings: Settings) -> None:
    """Load all that may be drawn once, on the CPU, so that nothing is found missing later.

    Raises:
        InpaintscanError: if an inpainter or the detector of objects cannot be loaded.
    """
    on_cpu = replace(settings, device="cpu", precision="fp32")
    fills = settings.methods if {"inpainted", "realfake"} & set(settings.kinds) else ()
    fakes = autoencoders(settings) if "fakefake" in settings.kinds else ()
    for choice in (*fills, *fakes):
        load_inpainter(choice, on_cpu)
    if "object" in {choice.name for choice in settings.masks}:
        load_detector("cpu")


class Maker:
    """Makes batches of jobs into files. Inpainters are loaded when first drawn."""

    def __init__(self, photos: Sequence[Photo], destination: Path, settings: Settings) -> None:
        self.destination = destination
        self.settings = settings
        self.masker = Masker(settings)
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
            outcome.rows.extend(write_draft(draft, self.destination, self.settings))
        return outcome

    def _draft(self, job: Job) -> Draft:
        """Read the photo and draw its mask and method; clean ones get neither."""
        pixels = bring_to_size(read_photo(job.photo.path), self.settings, job.rng(Purpose.SIZE))
        check_fits(job.photo.path, pixels, self.settings)
        draft = Draft(job, {"original": pixels})
        rng = job.rng(Purpose.MASK)
        if rng.random() < self.settings.clean_fraction:
            return draft
        draft.choice = pick(self.settings.methods, rng)
        if draft.choice.name == "text-to-image":
            draft.mask_kind, draft.mask = "full", np.full(pixels.shape[:2], 255, dtype=np.uint8)
        else:
            choice = pick(self.settings.masks, rng)
            draft.mask_kind, draft.mask = self.masker.draw(choice, pixels, rng)
        return draft

    def _fill(self, drafts: Sequence[Draft]) -> None:
        """Run the drawn inpainters and add their frames, whole and pasted."""
        if not {"inpainted", "realfake"} & set(self.settings.kinds):
            return
        drawn = [(draft, draft.choice) for draft in drafts if draft.choice is not None]
        for draft, frame, inpainter in self._run(drawn, Purpose.FILL):
            draft.add("inpainted", frame, inpainter)
            if not inpainter.from_nothing:
                draft.add(
                    "realfake", paste(draft.images["original"], frame, draft.drawn_mask), inpainter
                )

    def _fake(self, drafts: Sequence[Draft]) -> None:
        """Add the fakefakes: an autoencoder's reconstruction, pasted inside the mask."""
        if "fakefake" not in self.settings.kinds:
            return
        choices = autoencoders(self.settings)
        drawn = [
            (draft, pick(choices, draft.job.rng(Purpose.CHOICE)))
            for draft in drafts
            if draft.mask is not None and draft.mask_kind != "full"
        ]
        for draft, frame, inpainter in self._run(drawn, Purpose.FAKE):
            draft.add(
                "fakefake", paste(draft.images["original"], frame, draft.drawn_mask), inpainter
            )

    def _run(
        self, drawn: Sequence[tuple[Draft, Choice]], purpose: Purpose
    ) -> Iterator[tuple[Draft, NDArray[np.uint8], Inpainter]]:
        """Run each inpainter on all of its holes at once."""
        groups: dict[Choice, list[Draft]] = defaultdict(list)
        for draft, choice in drawn:
            groups[choice].append(draft)
        for choice, group in groups.items():
            inpainter = self._inpainter(choice)
            frames = inpainter.inpaint([self._hole(draft, purpose) for draft in group])
            for draft, frame in zip(group, frames, strict=True):
                yield draft, frame, inpainter

    def _hole(self, draft: Draft, purpose: Purpose) -> Hole:
        """Return the draft for an inpainter; the soft edge is part of the hole."""
        job = draft.job
        donors = tuple(path for path in self.paths[job.photo.split] if path != job.photo.path)
        rng = job.rng(purpose)
        photo = job.photo.relative
        return Hole(draft.images["original"], draft.drawn_mask > 0, rng, job.prompt, photo, donors)

    def _inpainter(self, choice: Choice) -> Inpainter:
        key = replace(choice, weight=1.0)
        if key not in self.inpainters:
            self.inpainters[key] = load_inpainter(choice, self.settings)
        return self.inpainters[key]


def autoencoders(settings: Settings) -> tuple[Choice, ...]:
    """Return the autoencoders that fakefakes are drawn from: `--vae`, and methods `vae=FILE`."""
    named = [choice.argument for choice in settings.methods if choice.name == "vae"]
    names = dict.fromkeys([*settings.vae, *named])  # in order, each once
    return tuple(Choice("vae", name) for name in names)


def pick(choices: Sequence[Choice], rng: np.random.Generator) -> Choice:
    """Draw one by weight."""
    weights = np.array([choice.weight for choice in choices])
    return choices[int(rng.choice(len(choices), p=weights / weights.sum()))]
