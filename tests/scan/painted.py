"""Images whose answer by the stub network is known."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

GREY = (120, 120, 120)

RED = (255, 0, 0)


def paint(path: Path, size: tuple[int, int], *boxes: tuple[int, int, int, int]) -> Path:
    """Write a grey picture of (width, height) with red boxes (xmin, ymin, xmax, ymax)."""
    image = Image.new("RGB", size, GREY)
    for box in boxes:
        image.paste(RED, box)
    image.save(path)
    return path
