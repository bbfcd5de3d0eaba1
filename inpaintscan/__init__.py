"""Tell inpainted and AI-generated images from photos: offline, batched, scriptable.

scanner = inpaintscan.load()
finding = scanner.scan("photo.jpg")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inpaintscan.scan import Scanner, load

__version__ = "0.1.0"
__all__ = ["Scanner", "__version__", "load"]


def __getattr__(name: str) -> object:
    """Import `load` and `Scanner` when they are first asked for."""
    if name in {"load", "Scanner"}:
        from inpaintscan import scan

        return getattr(scan, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what is there to use, for completion in an interactive session."""
    return sorted(__all__)
