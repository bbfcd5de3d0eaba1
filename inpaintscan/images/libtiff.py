"""The library that decodes compressed TIFF files: what it says on standard error is switched off.

It prints there itself, past Python, what is wrong with a damaged file; Pillow raises the error too.
"""

from __future__ import annotations

import ctypes

from PIL import _imaging

_HANDLERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")


def silence_libtiff() -> None:
    """Give the copy of libtiff that Pillow uses no handlers; where it is hidden, do nothing."""
    try:
        library = ctypes.CDLL(_imaging.__file__)  # found again, and with it what it is linked to
    except OSError:
        return
    for name in _HANDLERS:
        handler = getattr(library, name, None)
        if handler is not None:
            handler.restype = ctypes.c_void_p
            handler(ctypes.c_void_p(None))
