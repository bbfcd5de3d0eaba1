"""Find, read and hash images: pixels as displayed, or an error that says why not."""

from inpaintscan.images.content import FileContent, hash_file, read_content
from inpaintscan.images.find import PLAIN_REASONS, ImageFile, find_images, in_shard
from inpaintscan.images.formats import EXTENSIONS
from inpaintscan.images.names import show_path
from inpaintscan.images.read import (
    ImageHeader,
    ImagePixels,
    decode_frames,
    decode_image,
    read_header,
    read_image,
    read_levels,
)
from inpaintscan.images.rules import DEFAULT_RULES, Rules

__all__ = [
    "DEFAULT_RULES",
    "EXTENSIONS",
    "PLAIN_REASONS",
    "FileContent",
    "ImageFile",
    "ImageHeader",
    "ImagePixels",
    "Rules",
    "decode_frames",
    "decode_image",
    "find_images",
    "hash_file",
    "in_shard",
    "read_content",
    "read_header",
    "read_image",
    "read_levels",
    "show_path",
]
