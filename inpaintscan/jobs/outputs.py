"""Masks, heatmaps and overlays: their names, fixed before the scan, and their files."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import InpaintscanError, UsageError
from inpaintscan.files import write_bytes
from inpaintscan.findings import Finding, ProbMap
from inpaintscan.images import ImageFile, in_shard, show_path
from inpaintscan.images.names import LONGEST_PATH
from inpaintscan.images.opened import DECODING_ERRORS
from inpaintscan.images.read import PixelsAgain
from inpaintscan.report.record import NOTHING_WRITTEN, Written

Picture = Callable[..., Image.Image]

_STRIP_ROWS = 512
_FRAME = re.compile(r"\.frame-\d{4,}(?=\.png$)")
_LONGEST_NAME = 240
"""In bytes; a file system takes 255, of which the number of a frame needs some."""


@dataclass(frozen=True, slots=True)
class OutputFolders:
    """Where each kind of image goes; None for a kind that was not asked for."""

    mask: Path | None = None
    heatmap: Path | None = None
    overlay: Path | None = None
    overwrite: bool = False
    mask_from_map: bool = False
    """Masks and outlines are the map at its threshold, whatever the verdict."""

    def all(self) -> tuple[Path, ...]:
        """Return the folders that were asked for."""
        return tuple(folder for folder in (self.mask, self.heatmap, self.overlay) if folder)


class Outputs:
    """Writes the images of findings, each under a name of its own, nothing over something else."""

    def __init__(
        self,
        files: Sequence[ImageFile],
        folders: OutputFolders,
        shard: tuple[int, int] | None = None,
    ) -> None:
        """Fix the names of all files, so that shards agree on them.

        Raises:
            UsageError: if a file of this shard would get a name that is taken, or a folder
                cannot be made.
        """
        self._folders = folders
        self._names = output_names(files) if folders.all() else {}
        self._written: dict[Path, str] = {}
        self._again = PixelsAgain()
        self._inputs = {_real(file.path) for file in files} if folders.all() else set()
        for folder in folders.all():
            for record_name, name in self._names.items():
                if in_shard(record_name, shard):
                    self._check(folder / name)
        for folder in folders.all():
            _make_folder(folder)

    def write(self, file: ImageFile | None, finding: Finding) -> tuple[Written, tuple[str, ...]]:
        """Write what was asked for of one finding.

        Returns the paths, as records show them, and what could not be written with the reason: it
        is no reason to end the scan.
        """
        if file is None or finding.prob_map is None or not self._folders.all():
            return NOTHING_WRITTEN, ()
        name = frame_name(self._names[file.name], finding.frame)
        written: dict[str, Path] = {}
        problems: list[str] = []
        for kind, make in _PICTURES.items():
            folder: Path | None = getattr(self._folders, kind)
            if folder is None:
                continue
            try:
                written[kind] = self._save(folder / name, make, finding)
            except (*DECODING_ERRORS, InpaintscanError) as error:
                reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                problems.append(f"{kind} not written: {reason}")
        shown = {kind: show_path(path.as_posix()) for kind, path in written.items()}
        sha256 = self._written[written["mask"]] if "mask" in written else None
        return Written(**shown, mask_sha256=sha256), tuple(problems)

    def _check(self, path: Path) -> None:
        if _real(path) in self._inputs:
            raise UsageError(f"{show_path(path)}: would replace an image that is scanned")
        if not self._folders.overwrite and _exists(path):
            raise UsageError(f"{show_path(path)}: exists; --overwrite replaces it")

    def _save(self, path: Path, make: Picture, finding: Finding) -> Path:
        """Write a PNG whole or not at all, and remember its hash."""
        if path in self._written:
            return path
        self._check(path)
        buffer = io.BytesIO()
        picture = make(finding, from_map=self._folders.mask_from_map, again=self._again)
        picture.save(buffer, format="PNG")
        content = buffer.getvalue()
        _make_folder(path.parent)
        write_bytes(path, content)
        self._written[path] = hashlib.sha256(content).hexdigest()
        return path


def _exists(path: Path) -> bool:
    """Tell whether there is something; where that cannot be looked up, writing it says why not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _real(path: Path) -> str:
    """Return where a path leads, or itself where that cannot be looked up."""
    try:
        return str(path) if len(str(path)) > LONGEST_PATH else os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{show_path(folder)}: cannot make folder: {error.strerror}") from error


def output_names(files: Iterable[ImageFile]) -> dict[str, PurePath]:
    """Return the path below an output folder for each record name; no two the same.

    The plain form is the relative path with `.png` for its ending. Where several images would get
    that (`a.jpg` and `a.png`), they keep their ending inside: `a.jpg.png`, `a.png.png`. Where that
    is not enough (`x/a.jpg` and `y/a.jpg` named as files), the path as given goes in front. Names
    that differ only by case count as the same: some file systems think so. An image named like a
    frame of another (`clip.frame-0000.png` beside `clip.gif`) keeps its ending too.
    """
    inputs = {file.name: file for file in files}
    forms = dict.fromkeys(inputs, 0)
    while True:
        names = {name: _form(file, forms[name]) for name, file in inputs.items()}
        owners: dict[str, list[str]] = {}
        for name, path in names.items():
            owners.setdefault(str(path).casefold(), []).append(name)
        clashing = [name for group in owners.values() if len(group) > 1 for name in group]
        clashing += [name for name, path in names.items() if _animation(path) in owners]
        if not clashing:
            return names
        for name in clashing:
            forms[name] += 1


def frame_name(path: PurePath, frame: int | None) -> PurePath:
    """Return the name for one frame of an animation: `clip.frame-0003.png`."""
    return path if frame is None else path.with_name(f"{path.stem}.frame-{frame:04d}.png")


def _animation(path: PurePath) -> str | None:
    """Return whose frame a name looks like, as `output_names` compares names; None if no one's."""
    whole, frames = _FRAME.subn("", str(path).casefold())
    return whole if frames else None


def _mask(finding: Finding, *, from_map: bool, again: PixelsAgain) -> Image.Image:
    del again  # the pixels are not shown
    assert finding.prob_map is not None
    mask = finding.prob_map.mask if from_map else finding.mask
    assert mask is not None, "there is a map"
    return Image.fromarray(mask.astype(np.uint8) * 255)


def _heatmap(finding: Finding, *, from_map: bool, again: PixelsAgain) -> Image.Image:
    del from_map, again  # a heatmap is the map
    assert finding.prob_map is not None
    return Image.fromarray(to_uint16(finding.prob_map))


def _overlay(finding: Finding, *, from_map: bool, again: PixelsAgain) -> Image.Image:
    from inpaintscan.jobs.overlay import draw_overlay

    return draw_overlay(again.read(finding), finding, from_map=from_map)


_PICTURES: dict[str, Picture] = {"mask": _mask, "heatmap": _heatmap, "overlay": _overlay}
"""The fields of `OutputFolders` and `Written`, and how each picture is made."""


def to_uint16(prob_map: ProbMap) -> NDArray[np.uint16]:
    """Return the map at full size as probability x 65535, rounded, uint16 (H, W)."""
    height, width = prob_map.size_hw
    values = np.empty((height, width), dtype=np.uint16)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        values[top:bottom] = np.rint(np.clip(prob_map.rows(top, bottom), 0.0, 1.0) * 65535.0)
    return values


def _form(file: ImageFile, form: int) -> PurePath:
    """Return the `form`-th way to name the output of a file, from short to unmistakable."""
    relative = file.relative
    if form == 0:
        return _shortened(relative.with_suffix(".png"), file.name)
    kept = _shortened(relative.with_name(f"{relative.name}.png"), file.name)
    if form == 1:
        return kept
    parts = [part for part in PurePath(file.path).parts if part not in {"..", "."}]
    folders = PurePosixPath(*[part.strip("/\\:") or "root" for part in parts[:-1]])
    if form == 2:
        return folders / kept.name
    digest = _digest(file.name)[: 4 * form]
    return folders / _shortened(PurePath(f"{relative.name}.{digest}.png"), file.name).name


def _shortened(path: PurePath, record_name: str) -> PurePath:
    """Return a path whose last part every file system takes, cut and told apart by a hash."""
    name = os.fsencode(path.name)
    if len(name) <= _LONGEST_NAME:
        return path
    tail = f"-{_digest(record_name)[:8]}.png"
    stem = name[: _LONGEST_NAME - len(tail)].decode("utf-8", "ignore")
    return path.with_name(stem + tail)


def _digest(record_name: str) -> str:
    return hashlib.sha256(record_name.encode("utf-8", "backslashreplace")).hexdigest()
