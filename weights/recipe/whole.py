"""Fine-tune the whole look on pictures reduced to 224 px: generated against everything else (photo, asset)."""

import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from places import BANK, LITE0, RUN
from safetensors.torch import save_file

from inpaintscan.nets.detectors.lite import EfficientNetLite0

torch.manual_seed(0)
torch.set_num_threads(1)
rng = np.random.default_rng(0)
SECONDS = float(sys.argv[1])
OUT = str(RUN) + "/"
sd = torch.load(LITE0, map_location="cpu", weights_only=True)
net = EfficientNetLite0()
vals = [v for k, v in sd.items() if not k.startswith("_fc")]
own = net.state_dict()
assert len(own) == len(vals), (len(own), len(vals))
assert all(a.shape == b.shape for a, b in zip(own.values(), vals))
net.load_state_dict(dict(zip(own, vals)))
# sanity: its own classifier says something confident on photos
views = np.memmap(BANK / "views.u8", np.uint8, "r").reshape(-1, 224, 224, 3)
meta = json.load(open(BANK / "views.json"))
net.eval()
with torch.inference_mode():
    i = [k for k, m in enumerate(meta) if m[1] == "photos/imagenet_samples"][:64:2]
    x = torch.from_numpy(views[i]).permute(0, 3, 1, 2).float() / 255
    p = (net(x) @ sd["_fc.weight"].T + sd["_fc.bias"]).softmax(1)
    print(
        "imagenet classifier: mean top probability",
        float(p.max(1).values.mean()),
        p.argmax(1).tolist(),
        flush=True,
    )
cls = np.array([m[0] for m in meta])
names = np.array([m[1] if m[0] != 2 else m[1] + "/" + m[2] for m in meta])
# sources weigh n^0.5 within a class; classes 0.4 photo, 0.2 asset, 0.4 generated
w = np.zeros(len(meta))
for c, share in ((0, 0.42), (1, 0.16), (2, 0.42)):
    n, inv, cnt = np.unique(names[cls == c], return_inverse=True, return_counts=True)
    q = cnt[inv] ** -0.5
    w[cls == c] = share * q / q.sum()
w /= w.sum()
head = torch.nn.Linear(1280, 2)
torch.nn.init.zeros_(head.weight)
torch.nn.init.zeros_(head.bias)  # generated, asset
for m in (net.stem, *net.blocks[:5]):
    for p in m.parameters():
        p.requires_grad_(False)
params = [p for p in net.parameters() if p.requires_grad]
opt = torch.optim.AdamW(
    [
        {"params": params, "lr": 3e-4, "weight_decay": 0.02},
        {"params": head.parameters(), "lr": 3e-3, "weight_decay": 0.02},
    ]
)
for g in opt.param_groups:
    g["base"] = g["lr"]
ema = None
step = 0
t0 = time.time()
acc = np.zeros(3)
last = t0
B = 32


def save():
    save_file(
        {
            **{
                "net." + k: v.clone().contiguous() for k, v in ema.items() if not k.startswith("h.")
            },
            **{"head." + k[2:]: v.clone() for k, v in ema.items() if k.startswith("h.")},
        },
        OUT + "whole.tmp",
    )
    os.replace(OUT + "whole.tmp", OUT + "whole.safetensors")


while time.time() - t0 < SECONDS:
    net.train()
    for m in (net.stem, *net.blocks[:5]):
        m.eval()
    k = rng.choice(len(meta), B, p=w)
    a = views[np.sort(k)].copy()
    k = np.sort(k)
    f = rng.random(B) < 0.5
    a[f] = a[f][:, :, ::-1]
    x = torch.from_numpy(a).permute(0, 3, 1, 2).float() / 255
    g = torch.from_numpy(
        1
        + 0.15
        * rng.standard_normal((B, 1, 1, 1)).astype(np.float32)
        * (rng.random((B, 1, 1, 1)) < 0.5)
    )
    o = torch.from_numpy((0.06 * rng.standard_normal((B, 1, 1, 1))).astype(np.float32))
    x = (x * g + o).clamp(0, 1)
    gray = rng.random(B) < 0.08
    x[gray] = x[gray].mean(1, keepdim=True)
    if rng.random() < 0.8:  # random crop and scale
        s = int(rng.choice([160, 192]))
        yy, xx = rng.integers(0, 224 - s + 1, 2)
        x = x[:, :, yy : yy + s, xx : xx + s]
        if s == 160 or rng.random() < 0.3:
            x = F.interpolate(x, size=(192, 192), mode="bilinear", antialias=True)
    y = torch.from_numpy(np.stack([cls[k] == 2, cls[k] == 1], 1).astype(np.float32))
    fr = (time.time() - t0) / SECONDS
    c = min(1, (step + 1) / 50) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * fr)))
    for gr in opt.param_groups:
        gr["lr"] = gr["base"] * c
    z = head(F.dropout(net(x.contiguous(memory_format=torch.channels_last)), 0.3))
    loss = F.binary_cross_entropy_with_logits(z, y * 0.96 + 0.02)
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(params, 2.0)
    opt.step()
    step += 1
    cur = {**net.state_dict(), **{"h." + n: v for n, v in head.state_dict().items()}}
    if ema is None:
        ema = {n: v.clone() for n, v in cur.items()}
    d = min(0.995, (1 + step) / (10 + step))
    with torch.no_grad():
        for n, v in cur.items():
            if v.is_floating_point():
                ema[n].lerp_(v, 1 - d)
            else:
                ema[n].copy_(v)
    acc += [float(loss.detach()), float(((z[:, 0] > 0) == (y[:, 0] > 0.5)).float().mean()), 1]
    if step % 25 == 0:
        print(
            step,
            round(time.time() - t0),
            f"{acc[0] / acc[2]:.3f} {acc[1] / acc[2]:.3f} {25 * B / (time.time() - last):.1f} img/s",
            flush=True,
        )
        acc[:] = 0
        last = time.time()
    if step % 100 == 0:
        save()
save()
print("done", step)
