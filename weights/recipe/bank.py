"""Decode the training images once into one flat file: windows on the JPEG grid, and whole pictures shrunk."""

import csv
import json
import random
from multiprocessing import Pool

import cv2
import numpy as np
from PIL import Image
from places import BANK, PHOTOS, WORLD
from split import DROPPED, HELD, HELD_PHOTOS

cv2.setNumThreads(1)
Image.MAX_IMAGE_PIXELS = None
W = 512


def read(path):
    if path.suffix.lower() in (".jpg", ".jpeg"):
        a = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if a is not None:
            return np.ascontiguousarray(a[..., ::-1])
    im = Image.open(path)
    if im.mode in ("P", "LA", "PA", "RGBA") or "transparency" in im.info:
        im = im.convert("RGBA")
        bg = Image.new("RGBA", im.size, (255, 255, 255, 255))
        bg.alpha_composite(im)
        im = bg
    if im.mode.startswith("I"):
        im = Image.fromarray((np.asarray(im).astype(np.float32) / 257).astype(np.uint8))
    return np.asarray(im.convert("RGB"))


def window(h, w, rng, side=W):
    hh, ww = min(h, side), min(w, side)
    return rng.randrange(0, (h - hh) // 8 + 1) * 8, rng.randrange(0, (w - ww) // 8 + 1) * 8, hh, ww


def job(t):
    n, row = t
    rng = random.Random(n)
    out = []
    try:
        a = read(row["path"])
        h, w = a.shape[:2]
        if min(h, w) < 96:
            return out
        if row["cls"] == 3:
            m = cv2.imread(str(row["mask"]), 0)
            o = read(row["orig"]) if row["orig"] else a
            if m is None or m.shape != (h, w):
                return out
            if o.shape != a.shape:
                o = a
            ys, xs = np.nonzero(m > 127)
            if len(ys) == 0:
                return out
            # a window that holds the middle of the hole
            side = 640
            t0 = max(0, min((int(np.median(ys)) - side // 2) // 8 * 8, max(0, h - side))) // 8 * 8
            l0 = max(0, min((int(np.median(xs)) - side // 2) // 8 * 8, max(0, w - side))) // 8 * 8
            s = np.s_[t0 : t0 + side, l0 : l0 + side]
            same = bool(o is not a)
            return [
                (
                    3,
                    row["source"],
                    row["method"],
                    np.concatenate([a[s], o[s], np.repeat(m[s][..., None], 3, 2)], 0),
                    3 + same,
                )
            ]
        y, x, hh, ww = window(h, w, rng)
        out.append((row["cls"], row["source"], row["method"], a[y : y + hh, x : x + ww].copy(), 1))
        if h * w > 2.5e6 and row["cls"] == 0:  # large photos: a second native window
            y, x, hh, ww = window(h, w, rng)
            out.append((0, row["source"], row["method"], a[y : y + hh, x : x + ww].copy(), 1))
        if h * w > 0.6e6:
            long = rng.choice([560, 640, 800])
            s = long / max(h, w)
            if s < 0.9:
                b = cv2.resize(
                    a,
                    (round(w * s), round(h * s)),
                    interpolation=rng.choice(
                        [cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_CUBIC, cv2.INTER_LINEAR]
                    ),
                )
                y, x, hh, ww = window(*b.shape[:2], rng)
                out.append(
                    (row["cls"], row["source"], row["method"], b[y : y + hh, x : x + ww].copy(), 2)
                )
    except Exception as e:
        print("skip", row["path"], type(e).__name__, e, flush=True)
    return out


def main():
    rows = []
    for r in csv.DictReader(open(WORLD / "labels.csv")):
        if (
            r["source"] in HELD
            or r["source"] in DROPPED
            or r["label"] in ("edited", "text-removed")
        ):
            continue
        kind = r["kind"] or ""
        cls = {"generated": 2, "inpainted": 3}.get(r["label"])
        if cls is None:
            cls = 0 if kind == "photo" or kind.startswith("camera") else 1
        if cls == 3 and not r["mask"]:
            continue
        rows.append(
            {
                "path": WORLD / r["image"],
                "cls": cls,
                "source": r["source"],
                "method": r["method"] or kind,
                "mask": WORLD / r["mask"] if r["mask"] else "",
                "orig": WORLD / r["original"] if r["original"] else "",
            }
        )
    for r in csv.DictReader(open(PHOTOS / "PHOTOS.csv")):
        folder = r["path"].split("/")[0]
        if folder in HELD_PHOTOS:
            continue
        rows.append(
            {
                "path": PHOTOS / r["path"],
                "cls": 0,
                "source": "photos/" + folder,
                "method": "photo",
                "mask": "",
                "orig": "",
            }
        )
    print(len(rows), "files", flush=True)
    meta, offset = [], 0
    with Pool(2) as pool, open(BANK / "pixels.u8", "wb") as f:
        for n, items in enumerate(pool.imap(job, enumerate(rows), chunksize=8)):
            for cls, source, method, pixels, how in items:
                f.write(pixels.tobytes())
                meta.append([offset, pixels.shape[0], pixels.shape[1], cls, source, method, how])
                offset += pixels.nbytes
            if n % 500 == 0:
                print(n, offset >> 20, "MiB", flush=True)
    json.dump(meta, open(BANK / "meta.json", "w"))
    print("done", len(meta), offset >> 20, flush=True)


if __name__ == "__main__":
    main()
