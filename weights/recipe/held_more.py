"""More held-out images: frames an autoencoder rebuilt (whole, or pasted into a region) and fills by our inpainters, on held-out photos."""

import sys, csv

from pathlib import Path
from places import HELD, VAE
import numpy as np, torch, cv2
from PIL import Image
from inpaintscan.gen_data.inpainters.vae import load_autoencoder
from inpaintscan.gen_data.inpainters.networks import DecodeOnly
from inpaintscan.gen_data.inpainters import load_inpainter, Hole
from inpaintscan.gen_data.settings import Choice, Settings
from sampler import draw_mask, scale

torch.set_num_threads(1)
OUT = HELD / "more"
OUT.mkdir(exist_ok=True)
rows = [
    r
    for r in csv.DictReader(open(HELD / "held.csv"))
    if r["label"] == "clean" and r["kind"] == "photo"
]
rng = np.random.default_rng(17)
by = {}
for r in rows:
    by.setdefault(r["source"], []).append(r)
srcs = sorted(by)
nets = {
    "tiny FLUX.2": load_autoencoder(str(VAE)).eval(),
    "autoencoder-f4": load_autoencoder("autoencoder-f4").eval(),
    "autoencoder-f8": load_autoencoder("autoencoder-f8").eval(),
}
tools = {
    n: load_inpainter(Choice(n), Settings(methods=(Choice(n),)))
    for n in ("gated", "partial", "fourier", "patchmatch")
}
done = []
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
        n = list(nets)[rng.choice(3, p=[0.6, 0.2, 0.2])]
        with torch.inference_mode():
            z = nets[n].encode(torch.from_numpy(a.copy()).permute(2, 0, 1)[None].float() / 255)
            z = z[0] if isinstance(z, tuple) else z
            b = (DecodeOnly(nets[n])(z)[0].permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).byte().numpy()
        whole = u < 0.25
    else:
        n = list(tools)[int(rng.integers(4))]
        whole = False
        if m.mean() > 0.4:
            continue
        b = tools[n].inpaint([Hole(image=a, mask=m, rng=np.random.default_rng(k))])[0]
    if not whole:
        al = (
            cv2.GaussianBlur(m.astype(np.float32), (0, 0), rng.uniform(0.5, 2))
            if rng.random() < 0.4
            else m.astype(np.float32)
        )
        b = (a * (1 - al[..., None]) + b * al[..., None] + 0.5).astype(np.uint8)
    q = rng.random()
    f = OUT / f"{k:04}.png"
    way = "png"
    if q < 0.5:
        Image.fromarray(b).save(f, compress_level=1)
    else:
        f = f.with_suffix(".jpg")
        Image.fromarray(b).save(f, quality=int(rng.integers(70, 97)))
        way = "jpeg"
    mf = ""
    if not whole:
        mf = OUT / f"{k:04}_mask.png"
        Image.fromarray((m * 255).astype(np.uint8)).save(mf)
    done.append(
        [
            f,
            mf,
            "generated" if whole else "inpainted",
            "photo",
            r["source"],
            n + (" whole" if whole else ""),
            way,
        ]
    )
with open(HELD / "more.csv", "w", newline="") as o:
    w = csv.writer(o)
    w.writerow(["file", "maskfile", "label", "kind", "source", "method", "way"])
    w.writerows(done)
print("done", len(done))
