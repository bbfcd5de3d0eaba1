"""Tell inpainted and AI-generated images from photos: offline, batched, scriptable.

scanner = inpaintscan.load()
finding = scanner.scan("photo.jpg")
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inpaintscan.cluster import scan_batch
    from inpaintscan.findings import Box, Evidence, Finding, Region
    from inpaintscan.scan import Scanner, load

__version__ = "0.1.0"
__all__ = [
    "Box", "Evidence", "Finding", "Region", "Scanner", "__version__", "load", "scan_batch",
]  # fmt: skip

_HOMES = {
    **dict.fromkeys(("Box", "Evidence", "Finding", "Region"), "inpaintscan.findings"),
    **dict.fromkeys(("Scanner", "load"), "inpaintscan.scan"),
    "scan_batch": "inpaintscan.cluster",
}


def __getattr__(name: str) -> object:
    """Import what the package offers when it is first asked for."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what is there to use, for completion in an interactive session."""
    return sorted(__all__)
