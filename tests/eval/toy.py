"""A small data set on which the stub network's answers are known beforehand.

The stub takes pure red for replaced content. Of four images with a mask three are painted red
there and one is not (a miss); of four clean images one has a red patch (a false alarm).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

BOX = (16, 12, 48, 40)
"""xmin, ymin, xmax, ymax of everything replaced."""
SIZE = (96, 64)
AREA = (48 - 16) * (40 - 12) / (96 * 64)

ROWS = (
    # name, label, painted, method, source
    ("a", "inpainted", True, "vae", "camera"),
    ("b", "inpainted", True, "vae", "phone"),
    ("c", "inpainted", True, "gated", "camera"),
    ("d", "inpainted", False, "gated", "phone"),
    ("e", "clean", False, "", "camera"),
    ("f", "clean", False, "", "phone"),
    ("g", "clean", False, "", "camera"),
    ("h", "clean", True, "", "phone"),
)


def grey_noise(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Grey noise, uint8 (H, W, 3): red minus green is zero everywhere."""
    grey = np.random.default_rng(seed).integers(60, 180, (size[1], size[0], 1), dtype=np.uint8)
    return np.repeat(grey, 3, axis=2)


def paint(pixels: np.ndarray) -> np.ndarray:
    """Paint the box red."""
    xmin, ymin, xmax, ymax = BOX
    pixels[ymin:ymax, xmin:xmax] = (255, 0, 0)
    return pixels


def toy_mask() -> Image.Image:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    xmin, ymin, xmax, ymax = BOX
    mask[ymin:ymax, xmin:xmax] = 255
    return Image.fromarray(mask)


def make_toy(folder: Path) -> Path:
    """Write the data set as a table of labels with masks."""
    (folder / "image").mkdir(parents=True)
    (folder / "mask").mkdir()
    lines = ["image,mask,label,method,source"]
    for seed, (name, label, painted, method, source) in enumerate(ROWS):
        pixels = grey_noise(seed)
        Image.fromarray(paint(pixels) if painted else pixels).save(folder / f"image/{name}.png")
        mask = ""
        if label == "inpainted":
            mask = f"mask/{name}.png"
            toy_mask().save(folder / mask)
        lines.append(f"image/{name}.png,{mask},{label},{method},{source}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def make_clean(folder: Path) -> Path:
    """Write six clean photos of two sources, one of them with a red patch."""
    for seed in range(6):
        path = folder / ("lake" if seed < 4 else "town") / f"{seed}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = grey_noise(100 + seed)
        Image.fromarray(paint(pixels) if seed == 5 else pixels).save(path)
    return folder


def make_gen_data(folder: Path) -> Path:
    """Write a gen-data folder: two photos, each as original, inpainted, realfake and fakefake."""
    head = "image_id,split,kind,inpainted,xmin,ymin,xmax,ymax,mask_kind,method,source,category"
    lines = [f"{head},prompt,seed"]
    test = folder / "test"
    for seed, name in enumerate(("one", "two")):
        photo = grey_noise(seed, (224, 208))
        mask = np.zeros(photo.shape[:2], np.uint8)
        mask[40:120, 32:160] = 255
        filled = photo.copy()
        filled[40:120, 32:160] = grey_noise(50 + seed, (128, 80))
        images = {"original": photo, "inpainted": filled, "realfake": filled, "fakefake": photo}
        images["fakefake"] = np.where(mask[..., None] > 0, photo // 2 + 30, photo)
        for kind, pixels in images.items():
            (test / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(test / kind / f"{name}.png")
            flag = int(kind != "original")
            box = "32,40,160,120" if flag else "0,0,0,0"
            method = "" if not flag else "vae" if kind == "fakefake" else "telea"
            lines.append(f"{name},test,{kind},{flag},{box},rect,{method},album/{name}.png,,,{seed}")
        (test / "mask").mkdir(exist_ok=True)
        Image.fromarray(mask).save(test / "mask" / f"{name}.png")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder
