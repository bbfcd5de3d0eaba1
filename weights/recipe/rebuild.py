"""Round trips through autoencoders for windows of the bank: pairs (photo, rebuilt), photo on top."""

import sys, json, time
from places import BANK, VAE
import numpy as np, torch

from pathlib import Path
from inpaintscan.gen_data.inpainters.vae import load_autoencoder
from inpaintscan.gen_data.inpainters.networks import DecodeOnly
from sampler import Bank, cut, scale

torch.set_num_threads(1)
count = int(sys.argv[1])
S = 288
bank = Bank()
idx = [i for i, m in enumerate(bank.meta) if m[3] == 0 and min(m[1], m[2]) >= S]
nets = [
    (n, load_autoencoder(n).eval())
    for n in (str(VAE), "autoencoder-f2", "autoencoder-f4", "autoencoder-f8")
]
rng = np.random.default_rng(55)
meta = []
off = 0
t0 = time.time()
with open(BANK / "pixels_rebuilt.u8", "wb") as f, torch.inference_mode():
    for k in range(count):
        name, net = nets[rng.choice(4, p=[0.7, 0.08, 0.1, 0.12])]
        a = bank.get(idx[int(rng.integers(len(idx)))])
        if rng.random() < 0.3:
            q = rng.uniform(0.5, 1)
            q = max(q, S / min(a.shape[:2]))
            a = scale(a, q, rng) if q < 1 else a
        a = cut(a, S, rng)
        x = torch.from_numpy(a.copy()).permute(2, 0, 1)[None].float() / 255
        z = net.encode(x)
        z = z[0] if isinstance(z, tuple) else z
        if rng.random() < 0.4:
            z = z + torch.randn_like(z) * z.std() * float(rng.uniform(0.01, 0.1))
        y = DecodeOnly(net)(z)
        r = (y[0].permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).byte().numpy()
        p = np.concatenate([a, r], 0)
        f.write(p.tobytes())
        meta.append([off, p.shape[0], p.shape[1], 0, "r", Path(name).stem, 0])
        off += p.nbytes
        if k % 50 == 0:
            print(k, round(time.time() - t0), flush=True)
            f.flush()
            json.dump(meta, open(BANK / "meta_rebuilt.part", "w"))
import os

json.dump(meta, open(BANK / "meta_rebuilt.json", "w"))
print("done")
