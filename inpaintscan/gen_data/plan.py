"""What is to be made: one job a variant of a photo, each with a seed of its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from inpaintscan.gen_data.captions import Captions
from inpaintscan.gen_data.photos import Photo
from inpaintscan.gen_data.settings import Settings


class Purpose(IntEnum):
    """What chance is needed for; each has its own stream, so that none moves another's draws."""

    SIZE = 0
    MASK = 1
    FILL = 2
    FAKE = 3
    QUALITY = 4
    DEGRADE = 5
    AUGMENT = 6
    CAPTION = 7
    CHOICE = 8
    """Of a fakefake's autoencoder."""


@dataclass(frozen=True, slots=True)
class Job:
    """One variant of one photo."""

    photo: Photo
    image_id: str
    seed: int
    prompt: str = ""

    def rng(self, purpose: Purpose) -> np.random.Generator:
        """Return the generator for a purpose, the same each time."""
        return np.random.default_rng([self.seed, int(purpose)])


def plan_jobs(photos: Sequence[Photo], captions: Captions, settings: Settings) -> list[Job]:
    """Return all jobs in order: photos by path, variants of a photo together."""
    jobs = []
    for photo in photos:
        texts = captions.get(photo.relative, (settings.prompt,))
        for variant in range(settings.per_photo):
            seed = _seed_of(settings.seed, photo.relative, variant)
            name = photo.name if settings.per_photo == 1 else f"{photo.name}-{variant}"
            choice = np.random.default_rng([seed, int(Purpose.CAPTION)]).integers(len(texts))
            jobs.append(Job(photo, name, seed, texts[int(choice)]))
    return jobs


def _seed_of(seed: int, relative: str, variant: int) -> int:
    """Return 48 bits that depend on the run's seed, the photo and the variant, nothing else."""
    digest = hashlib.sha256(os.fsencode(f"{seed}/{variant}/{relative}")).digest()
    return int.from_bytes(digest[:6], "big")
