"""Clean twins, so that neither size nor format tells classes apart: of each held-out manipulated image the untouched crop saved the same way; of each
generated one a held-out photo cut to its size and saved in its format. held_twins.py"""

import csv, sys, shutil, tempfile
from places import HELD as OUT0
from pathlib import Path
import numpy as np, cv2
from PIL import Image

code = (Path(__file__).parent / "held.py").read_text().split('if __name__ == "__main__"')
exec(compile(code[0], "held", "exec"))
TW = OUT0 / "twins"
TW.mkdir(exist_ok=True)
OUT = Path(tempfile.mkdtemp())
held = list(csv.DictReader(open(OUT0 / "held.csv")))
more = list(csv.DictReader(open(OUT0 / "more.csv")))
done = []


def add(a, like, source, kind, of, quality=None):
    f = TW / f"{len(done):05}"
    with Image.open(like) as im:
        fmt = im.format
        q = getattr(im, "quantization", None)
        sub = im.info
    im = Image.fromarray(a)
    if fmt == "JPEG":
        f = f.with_suffix(".jpg")
        try:
            im.save(f, qtables=q, subsampling=2 if len(q) > 1 else 0)
        except Exception:
            im.save(f, quality=85)
    elif fmt == "WEBP":
        f = f.with_suffix(".webp")
        im.save(f, quality=80)
    else:
        f = f.with_suffix(".png")
        im.save(f, compress_level=1)
    done.append([f, "", "clean", kind, source, "twin of " + of, "twin"])


# 1. splices: the same draws as when they were made, the photo saved in place of the pair
wanted = {
    Path(r["file"]).stem: r
    for r in held
    if Path(r["file"]).name.startswith("s") and r["label"] == "inpainted"
}
src = code[1].split("print(len(rows)")[0]
exec(compile("if True" + src, "rows", "exec"))
order = [r["file"] for r in csv.DictReader(open(OUT0 / "sample.csv"))]
use = set(order[:4200])  # what is measured
for n, row in enumerate(rows):
    if f"s{n:05}" not in wanted or wanted[f"s{n:05}"]["file"] not in use:
        continue
    rng = np.random.default_rng([99, n])
    first = next(r for r in held if r["label"] == "clean" and Path(r["file"]).stem == f"{n:05}")
    try:
        h = read(Path(first["file"]))[:768, :768]
    except Exception as e:
        print("skip", n, e)
        continue
    add(np.ascontiguousarray(h), wanted[f"s{n:05}"]["file"], row["source"], "photo", "splice")
print("splices", len(done), flush=True)
# 2. fills by tools: their originals
world = {
    Path(r["image"]).name + r["source"]: r
    for r in csv.DictReader(open(WORLD / "labels.csv"))
    if r["label"] == "inpainted"
}
lab = [r for r in csv.DictReader(open(WORLD / "labels.csv"))]
bymask = {}
for r in held:
    if r["label"] != "inpainted" or r["way"] != "native" or r["file"] not in use:
        continue
    data = Path(r["file"]).read_bytes()
    for w in lab:
        if (
            w["source"] == r["source"]
            and w["label"] == "inpainted"
            and w["original"]
            and (WORLD / w["image"]).stat().st_size == len(data)
            and (WORLD / w["image"]).read_bytes() == data
        ):
            try:
                o = read(WORLD / w["original"])
                f = read(Path(r["file"]))
                if (
                    o.shape == f.shape
                    and "another fill" not in w["notes"]
                    and "damaged" not in w["notes"]
                ):
                    add(o, r["file"], r["source"], "photo", "tool")
            except Exception as e:
                print("skip", e)
            break
print("tools", len(done), flush=True)
# 3. rebuilt frames and our fills: the same draws
rows3 = [r for r in held if r["label"] == "clean" and r["kind"] == "photo"]
rng = np.random.default_rng(17)
by = {}
for r in rows3:
    by.setdefault(r["source"], []).append(r)
srcs = sorted(by)
have = {Path(r["file"]).stem: r for r in more}
for k in range(300):
    r = by[srcs[int(rng.integers(len(srcs)))]]
    r = r[int(rng.integers(len(r)))]
    try:
        a = np.asarray(Image.open(r["file"]).convert("RGB"))
    except Exception:
        continue
    if rng.random() < 0.4 and max(a.shape[:2]) > 500:
        a = scale(a, rng.uniform(0.5, 0.9), rng)
    h, w = (min(s, 512) // 8 * 8 for s in a.shape[:2])
    a = np.ascontiguousarray(a[:h, :w])
    if min(h, w) < 160:
        continue
    m = cv2.resize(draw_mask(256, rng, 0.02), (w, h)) > 127
    u = rng.random()
    if u < 0.6:
        rng.choice(3, p=[0.6, 0.2, 0.2])
        whole = u < 0.25
    else:
        rng.integers(4)
        whole = False
        if m.mean() > 0.4:
            continue
    if not whole and rng.random() < 0.4:
        rng.uniform(0.5, 2)
    q = rng.random()
    if q >= 0.5:
        int(rng.integers(70, 97))
    t = have.get(f"{k:04}")
    if t is None or t["source"] != r["source"]:
        print("differs", k, r["source"], t and t["source"])
        continue
    with Image.open(t["file"]) as im:
        if im.size != (w, h):
            print("size differs", k)
            continue
    add(a, t["file"], r["source"], "photo", "rebuilt" if whole else "own")
print("more", len(done), flush=True)
# 4. generated: a photo (or an asset) of its size and format
rng = np.random.default_rng(23)
clean = [r for r in rows if r["label"] == "clean"]
ph = [r for r in clean if r["kind"] == "photo"]
asset = [r for r in clean if r["kind"] != "photo"]
groups = [{}, {}]
for g, rs in zip(groups, (ph, asset)):
    for r in rs:
        g.setdefault(r["source"], []).append(r)
for t in held:
    if t["label"] != "generated" or t["file"] not in use:
        continue
    try:
        with Image.open(t["file"]) as im:
            w, h = im.size
        if w * h > 2.2e6 or min(w, h) < 64:
            continue
        g = groups[0 if rng.random() < 0.75 else 1]
        keys = sorted(g)
        for attempt in range(30):
            r = g[keys[int(rng.integers(len(keys)))]]
            r = r[int(rng.integers(len(r)))]
            with Image.open(r["path"]) as im:
                W, H = im.size
            if W >= w and H >= h or attempt > 24:
                break
        a = read(r["path"])
        H, W = a.shape[:2]
        need = max(w / W, h / H)
        f = need if need > 1 else rng.uniform(need, 1) if rng.random() < 0.7 else 1.0
        if f != 1:
            a = scale(a, f, rng)
        if a.shape[0] < h or a.shape[1] < w:
            a = cv2.resize(a, (max(w, a.shape[1]), max(h, a.shape[0])))
        y, x = (
            int(rng.integers((a.shape[0] - h) // 8 + 1)) * 8,
            int(rng.integers((a.shape[1] - w) // 8 + 1)) * 8,
        )
        add(
            np.ascontiguousarray(a[y : y + h, x : x + w]),
            t["file"],
            r["source"],
            r["kind"],
            "generated",
        )
    except Exception as e:
        print("skip", t["file"], type(e).__name__, e, flush=True)
with open(OUT0 / "twins.csv", "w", newline="") as f:
    o = csv.writer(f)
    o.writerow(["file", "maskfile", "label", "kind", "source", "method", "way"])
    o.writerows(done)
shutil.rmtree(OUT)
print("done", len(done))
