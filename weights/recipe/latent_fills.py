"""More fills of windows of the bank: by the shipped inpainters, and in the latent space of autoencoders (donor latents, or the photo's own, smoothed and moved, then decoded).
(fill, photo, mask) on top of each other. latent_fills.py COUNT SHARE_OF_LATENT SEED OUT"""

import sys, json, time
from places import BANK, VAE
import numpy as np, torch, cv2

from pathlib import Path
from inpaintscan.gen_data.inpainters import load_inpainter, Hole
from inpaintscan.gen_data.inpainters.vae import load_autoencoder
from inpaintscan.gen_data.inpainters.networks import DecodeOnly
from inpaintscan.gen_data.settings import Choice, Settings
from sampler import Bank, cut, scale, draw_mask, filled, match

torch.set_num_threads(1)
S = 320
SHARE = float(sys.argv[2])
SEED = int(sys.argv[3])
OUT = sys.argv[4]
names = ("gated", "partial", "fourier", "patchmatch")
p = np.array([0.31, 0.26, 0.31, 0.12])
tools = {n: load_inpainter(Choice(n), Settings(methods=(Choice(n),))) for n in names}
nets = [
    (n, load_autoencoder(n).eval(), f)
    for n, f in ((str(VAE), 8), ("autoencoder-f2", 2), ("autoencoder-f4", 4), ("autoencoder-f8", 8))
]
bank = Bank()
idx = [i for i, m in enumerate(bank.meta) if m[3] == 0 and min(m[1], m[2]) >= S]
gen = [i for i, m in enumerate(bank.meta) if m[3] == 2 and min(m[1], m[2]) >= S]
rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)
meta = []
off = 0
t0 = time.time()


def to(a):
    return torch.from_numpy(a.copy()).permute(2, 0, 1)[None].float() / 255


def enc(net, a):
    z = net.encode(to(a))
    return z[0] if isinstance(z, tuple) else z


def photo(from_=idx):
    a = bank.get(from_[int(rng.integers(len(from_)))])
    if rng.random() < 0.5:
        q = max(rng.uniform(0.5, 1), S / min(a.shape[:2]))
        a = scale(a, q, rng) if q < 1 else a
    return cut(a, S, rng)


def latent(a, m):
    name, net, f = nets[rng.choice(4, p=[0.6, 0.1, 0.12, 0.18])]
    z = enc(net, a)
    h, w = z.shape[2:]
    k = torch.from_numpy(
        (cv2.resize(m.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA) > 0.05).astype(
            np.float32
        )
    )[None, None]
    u = rng.random()
    if u < 0.45:  # another picture's latents
        d = photo(gen if rng.random() < 0.3 else idx)
        d = match(d, a, (m * 255).astype(np.uint8), rng) if rng.random() < 0.7 else d
        fill = enc(net, d)
    elif u < 0.75:  # the photo's own, moved
        fill = torch.roll(
            z, (int(rng.integers(h // 6, h // 2)), int(rng.integers(w // 6, w // 2))), (2, 3)
        )
    else:
        fill = z  # grown in from the edge
    if u >= 0.75 or rng.random() < 0.4:
        g = fill * 1.0
        smooth = z * (1 - k)
        n = 1 - k
        for _ in range(int(rng.integers(20, 60))):
            smooth = torch.nn.functional.avg_pool2d(smooth, 3, 1, 1)
            n = torch.nn.functional.avg_pool2d(n, 3, 1, 1)
            est = smooth / n.clamp(min=1e-6)
            smooth = z * (1 - k) + est * k * (n > 1e-6)
            n = (1 - k) + k * (n > 1e-6)
        t = 1.0 if u >= 0.75 else float(rng.uniform(0.3, 0.7))
        fill = g * (1 - t) + smooth * t
        fill = fill + torch.randn_like(z) * z.std(dim=(2, 3), keepdim=True) * float(
            rng.uniform(0.05, 0.6)
        )
    z = z * (1 - k) + fill * k
    y = DecodeOnly(net)(z)
    return (y[0].permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).byte().numpy(), "latent-" + Path(
        name
    ).stem


with open(BANK / f"pixels{OUT}.u8", "wb") as f, torch.inference_mode():
    for k in range(int(sys.argv[1])):
        a = photo()
        m = draw_mask(S, rng, 0.02) > 127
        if m.mean() > 0.5:
            continue
        try:
            if rng.random() < SHARE:
                b, n = latent(a, m)
            else:
                n = names[rng.choice(len(names), p=p)]
                if m.mean() > 0.4:
                    continue
                b = tools[n].inpaint([Hole(image=a, mask=m, rng=np.random.default_rng(k))])[0]
        except Exception as e:
            print(type(e).__name__, e, flush=True)
            continue
        t = filled(a, b, m, rng, 0.4)
        f.write(t.tobytes())
        meta.append([off, t.shape[0], t.shape[1], 3, "ours", n, 4])
        off += t.nbytes
        if k % 50 == 0:
            print(k, round(time.time() - t0), flush=True)
            f.flush()
            json.dump(meta, open(BANK / f"meta{OUT}.json.tmp", "w"))
            (BANK / f"meta{OUT}.json.tmp").replace(BANK / f"meta{OUT}.json")
json.dump(meta, open(BANK / f"meta{OUT}.json", "w"))
print("done", len(meta))
