"""Tell inpainted and AI-generated images from photos: offline, batched, scriptable.

scanner = inpaintscan.load()
finding = scanner.scan("photo.jpg")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inpaintscan.cluster import scan_batch
    from inpaintscan.scan import Scanner, load

__version__ = "0.1.0"
__all__ = ["Scanner", "__version__", "load", "scan_batch"]


def __getattr__(name: str) -> object:
    """Import what the package offers when it is first asked for."""
    if name in {"load", "Scanner"}:
        from inpaintscan import scan

        return getattr(scan, name)
    if name == "scan_batch":
        from inpaintscan.cluster import scan_batch

        return scan_batch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what is there to use, for completion in an interactive session."""
    return sorted(__all__)
