"""Scan the images of a data set and compare each answer with the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import PurePath, PurePosixPath

from inpaintscan.data import Sample
from inpaintscan.errors import ImageError
from inpaintscan.eval.measures.results import ImageResult, to_result
from inpaintscan.eval.perturb import Perturbation
from inpaintscan.findings import Finding
from inpaintscan.images import EXTENSIONS, ImageFile, read_image, show_path
from inpaintscan.scan import Scanner
from inpaintscan.scan.sources import file_of_bytes

WITHOUT_PLACE = frozenset({"detect", "ensemble"})
"""Tasks of models that answer no question of where."""
MANIPULATION_FIELDS = ("method", "kind", "mask_kind")
"""What belongs to a manipulation: such a group is compared with all clean images."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some results of a data set; `field` and `value` are empty for all of them."""

    field: str
    value: str
    results: tuple[ImageResult, ...]


def evaluate(
    scanner: Scanner, samples: Sequence[Sample], perturbation: Perturbation | None = None
) -> Iterator[ImageResult]:
    """Yield a result for each sample, in order, as the scan goes on."""
    locates = scanner.card.task not in WITHOUT_PLACE
    window = perturbation.window if perturbation is not None and perturbation.cuts else None
    findings = scanner.scan_files(_to_scan(sample, perturbation) for sample in samples)
    for sample, finding in zip(samples, findings, strict=True):
        yield to_result(sample, finding, locates=locates, window=window)


def _to_scan(sample: Sample, perturbation: Perturbation | None) -> ImageFile | Finding:
    """Return the file of a sample, or a changed copy in memory; an error where there is none."""
    path, name = sample.image, show_path(sample.image)
    if perturbation is None:
        return ImageFile(path, name, PurePath(path.name), named=True)
    try:
        return file_of_bytes(perturbation.encode(read_image(path).pixels, path.name), name)
    except ImageError as error:
        return Finding(name, "error", error=str(error))


def find_groups(results: Sequence[ImageResult], fields: Sequence[str]) -> list[Group]:
    """Return all results, then for each field the groups of its values, sorted.

    A group of a manipulation's field (method, kind, mask kind) also holds every clean image, else
    nothing could be said about false alarms.
    """
    groups = [Group("", "", tuple(results))]
    for field in fields:
        shared = field in MANIPULATION_FIELDS
        read = source_of if field == "source" else attrgetter(field)
        own = [one for one in results if one.sample.manipulated or not shared]
        clean = [one for one in results if shared and not one.sample.manipulated]
        values = sorted({read(one.sample) for one in own} - {""})
        for value in values:
            members = [one for one in own if read(one.sample) == value]
            groups.append(Group(field, value, (*members, *clean)))
    return groups


def source_of(sample: Sample) -> str:
    """Return where a sample is from: of a photo's path, as gen-data writes it, the folder."""
    source = PurePosixPath(sample.source)
    if source.suffix.lower() in EXTENSIONS:
        return "" if source.parent == PurePosixPath() else source.parent.as_posix()
    return sample.source
