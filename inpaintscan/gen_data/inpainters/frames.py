"""Frames that another program made of the photos: any tool's output becomes a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from inpaintscan.data.windows import Pixels
from inpaintscan.errors import DataError, UsageError
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.photos import read_photo
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.images import ImageFile, find_images


def load_frames(choice: Choice, settings: Settings) -> Inpainter:
    """Take each photo's fill from the image of the same name in the folder `choice.argument`.

    Raises:
        UsageError: if no folder is named, or two of its images have one name.
    """
    folder = Path(choice.argument or "")
    if not choice.argument or not folder.is_dir():
        raise UsageError("the method 'frames' needs a folder of images: --method frames=FOLDER")
    frames: dict[str, Path] = {}
    for item in find_images([folder]):
        if isinstance(item, ImageFile):
            name = _name(item.relative.as_posix())
            if name in frames:
                raise UsageError(f"{frames[name]} and {item.path}: two frames of one photo")
            frames[name] = item.path

    def inpaint(holes: Sequence[Hole]) -> list[Pixels]:
        return [_frame(hole, frames, folder) for hole in holes]

    return Inpainter(f"frames:{folder.name}", inpaint, whole_frame=True)


def _frame(hole: Hole, frames: dict[str, Path], folder: Path) -> Pixels:
    """Return the frame of a photo; uint8 (H, W, 3), of its size."""
    path = frames.get(_name(hole.photo))
    if path is None:
        raise DataError(f"{folder}: has no frame of the photo {hole.photo}")
    frame = read_photo(path)
    if frame.shape != hole.image.shape:
        (height, width), (rows, columns) = frame.shape[:2], hole.image.shape[:2]
        raise DataError(
            f"{path}: {width} x {height} pixels, its photo {columns} x {rows}: frames must have "
            "the size of the photos, so leave out --scale, --crop and --max-size"
        )
    return frame


def _name(relative: str) -> str:
    return PurePosixPath(relative).with_suffix("").as_posix()
