"""Contact sheets of the images that a model was most wrong about."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from inpaintscan.data.contact_sheet import Cell, draw_sheet, thumbnail
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.images import show_path


def worst_false_alarms(results: Sequence[ImageResult], count: int = 24) -> list[ImageResult]:
    """Return the clean images with the highest scores, highest first."""
    clean = [one for one in results if one.error is None and one.sample.label == "clean"]
    return sorted(clean, key=lambda one: (-one.score, str(one.sample.image)))[:count]


def worst_misses(results: Sequence[ImageResult], count: int = 24) -> list[ImageResult]:
    """Return the manipulated images with the lowest scores, lowest first."""
    manipulated = [one for one in results if one.error is None and one.sample.manipulated]
    return sorted(manipulated, key=lambda one: (one.score, str(one.sample.image)))[:count]


def contact_sheet(results: Sequence[ImageResult], title: str) -> bytes:
    """Return thumbnails with captions as a PNG file; the true mask is outlined in magenta."""
    cells = [
        Cell(
            thumbnail(one.sample),
            f"{one.score:.3f} {one.verdict}",
            show_path(one.sample.image.name),
        )
        for one in results
    ]
    buffer = BytesIO()
    draw_sheet(cells, show_path(title)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
