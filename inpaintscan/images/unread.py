"""Files that look like pictures and are not read: what they are, and what to do instead."""

from __future__ import annotations

from PIL import Image

from inpaintscan.errors import ImageError

_RAW = "camera RAW is not read: develop it to TIFF or PNG and scan that"
_JXL = "JPEG XL is not read: convert it to PNG"
_JP2 = "JPEG 2000 is not read: convert it to PNG or TIFF"
_PSD = "Photoshop files are not read: export it as PNG or TIFF"
_PDF = "PDF is not read: extract its pictures and scan those"
_SVG = "SVG is not read: it is a drawing; scan the pictures that it embeds"

_RAW_ENDINGS = (
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .kdc .mef .mos .mrw .nef .nrw .orf "
    ".pef .raf .rw2 .rwl .sr2 .srf .srw .x3f"
)
_OTHERS = (
    "ai bpg dds djvu eps exr flif hdp ico icns jls jxr kra pam pbm pcx pgm pnm ppm qoi sgi tga "
    "wdp xcf"
)
_ENDINGS = {
    **dict.fromkeys(_RAW_ENDINGS.split(), _RAW),
    ".jxl": _JXL,
    **dict.fromkeys([".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".jpm"], _JP2),
    **dict.fromkeys((".psd", ".psb"), _PSD),
    ".pdf": _PDF,
    **dict.fromkeys((".svg", ".svgz"), _SVG),
    **{f".{name}": f"{name.upper()} is not read: convert it to PNG" for name in _OTHERS.split()},
}
_BEGINNINGS = (
    (b"\xff\x0a", _JXL),
    (b"\0\0\0\x0cJXL ", _JXL),
    (b"\0\0\0\x0cjP  ", _JP2),
    (b"\xff\x4f\xff\x51", _JP2),
    (b"8BPS", _PSD),
    (b"%PDF-", _PDF),
    (b"FUJIFILMCCD-RAW", _RAW),
    (b"IIRO", _RAW),
    (b"IIRS", _RAW),
    (b"MMOR", _RAW),
    (b"IIU\0", _RAW),
    (b"FOVb", _RAW),
    (b"\0MRM", _RAW),
)
_REDUCED, _SUB_DIRECTORIES, _DNG_VERSION = 0x00FE, 0x014A, 0xC612


def unread_reason(prefix: bytes, ending: str) -> str | None:
    """Return why a picture is not read and what to do, or None for any other file.

    `prefix` are the file's first bytes, `ending` that of its name, with the dot.
    """
    for beginning, reason in _BEGINNINGS:
        if prefix.startswith(beginning):
            return reason
    if prefix[4:12] == b"ftypcrx " or is_canon_raw(prefix):
        return _RAW
    return _ENDINGS.get(ending.lower())


def is_canon_raw(prefix: bytes) -> bool:
    """Tell whether a file that begins so is a Canon RAW of the kind that passes for a TIFF."""
    return prefix[:4] == b"II*\0" and prefix[8:10] == b"CR"


def refuse_raw(image: Image.Image, ending: str) -> None:
    """Refuse a TIFF that is a camera's RAW file, of which only the embedded preview is readable.

    Raises:
        ImageError: if it is one: by its DNG version, its name, or a first picture that says of
            itself that it is a smaller copy of another.
    """
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return
    is_copy = tags.get(_REDUCED) == 1 and _SUB_DIRECTORIES in tags
    if _DNG_VERSION in tags or is_copy or _ENDINGS.get(ending.lower()) == _RAW:
        raise ImageError(f"only its embedded preview could be read; {_RAW}")
