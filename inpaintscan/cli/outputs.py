"""Masks, heatmaps and overlays: their names, fixed before the scan, and their files."""

from __future__ import annotations

import hashlib
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from inpaintscan.errors import ImageError, UsageError
from inpaintscan.images import ImageFile, in_shard, read_image, show_path
from inpaintscan.report.record import NOTHING_WRITTEN, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from inpaintscan.findings import Finding, ProbMap

_STRIP_ROWS = 512
_FRAME = re.compile(r"\.frame-\d{4,}(?=\.png$)")


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
        self._inputs = {os.path.realpath(file.path) for file in files} if folders.all() else set()
        for folder in folders.all():
            for record_name, name in self._names.items():
                if in_shard(record_name, shard):
                    self._check(folder / name)
        for folder in folders.all():
            _make_folder(folder)

    def write(self, file: ImageFile | None, finding: Finding) -> Written:
        """Write what was asked for of one finding and return the paths, as records show them.

        Raises:
            UsageError: if a file is in the way or cannot be written.
        """
        prob_map = finding.prob_map
        if file is None or prob_map is None or not self._folders.all():
            return NOTHING_WRITTEN
        name = frame_name(self._names[file.name], finding.frame)
        mask = heatmap = overlay = None
        if self._folders.mask is not None:
            chosen = prob_map.mask if self._folders.mask_from_map else finding.mask
            assert chosen is not None, "there is a map"
            picture = Image.fromarray(chosen.astype(np.uint8) * 255)
            mask = self._save(self._folders.mask / name, picture)
        if self._folders.heatmap is not None:
            heatmap = self._save(self._folders.heatmap / name, Image.fromarray(to_uint16(prob_map)))
        if self._folders.overlay is not None:
            overlay = self._overlay(self._folders.overlay / name, file, finding)
        return Written(
            mask=None if mask is None else show_path(mask.as_posix()),
            heatmap=None if heatmap is None else show_path(heatmap.as_posix()),
            overlay=None if overlay is None else show_path(overlay.as_posix()),
            mask_sha256=None if mask is None else self._written[mask],
        )

    def _overlay(self, path: Path, file: ImageFile, finding: Finding) -> Path | None:
        from inpaintscan.cli.overlay import draw_overlay

        try:
            pixels = read_image(file.path, frame=finding.frame or 0).pixels
        except ImageError:  # gone or changed since it was scanned
            return None
        if pixels.shape[:2] != (finding.height, finding.width):
            return None
        picture = draw_overlay(pixels, finding, from_map=self._folders.mask_from_map)
        return self._save(path, picture)

    def _check(self, path: Path) -> None:
        if os.path.realpath(path) in self._inputs:
            raise UsageError(f"{show_path(path)}: would replace an image that is scanned")
        if path.exists() and not self._folders.overwrite:
            raise UsageError(f"{show_path(path)}: exists; --overwrite replaces it")

    def _save(self, path: Path, picture: Image.Image) -> Path:
        """Write a PNG under a temporary name and rename it; remember its hash."""
        if path in self._written:
            return path
        self._check(path)
        buffer = io.BytesIO()
        picture.save(buffer, format="PNG")
        content = buffer.getvalue()
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        _make_folder(path.parent)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        except OSError as error:
            raise UsageError(f"{show_path(path)}: cannot write: {error.strerror}") from error
        finally:
            temporary.unlink(missing_ok=True)  # the disk is full, or Ctrl-C came in between
        self._written[path] = hashlib.sha256(content).hexdigest()
        return path


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
        return relative.with_suffix(".png")
    kept = relative.with_name(f"{relative.name}.png")
    if form == 1:
        return kept
    parts = [part for part in PurePath(file.path).parts if part not in {"..", "."}]
    folders = PurePosixPath(*[part.strip("/\\:") or "root" for part in parts[:-1]])
    if form == 2:
        return folders / kept.name
    digest = hashlib.sha256(file.name.encode("utf-8", "backslashreplace")).hexdigest()
    return folders / f"{relative.name}.{digest[: 4 * form]}.png"
