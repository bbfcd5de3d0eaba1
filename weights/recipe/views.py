"""Whole pictures reduced to 224 x 224: as they are, and after what the web does to them."""

import csv
import json
from multiprocessing import Pool

import cv2
import numpy as np
from bank import read
from PIL import Image
from places import BANK, PHOTOS, WORLD
from sampler import jpeg
from split import DROPPED, HELD, HELD_PHOTOS

S = 224


def small(a):
    return np.asarray(
        Image.fromarray(a).resize((S, S), Image.Resampling.BILINEAR, reducing_gap=3.0)
    )


def job2(t):
    n, row = t
    rng = np.random.default_rng(n)
    try:
        with Image.open(row["path"]) as im:
            big = im.size[0] * im.size[1] > 3.2e6 and im.format == "JPEG"
        a = (
            cv2.imread(str(row["path"]), cv2.IMREAD_REDUCED_COLOR_2)[..., ::-1]
            if big
            else read(row["path"])
        )
        a = np.ascontiguousarray(a)
        h, w = a.shape[:2]
        if min(h, w) < 64:
            return None
        out = [small(a)]
        f = rng.uniform(0.6, 1.0) ** 0.5
        hh, ww = max(32, int(h * f)), max(32, int(w * rng.uniform(f * 0.9, f)))
        y, x = int(rng.integers(h - hh + 1)), int(rng.integers(w - ww + 1))
        b = a[y : y + hh, x : x + ww]
        side = rng.uniform(300, 1100)
        s = min(1.0, side / max(b.shape[:2]))
        if s < 1:
            b = cv2.resize(
                b,
                (max(16, round(b.shape[1] * s)), max(16, round(b.shape[0] * s))),
                interpolation=cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_LINEAR,
            )
        if rng.random() < 0.8:
            b = jpeg(np.ascontiguousarray(b), int(rng.integers(40, 95)), rng)
        out.append(small(np.ascontiguousarray(b)))
        return row["cls"], row["source"], row["method"], out
    except Exception as e:
        print("skip", row["path"], type(e).__name__, flush=True)


if __name__ == "__main__":
    rows = []
    for r in csv.DictReader(open(WORLD / "labels.csv")):
        if (
            r["source"] in HELD
            or r["source"] in DROPPED
            or r["label"] not in ("clean", "generated")
        ):
            continue
        kind = r["kind"] or ""
        rows.append(
            {
                "path": WORLD / r["image"],
                "cls": 2
                if r["label"] == "generated"
                else 0
                if kind == "photo" or kind.startswith("camera")
                else 1,
                "source": r["source"],
                "method": r["method"] or kind,
            }
        )
    for r in csv.DictReader(open(PHOTOS / "PHOTOS.csv")):
        folder = r["path"].split("/")[0]
        if folder not in HELD_PHOTOS:
            rows.append(
                {
                    "path": PHOTOS / r["path"],
                    "cls": 0,
                    "source": "photos/" + folder,
                    "method": "photo",
                }
            )
    import random as R

    R.Random(1).shuffle(rows)
    from collections import Counter

    c = Counter()
    kept = []
    for r in rows:
        c[r["source"]] += 1
        if c[r["source"]] <= (
            150 if r["cls"] == 2 else 40 if r["source"].startswith("photos/") else 90
        ):
            kept.append(r)
    rows = kept
    print(len(rows), flush=True)
    meta = []
    with Pool(2) as pool, open(BANK / "views.u8", "wb") as f:
        for n, r in enumerate(pool.imap(job2, enumerate(rows), chunksize=8)):
            if r is None:
                continue
            for v in r[3]:
                f.write(v.tobytes())
                meta.append(list(r[:3]))
            if n % 1000 == 0:
                print(n, flush=True)
    json.dump(meta, open(BANK / "views.json", "w"))
    print("done", len(meta))
