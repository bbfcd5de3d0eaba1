"""Data sets whose labels are folder names: real/ + fake/, images/ + masks/; plain photos."""

from __future__ import annotations

from pathlib import Path

from inpaintscan.data.samples import Label, Sample
from inpaintscan.errors import DataError
from inpaintscan.images import EXTENSIONS

_CLASSES: dict[str, Label] = {
    "real": "clean",
    "0_real": "clean",
    "nature": "clean",
    "original": "clean",
    "clean": "clean",
    "authentic": "clean",
    "fake": "inpainted",
    "inpainted": "inpainted",
    "realfake": "inpainted",
    "fakefake": "inpainted",
    "1_fake": "generated",
    "ai": "generated",
    "generated": "generated",
}
_IMAGES = ("images", "image", "tp")
_MASKS = ("masks", "mask", "gt")
_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


def split_name(folder_name: str) -> str:
    """Return `train`, `val` or `test` for a folder so named, else an empty string."""
    return _SPLITS.get(folder_name.lower(), "")


def images_below(folder: Path) -> list[Path]:
    """Return the files below a folder that end like images, sorted by path, no hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def _child(root: Path, names: tuple[str, ...]) -> Path | None:
    children = {child.name.lower(): child for child in root.iterdir() if child.is_dir()}
    return next((children[name] for name in names if name in children), None)


def find_mask_folders(root: Path) -> tuple[Path, Path] | None:
    """Return images/ and masks/ (or image/ + mask/, Tp/ + Gt/) in a folder; None unless both."""
    images, masks = _child(root, _IMAGES), _child(root, _MASKS)
    return None if images is None or masks is None else (images, masks)


def read_mask_folders(images: Path, masks: Path, split: str) -> list[Sample]:
    """Read images/ + masks/, paired by relative path without its ending; no mask = clean.

    Raises:
        DataError: if a mask has no image, or two images claim one mask.
    """
    masks_by_stem: dict[Path, Path] = {}
    for mask in images_below(masks):
        stem = mask.relative_to(masks).with_suffix("")
        if stem in masks_by_stem:
            raise DataError(
                f"{mask}: {masks_by_stem[stem].name} is a mask for the same image; keep one"
            )
        masks_by_stem[stem] = mask
    samples = []
    unused = dict(masks_by_stem)
    for image in images_below(images):
        stem = image.relative_to(images).with_suffix("")
        found = masks_by_stem.get(stem)
        if found is not None and unused.pop(stem, None) is None:
            raise DataError(
                f"{image}: another image has the same name before the ending, and {found} fits both"
            )
        folder = stem.parent.as_posix()
        samples.append(
            Sample(
                image=image,
                label="clean" if found is None else "inpainted",
                mask=found,
                category="" if folder == "." else folder,
                split=split,
            )
        )
    if unused:
        raise DataError(
            f"{next(iter(unused.values()))}: this mask has no image of the same name in {images}"
        )
    return samples


def find_class_folders(root: Path) -> list[Path]:
    """Return the folders below `root` that are named for a class (real, fake, nature, ai, ...).

    Sorted; none inside another.
    """
    found: list[Path] = []
    for child in sorted(root.iterdir()):
        if not child.is_dir() or child.name.startswith("."):
            continue
        if child.name.lower() in _CLASSES:
            found.append(child)
        else:
            found.extend(find_class_folders(child))
    return found


def read_class_folders(folders: list[Path], root: Path, split: str) -> list[Sample]:
    """Read real/ + fake/ and their synonyms, with category and split folders above them.

    Folders between the class folder and the image name the method of a fake, the source of a
    clean image. `fake` means inpainted; `1_fake` and `ai` mean generated, as in the data sets
    that use those names.
    """
    samples = []
    for folder in folders:
        label = _CLASSES[folder.name.lower()]
        above = folder.relative_to(root).parts[:-1]
        own_split = next((name for part in above if (name := split_name(part))), split)
        category = "/".join(part for part in above if not split_name(part))
        for image in images_below(folder):
            inner = image.relative_to(folder).parent.as_posix().removeprefix(".")
            samples.append(
                Sample(
                    image=image,
                    label=label,
                    category=category,
                    method=inner if label != "clean" else "",
                    source=inner if label == "clean" else "",
                    kind=folder.name,
                    split=own_split,
                )
            )
    return samples


def read_photos(root: Path) -> list[Sample]:
    """Read every image below a folder as a clean photo; its source is the folder it lies in.

    A folder named for a split says the split of what is below it.
    """
    samples = []
    for image in images_below(root):
        inner = image.relative_to(root).parent.parts
        split = next((name for part in inner if (name := split_name(part))), "")
        source = "/".join((root.name, *(part for part in inner if not split_name(part))))
        samples.append(Sample(image=image, label="clean", source=source, split=split))
    return samples
