"""Held-out images as files, as they are met: native crops (JPEG untouched), and what the web makes of them. Fills and splices on held-out photos."""

import csv
import subprocess
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np
from bank import read
from PIL import Image
from places import HELD as OUT
from places import PHOTOS, WORLD
from sampler import draw_mask, match, scale
from split import HELD, HELD_PHOTOS


def native(path, dst, rng, limit=1_000_000, side=896):
    """The file as it is; a large one cut without touching its blocks."""
    with Image.open(path) as im:
        w, h = im.size
        fmt = im.format
        exif = im.getexif().get(274, 1)
    if w * h <= limit and exif == 1:
        dst = dst.with_suffix(path.suffix.lower())
        dst.write_bytes(path.read_bytes())
        return dst
    ww, hh = min(w, side), min(h, side)
    x, y = int(rng.integers((w - ww) // 16 + 1)) * 16, int(rng.integers((h - hh) // 16 + 1)) * 16
    if fmt == "JPEG":
        dst = dst.with_suffix(".jpg")
        r = subprocess.run(
            [
                "jpegtran",
                "-copy",
                "none",
                "-crop",
                f"{ww}x{hh}+{x}+{y}",
                "-outfile",
                str(dst),
                str(path),
            ],
            capture_output=True,
        )
        if r.returncode == 0:
            return dst
    dst = dst.with_suffix(".png")
    Image.fromarray(read(path)[y : y + hh, x : x + ww]).save(dst, compress_level=1)
    return dst


def web(a, dst, rng):
    """What happens on the way: reduced, saved again, or a screenshot of it."""
    h, w = a.shape[:2]
    s = min(1.0, rng.uniform(500, 1000) / max(h, w))
    kind = rng.random()
    if kind < 0.25:  # a screenshot: scaled to something, lossless
        s = min(s, 1.0) * rng.uniform(0.7, 1.0) if max(h, w) > 400 else rng.uniform(1.0, 1.5)
        b = scale(a, s, rng)
        dst = dst.with_suffix(".png")
        Image.fromarray(b).save(dst, compress_level=1)
        return dst, "screenshot"
    b = scale(a, s, rng) if s < 1 else a
    if max(b.shape[:2]) > 1100:
        b = b[:1100, :1100]
    if kind < 0.35:
        dst = dst.with_suffix(".webp")
        Image.fromarray(b).save(dst, quality=int(rng.integers(60, 95)))
        return dst, "webp"
    q = (
        int(rng.integers(40, 60))
        if kind < 0.5
        else int(rng.integers(60, 85))
        if kind < 0.75
        else int(rng.integers(85, 96))
    )
    dst = dst.with_suffix(".jpg")
    Image.fromarray(b).save(dst, quality=q)
    return dst, "jpeg-low" if q < 60 else "jpeg-mid" if q < 85 else "jpeg-high"


def job3(t):
    n, row = t
    rng = np.random.default_rng([99, n])
    out = []
    try:
        base = OUT / row["label"] / f"{n:05}"
        base.parent.mkdir(parents=True, exist_ok=True)
        if row["mask"]:
            p = base.with_suffix(Path(row["path"]).suffix)
            p.write_bytes(row["path"].read_bytes())
            m = base.parent / f"{n:05}_mask.png"
            m.write_bytes(row["mask"].read_bytes())
            return [dict(row, file=p, maskfile=m, way="native")]
        p = native(row["path"], base, rng)
        out.append(dict(row, file=p, maskfile="", way="native"))
        a = None
        if rng.random() < row["webshare"]:
            a = read(row["path"])
            p, way = web(a, OUT / row["label"] / f"{n:05}w", rng)
            out.append(dict(row, file=p, maskfile="", way=way))
        if row[
            "splice"
        ]:  # a pair on this photo: a donor of another held-out picture or the photo's own pixels
            h = read(p if (p := out[0]["file"]) else p)
            h = h[:768, :768]
            hh, ww = h.shape[:2]
            s = min(hh, ww)
            if s >= 128:
                m = cv2.resize(draw_mask(256, rng), (ww, hh), interpolation=cv2.INTER_LINEAR)
                m = ((m > 127) * 255).astype(np.uint8)
                u = rng.random()
                d = None
                if u < 0.45:
                    d = read(row["donor"])
                    how = "splice"
                elif u < 0.7:
                    d = read(row["gdonor"])
                    how = "generated-in"
                elif u < 0.85:
                    f = rng.uniform(0.4, 0.9)
                    d = cv2.resize(
                        scale(h, f, rng), (ww, hh), interpolation=int(rng.choice([1, 2]))
                    )
                    how = "resampled"
                else:
                    d = np.roll(
                        h,
                        (
                            int(rng.integers(hh // 4, hh // 2 + 1)),
                            int(rng.integers(ww // 4, ww // 2 + 1)),
                        ),
                        (0, 1),
                    )
                    how = "copy-move"
                if u < 0.7:
                    f = max(hh / d.shape[0], ww / d.shape[1], rng.uniform(0.4, 1))
                    d = scale(d, f, rng) if f != 1 else d
                    if d.shape[0] < hh or d.shape[1] < ww:
                        d = cv2.resize(d, (ww, hh))
                    d = np.ascontiguousarray(d[:hh, :ww])
                    d = match(d, h, m, rng) if rng.random() < 0.5 else d
                al = m.astype(np.float32) / 255
                if rng.random() < 0.4:
                    al = cv2.GaussianBlur(al, (0, 0), rng.uniform(0.5, 2.5))
                b = (h * (1 - al[..., None]) + d * al[..., None] + 0.5).astype(np.uint8)
                (OUT / "inpainted").mkdir(exist_ok=True)
                q = rng.random()
                f = OUT / "inpainted" / f"s{n:05}"
                if q < 0.4:
                    f = f.with_suffix(".png")
                    Image.fromarray(b).save(f, compress_level=1)
                    way = "png"
                else:
                    f = f.with_suffix(".jpg")
                    k = int(rng.integers(88, 97)) if q < 0.7 else int(rng.integers(65, 88))
                    Image.fromarray(b).save(f, quality=k)
                    way = "jpeg-high" if q < 0.7 else "jpeg-mid"
                mf = OUT / "inpainted" / f"s{n:05}_mask.png"
                Image.fromarray(m).save(mf)
                out.append(dict(row, label="inpainted", method=how, file=f, maskfile=mf, way=way))
    except Exception as e:
        print("skip", row["path"], type(e).__name__, e, flush=True)
    return out


if __name__ == "__main__":
    rows = []
    for r in csv.DictReader(open(WORLD / "labels.csv")):
        if (
            r["source"] not in HELD
            or r["label"] not in ("clean", "generated", "inpainted")
            or (r["label"] == "inpainted" and not r["mask"])
        ):
            continue
        kind = r["kind"] or ""
        photo = kind == "photo" or kind.startswith("camera")
        rows.append(
            dict(
                path=WORLD / r["image"],
                label=r["label"],
                kind="photo" if photo else kind,
                source=r["source"],
                method=r["method"],
                mask=WORLD / r["mask"] if r["mask"] else "",
            )
        )
    for r in csv.DictReader(open(PHOTOS / "PHOTOS.csv")):
        folder = r["path"].split("/")[0]
        if folder in HELD_PHOTOS:
            rows.append(
                dict(
                    path=PHOTOS / r["path"],
                    label="clean",
                    kind="photo",
                    source="photos/" + folder,
                    method="",
                    mask="",
                )
            )
    rng = np.random.default_rng(3)
    photos = [r["path"] for r in rows if r["kind"] == "photo"]
    gens = [r["path"] for r in rows if r["label"] == "generated"]
    for r in rows:
        r["webshare"] = {"generated": 0.5, "clean": 0.5 if r["kind"] == "photo" else 0.25}.get(
            r["label"], 0
        )
        r["splice"] = bool(r["label"] == "clean" and r["kind"] == "photo" and rng.random() < 0.3)
        r["donor"] = photos[int(rng.integers(len(photos)))]
        r["gdonor"] = gens[int(rng.integers(len(gens)))]
    print(len(rows), flush=True)
    done = []
    with Pool(1) as pool:
        for n, o in enumerate(pool.imap(job3, enumerate(rows), chunksize=4)):
            done += o
            if n % 500 == 0:
                print(n, len(done), flush=True)
    with open(OUT / "held.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["file", "maskfile", "label", "kind", "source", "method", "way"])
        for d in done:
            w.writerow(
                [
                    d["file"],
                    d["maskfile"],
                    d["label"],
                    d["kind"],
                    d["source"],
                    d["method"],
                    d["way"],
                ]
            )
    print("done", len(done))
