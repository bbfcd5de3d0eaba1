"""Find, read and hash images: pixels as displayed, or an error that says why not."""

from inpaintscan.images.find import PLAIN_REASONS, ImageFile, find_images, in_shard
from inpaintscan.images.read import (
    EXTENSIONS,
    ImagePixels,
    hash_file,
    read_frames,
    read_image,
    read_orientation,
    show_path,
)

__all__ = [
    "EXTENSIONS",
    "PLAIN_REASONS",
    "ImageFile",
    "ImagePixels",
    "find_images",
    "hash_file",
    "in_shard",
    "read_frames",
    "read_image",
    "read_orientation",
    "show_path",
]
