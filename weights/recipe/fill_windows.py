"""Windows of collected fills to bank/_fills6: fill, original and mask on top of each other.
fill_windows.py TABLE.csv, with the columns repo, fill, orig, mask, method: files, `orig` empty where there is none. Masks that were not published
are no part of this repository, so fills.csv alone does not rebuild this bank."""

import csv, json, sys
from pathlib import Path
import numpy as np, cv2
from places import BANK
from bank import read

SIDE = 544
meta, offset = [], 0
with open(BANK / "pixels_fills6.u8", "wb") as out:
    for row in csv.DictReader(open(sys.argv[1])):
        fill, mask = read(Path(row["fill"])), cv2.imread(row["mask"], 0)
        original = read(Path(row["orig"])) if row["orig"] else fill
        h, w = fill.shape[:2]
        if mask is None or mask.shape != (h, w) or min(h, w) < 160:
            continue
        if not 0.001 < (mask > 127).mean() < 0.95:
            continue
        if original.shape != fill.shape:
            original = fill
        ys, xs = np.nonzero(mask > 127)
        for k in range(2 if max(h, w) > 1000 else 1):  # a second one in large pictures
            j = int(np.random.default_rng(offset).integers(len(ys)))
            y, x = (int(ys[j]), int(xs[j])) if k else (int(np.median(ys)), int(np.median(xs)))
            top, left = (
                max(0, min(c - SIDE // 2, side - SIDE)) // 8 * 8 for c, side in ((y, h), (x, w))
            )
            s = np.s_[top : top + SIDE, left : left + SIDE]
            if (mask[s] > 127).sum() < 64:
                continue
            parts = [fill[s], original[s], np.repeat(mask[s][..., None], 3, 2)]
            pixels = np.ascontiguousarray(np.concatenate(parts, 0))
            out.write(pixels.tobytes())
            how = 3 + int(original is not fill)
            meta.append([offset, *pixels.shape[:2], 3, row["repo"], row["method"], how])
            offset += pixels.nbytes
json.dump(meta, open(BANK / "meta_fills6.json", "w"))
print(len(meta), "windows of", len({m[4] for m in meta}), "repositories")
