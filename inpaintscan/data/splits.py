"""Cut a data set into training and validation so that no scene is on both sides."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from inpaintscan.data.folders import split_name
from inpaintscan.data.samples import Dataset, Sample
from inpaintscan.errors import DataError
from inpaintscan.images import EXTENSIONS

_MADE = ("original", "inpainted", "realfake", "fakefake")
"""The folders in which gen-data keeps the versions of a photo, under one name."""
Scene = tuple[str, str]
"""The folder and the photo that a sample is of; all versions of one photo have the same."""


def _scenes(dataset: Dataset, pool: Sequence[Sample]) -> list[Scene]:
    if dataset.layout == "gen-data":
        by_folder = _is_split_by_folder(dataset.root)
        return [
            _made_scene(sample.source, by_folder=by_folder)
            if sample.source
            else _scene(sample, dataset.root)
            for sample in pool
        ]
    if dataset.layout == "real-fake":
        return _class_scenes(pool)
    return [_scene(sample, dataset.root) for sample in pool]


def _made_scene(source: str, *, by_folder: bool) -> Scene:
    """Return the scene of what gen-data made of the photo `source`."""
    scene = source.rpartition("/")[0] if by_folder else source
    return scene, scene


def _is_split_by_folder(root: Path) -> bool:
    """Tell whether gen-data was told never to divide a folder of photos.

    Raises:
        DataError: if its `dataset.json`, in the data set or above one split of it, is damaged.
    """
    for file in (root / "dataset.json", root.parent / "dataset.json"):
        if file.is_file():
            try:
                settings = json.loads(file.read_text(encoding="utf-8"))["settings"]
                return bool(settings["split_by"] == "folder")
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{file}: not as gen-data wrote it ({error!r}); restore or remove it"
                ) from error
    return False


def _class_scenes(samples: Sequence[Sample]) -> list[Scene]:
    """Return the scenes of real/ + fake/: `fake/METHOD/a` is a version of `real/a`.

    Where several real photos have the name of a fake, it is the one whose folders are most like
    the fake's.
    """
    folders: dict[Scene, set[str]] = defaultdict(set)
    for sample in samples:
        if sample.label == "clean":
            folders[sample.category, sample.image.stem].add(sample.source)
    scenes = []
    for sample in samples:
        known = folders.get((sample.category, sample.image.stem), {""})
        source = sample.source if sample.label == "clean" else _most_like(sample.method, known)
        folder = f"{sample.category}/{source}".strip("/")
        scenes.append((folder, f"{folder}/{sample.image.stem}"))
    return scenes


def _most_like(path: str, folders: set[str]) -> str:
    """Return the folder that shares most parts with a path."""
    parts = set(path.split("/"))
    return min(folders, key=lambda folder: (-len(parts & set(folder.split("/"))), folder))


def _scene(sample: Sample, root: Path) -> Scene:
    """Return the scene of a sample by its path, free of the folder names that say label or split.

    Versions of one photo (`original/a.png`, `realfake/a.png`) get the same photo.
    """
    skipped = {sample.kind, "images", "image", "real", "fake"}
    inside = sample.image.is_relative_to(root)
    parts = sample.image.relative_to(root).parts[:-1] if inside else (str(sample.image.parent),)
    folder = "/".join(part for part in parts if part not in skipped and not split_name(part))
    return sample.source or folder, f"{folder}/{sample.image.stem}"


def name_photos(dataset: Dataset) -> Dataset:
    """Return the data set with the photo that each sample shows, as far as the set tells.

    By `source` where that is a photo's path, as gen-data writes it, else by a path as gen-data
    writes it: `original/a`, `realfake/a`. Nothing else is told by names: `real/0001` and
    `fake/0001` are numbered, no more. A generated image has a photo only if a table says so.
    """
    root = dataset.root.as_posix()
    return dataset.with_samples(
        [replace(sample, photo=f"{root}: {_photo(sample, dataset)}") for sample in dataset]
    )


def _photo(sample: Sample, dataset: Dataset) -> str:
    if PurePosixPath(sample.source).suffix.lower() in EXTENSIONS:
        return sample.source
    is_made = dataset.layout == "gen-data" or sample.label != "generated"
    if is_made and sample.image.parent.name.lower() in _MADE:
        return (sample.image.parents[1] / sample.image.stem).as_posix()
    return sample.image.as_posix()


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
    scenes = _scenes(dataset, pool)
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
    order = sorted(sizes, key=lambda key: hashlib.sha256(os.fsencode(f"{seed}:{key}")).digest())
    held_out: set[str] = set()
    taken = 0
    for key in order:
        if taken >= share * len(keys):
            break
        held_out.add(key)
        taken += sizes[key]
    return held_out
