"""Small images and masks on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

GEN_DATA_COLUMNS = (
    "image_id,split,kind,inpainted,xmin,ymin,xmax,ymax,mask_kind,method,source,category,prompt,seed"
)


def write_image(path: Path, seed: int = 0, size: tuple[int, int] = (24, 16)) -> Path:
    """Write noise of (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path
