"""Cut a data set into training and validation so that no scene is on both sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from inpaintscan.data.folders import split_name
from inpaintscan.data.samples import Dataset, Sample
from inpaintscan.errors import DataError


def _scene(sample: Sample, root: Path) -> tuple[str, str]:
    """Return (folder, photo) of a sample, free of the folder names that say label or split.

    Versions of one photo (`original/a.png`, `realfake/a.png`) get the same photo.
    """
    skipped = {sample.kind, "images", "image", "real", "fake"}
    inside = sample.image.is_relative_to(root)
    parts = sample.image.relative_to(root).parts[:-1] if inside else (str(sample.image.parent),)
    folder = "/".join(part for part in parts if part not in skipped and not split_name(part))
    return sample.source or folder, f"{folder}/{sample.image.stem}"


def split_dataset(dataset: Dataset, *, val: float = 0.1, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Return (training, validation) samples.

    The data set's own `train` and `val` splits are taken if it has both. Else whole folders
    (sources) are held out, or single photos with all their versions where there is one folder only.
    The same seed holds out the same ones, whatever the order of the samples.

    Raises:
        DataError: if there are too few photos to hold any out.
    """
    own = dataset.of(split="train"), dataset.of(split="val")
    if own[0] and own[1]:
        return own
    pool = own[0] or dataset.of(split="") or dataset
    scenes = [_scene(sample, dataset.root) for sample in pool]
    by_folder = len({folder for folder, _ in scenes}) >= 5
    keys = [folder if by_folder else photo for folder, photo in scenes]
    held_out = _hold_out(keys, val, seed)
    train = [sample for sample, key in zip(pool, keys, strict=True) if key not in held_out]
    kept = [sample for sample, key in zip(pool, keys, strict=True) if key in held_out]
    if not train or not kept:
        raise DataError(
            f"{dataset.root}: too few photos to hold some out; add photos or a val/ folder"
        )
    return dataset.with_samples(train), dataset.with_samples(kept)


def _hold_out(keys: list[str], share: float, seed: int) -> set[str]:
    """Return the groups to hold out: in an order drawn by hash, until the share is reached."""
    sizes = Counter(keys)
    order = sorted(sizes, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())
    held_out: set[str] = set()
    taken = 0
    for key in order:
        if taken >= share * len(keys):
            break
        held_out.add(key)
        taken += sizes[key]
    return held_out
