"""Fills of windows of the bank by the shipped inpainters: (fill, photo, mask) on top of each other. own_fills.py COUNT"""

import sys, json, time
from places import BANK
import numpy as np, torch

from inpaintscan.gen_data.inpainters import load_inpainter, Hole
from inpaintscan.gen_data.settings import Choice, Settings
from sampler import Bank, cut, scale, draw_mask, filled

torch.set_num_threads(1)
S = 320
names = ("gated", "partial", "fourier", "patchmatch", "fsr", "shiftmap")
p = np.array([0.27, 0.2, 0.27, 0.16, 0.05, 0.05])
tools = {}
for n in names:
    try:
        tools[n] = load_inpainter(Choice(n), Settings(methods=(Choice(n),)))
    except Exception as e:
        print(n, e)
names = tuple(n for n in names if n in tools)
p = p[: len(names)]
p /= p.sum()
bank = Bank()
idx = [i for i, m in enumerate(bank.meta) if m[3] == 0 and min(m[1], m[2]) >= S]
rng = np.random.default_rng(9)
meta = []
off = 0
t0 = time.time()
with open(BANK / "pixels_fills.u8", "wb") as f, torch.inference_mode():
    for k in range(int(sys.argv[1])):
        n = names[rng.choice(len(names), p=p)]
        a = bank.get(idx[int(rng.integers(len(idx)))])
        if rng.random() < 0.5:
            q = max(rng.uniform(0.5, 1), S / min(a.shape[:2]))
            a = scale(a, q, rng) if q < 1 else a
        a = cut(a, S, rng)
        m = draw_mask(S, rng, 0.02) > 127
        if m.mean() > 0.4:
            continue
        try:
            b = tools[n].inpaint([Hole(image=a, mask=m, rng=np.random.default_rng(k))])[0]
        except Exception as e:
            print(n, type(e).__name__, e, flush=True)
            continue
        t = filled(a, b, m, rng, 0.4)
        f.write(t.tobytes())
        meta.append([off, t.shape[0], t.shape[1], 3, "ours", n, 4])
        off += t.nbytes
        if k % 50 == 0:
            print(k, round(time.time() - t0), flush=True)
json.dump(meta, open(BANK / "meta_fills.json", "w"))
print("done", len(meta))
