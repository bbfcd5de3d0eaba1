"""Which images show one photo: versions that their data set tells of, and copies of the pixels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from inpaintscan.data import Sample
from inpaintscan.errors import ImageError
from inpaintscan.images import read_image

_THREADS = 8


def join_photos(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples, in order, each with the path of the first one that shows its photo.

    Samples are of one photo if their data set says so (`name_photos`), if one is the original of
    the other or both have the same, or if their pixels are equal; and so on from one to the next.
    """
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        contents = list(pool.map(_content_key, samples))
    parents: dict[str, str] = {}
    marks = []
    for number, (sample, content) in enumerate(zip(samples, contents, strict=True)):
        mark = f"sample {number:09}"  # sorts as the samples do, before every other key
        marks.append(mark)
        for key in (sample.photo, content, *_file_keys(sample)):
            if key:
                first, second = sorted((_find(parents, mark), _find(parents, f"~{key}")))
                parents[second] = first
    firsts = [samples[int(_find(parents, mark).split()[1])] for mark in marks]
    return [
        replace(sample, photo=first.image.as_posix())
        for sample, first in zip(samples, firsts, strict=True)
    ]


def _find(parents: dict[str, str], key: str) -> str:
    """Return the name of the group that a key is in, and shorten the way to it."""
    top = key
    while (above := parents.get(top, top)) != top:
        top = above
    while key != top:
        above = parents[key]
        parents[key] = top
        key = above
    return top


def _file_keys(sample: Sample) -> list[str]:
    paths = [sample.image] if sample.original is None else [sample.image, sample.original]
    return [f"file {os.path.normpath(path.absolute())}" for path in paths]


def _content_key(sample: Sample) -> str:
    """Return what images of equal pixels have in common; nothing for one that cannot be read."""
    try:
        pixels = read_image(sample.image).pixels
    except ImageError:
        return ""
    return f"pixels {pixels.shape} {hashlib.sha256(pixels.tobytes()).hexdigest()}"
