"""Fills in small pictures, as tools that work at 256 or 512 pixels publish them: whole photos reduced to 256 to 392 pixels, then filled.
(fill, photo, mask) on top of each other. small_fills.py COUNT SEED NAME [--jitter]

With --jitter the weights of the inpainter are moved at random before each fill: another generator of the same kind each time."""

import gc, os, sys, csv, json
from places import BANK, PHOTOS, WORLD
import numpy as np, torch, cv2

from inpaintscan.gen_data.inpainters import load_inpainter, Hole
from inpaintscan.gen_data.settings import Choice, Settings
from split import HELD, DROPPED, HELD_PHOTOS
from sampler import draw_mask, filled

torch.set_num_threads(1)
COUNT, SEED, NAME, JITTER = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], "--jitter" in sys.argv
names = ("gated", "partial", "fourier", "patchmatch")
p = np.array([0.38, 0.27, 0.30, 0.05])
CONVOLUTIONS = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
tools, layers, kept = {}, {}, {}
for n in names:
    tools[n] = load_inpainter(Choice(n), Settings(methods=(Choice(n),)))
    layers[n] = [m for m in gc.get_objects() if type(m) in CONVOLUTIONS and m not in kept]
    kept |= {m: m.weight.detach().clone() for m in layers[n]}
by = {}
for r in csv.DictReader(open(WORLD / "labels.csv")):
    known = r["source"] in HELD or r["source"] in DROPPED
    if r["label"] == "clean" and r["kind"] == "photo" and not known:
        by.setdefault(r["source"], []).append(WORLD / r["image"])
for r in csv.DictReader(open(PHOTOS / "PHOTOS.csv")):
    folder = r["path"].split("/")[0]
    if folder not in HELD_PHOTOS:
        by.setdefault("photos/" + folder, []).append(PHOTOS / r["path"])
keys = sorted(by)
w = np.array([len(by[k]) ** 0.6 for k in keys])
w /= w.sum()
rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)
meta = []
off = 0


def jitter(n, t):
    """Move each convolution's weights by a share of themselves and of their deviation."""
    for m in layers[n]:
        own = 1 + t * torch.randn(m.weight.shape[0], 1, 1, 1)
        m.weight.data.copy_(kept[m] * own + t * kept[m].std() * torch.randn_like(kept[m]))


def photo():
    while True:
        k = keys[rng.choice(len(keys), p=w)]
        a = cv2.imread(str(by[k][int(rng.integers(len(by[k])))]), cv2.IMREAD_COLOR)
        if a is None or min(a.shape[:2]) < 320:
            continue
        h, wd = a.shape[:2]
        side = 256 if rng.random() < 0.5 else int(rng.integers(36, 50)) * 8
        c = min(h, wd)
        if c > 1.3 * side or side == 256:
            y, x = (h - c) // 2, (wd - c) // 2
            how = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_CUBIC, cv2.INTER_LINEAR)
            a = cv2.resize(
                a[y : y + c, x : x + c], (side, side), interpolation=int(rng.choice(how))
            )
        else:
            a = a[: min(side, c), : min(side, c)]
        return np.ascontiguousarray(a[..., ::-1])


with open(BANK / f"pixels{NAME}.u8", "wb") as f, torch.inference_mode():
    for k in range(COUNT):
        a = photo()
        m = draw_mask(a.shape[0], rng, 0.03) > 127
        if m.mean() > 0.5:
            continue
        n = names[rng.choice(len(names), p=p)]
        if JITTER:
            jitter(n, float(rng.uniform(0.02, 0.12)))
        b = tools[n].inpaint([Hole(image=a, mask=m, rng=np.random.default_rng(k))])[0]
        t = filled(a, b, m, rng, 0.3)
        f.write(t.tobytes())
        meta.append([off, t.shape[0], t.shape[1], 3, "ours", n, 4])
        off += t.nbytes
        if k % 50 == 0:
            print(k, flush=True)
json.dump(meta, open(BANK / f"meta{NAME}.json", "w"))
print("done", len(meta))
