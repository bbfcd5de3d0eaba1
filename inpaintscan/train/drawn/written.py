"""Drawn manipulations as files, to be scanned like any image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from inpaintscan.data.samples import Label, Sample
from inpaintscan.train.drawn.twins import DrawnPairs


def write_twins(pairs: DrawnPairs, count: int, folder: Path) -> list[Sample]:
    """Write the manipulated twin of `count` pairs and its mask; clean pairs are passed over."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for index in range(count):
        pair = pairs[index]
        inpainted, generated = pair["score_target"][1].bool().tolist()
        if not inpainted and not generated:
            continue
        image, mask = folder / f"{index:05}.png", folder / f"{index:05}-mask.png"
        Image.fromarray(pair["images"][1].permute(1, 2, 0).numpy()).save(image)
        label: Label = "generated" if generated else "inpainted"
        if inpainted:
            cells = (pair["map_target"][1, 0] >= 0.5).numpy()
            levels = np.kron(cells, np.ones((4, 4))).astype(np.uint8) * np.uint8(255)
            Image.fromarray(levels).save(mask)
        samples.append(Sample(image, label, mask=mask if inpainted else None, kind="drawn"))
    return samples
