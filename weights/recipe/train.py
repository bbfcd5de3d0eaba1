"""Train a native look from the bank: the traces from scratch, or content from ImageNet weights with what TRACES finds as hints. Constant rate; once OUT/decay holds a number of seconds, the rate falls to nothing in that time and the run ends. Checkpoint every few minutes; --resume."""

import argparse, json, os, sys, time, math
from places import LITE0, RUN
import numpy as np, torch
from torch import nn
import torch.nn.functional as F

ap = argparse.ArgumentParser()
ap.add_argument("--out", default=str(RUN))
ap.add_argument("--seconds", type=float, default=1e9)
ap.add_argument("--lr", type=float, default=2e-3)
ap.add_argument("--final", type=float, default=0.02)
ap.add_argument("--size", type=int, default=192)
ap.add_argument("--batch", type=int, default=12)
ap.add_argument("--e0", type=float, default=600)
ap.add_argument("--e1", type=float, default=2500)
ap.add_argument("--r0", type=float, default=700)
ap.add_argument("--r1", type=float, default=2200)
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--resume", action="store_true")
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--init", default="")
ap.add_argument("--traces", default="")
ap.add_argument("--warm", type=int, default=100)
ap.add_argument("--floor", type=float, default=0.0)
a = ap.parse_args()
from inpaintscan.nets.detectors.tracenet import TraceNet
from inpaintscan.nets.detectors.lite_fpn import LiteFpn
from inpaintscan.nets.detectors.lite import EfficientNetLite0
from sampler import Sampler, Bank
import cv2

cv2.setNumThreads(1)
from safetensors.torch import save_file, load_file

torch.set_num_threads(a.threads)
torch.manual_seed(a.seed)


def ramp(i, since, until):
    return min(1.0, max(0.0, (i / a.batch - since) / (until - since)))


def shares(i):
    """Assets, whole generated, rebuilt, real and our fills; the rest are splices and the photo's own pixels. The easy ones first."""
    r = ramp(i, a.r0, a.r1)
    if a.traces:
        return (0.10, 0.22, 0.14, 0.30)
    return (0.02 + 0.03 * r, 0.03 + 0.08 * r, 0.08 + 0.04 * r, 0.06 + 0.26 * r)


class DS(torch.utils.data.Dataset):
    """One crop of a pair: the manipulated one, or in three to four of ten the clean one."""

    def __init__(s):
        s.sam = Sampler(
            a.size,
            a.seed,
            rebuilt=Bank("_rebuilt2"),
            fills=[Bank("_fills"), Bank("_fills2"), Bank("_fills3"), Bank("_fills4")],
            ease=lambda i: 1.0 - (1 - a.floor) * ramp(i, a.e0, a.e1),
            shares=shares,
            gentle=lambda i: 0.8 * (1 - ramp(i, 3200, 5500)),
        )

    def __len__(s):
        return 10**9

    def __getitem__(s, i):
        j, tries = i, 0
        while True:
            try:
                b = s.sam[j]
            except Exception as e:
                print("sample", j, type(e).__name__, e, file=sys.stderr, flush=True)
                j += 10**8
                continue
            k = int(b["kind"][0])
            t = b["target"][1]
            tries += 1
            if tries < 9 and k not in (0, 1, 12):
                w = cv2.resize((t > 0.5).astype(np.uint8), (a.size, a.size), interpolation=0) > 0
                d = np.abs(b["images"][1][w].astype(np.int16) - b["images"][0][w])
                if b["score"][1].any() and (not w.any() or d.mean() < 0.5):
                    j += 10**8
                    continue  # nothing to see
            halves = (0, 1, 12) if a.traces else (0,)
            p = int(np.random.default_rng([5, j]).random() < (0.5 if k in halves else 0.75))
            return {
                q: torch.from_numpy(np.ascontiguousarray(b[q][p]))
                for q in ("images", "target", "synth", "score")
            }


def imagenet(net):
    """Put EfficientNet-Lite0's ImageNet weights into the stages of a LiteFpn."""
    full = EfficientNetLite0()
    sd = torch.load(LITE0, map_location="cpu", weights_only=True)
    full.load_state_dict(
        dict(zip(full.state_dict(), [v for k, v in sd.items() if not k.startswith("_fc")]))
    )
    net.stem.load_state_dict(full.stem.state_dict())
    blocks = list(full.blocks)
    for stage, first, last in (
        (net.stage_half, 0, 1),
        (net.stage_quarter, 1, 3),
        (net.stage_eighth, 3, 5),
        (net.stage_deep, 5, 11),
    ):
        stage.load_state_dict(torch.nn.Sequential(*blocks[first:last]).state_dict())


if a.traces:
    traces = TraceNet()
    traces.load_state_dict(load_file(a.traces))
    traces.eval().fuse().requires_grad_(False).to(memory_format=torch.channels_last)
    net = LiteFpn()
    if not a.resume and not a.init:
        imagenet(net)
else:
    net = TraceNet()
net = net.to(memory_format=torch.channels_last)
step, used, ema = 0, 0.0, None
PRETRAINED = (
    ("stem", "stage_half", "stage_quarter", "stage_eighth", "stage_deep") if a.traces else ()
)
groups = [
    {
        "params": [
            p
            for n, p in net.named_parameters()
            if (n.split(".")[0] in PRETRAINED) == old and (p.ndim <= 1) == flat
        ],
        "weight_decay": 0.0 if flat else 0.02,
        "share": 0.4 if old else 1.0,
    }
    for old in (True, False)
    for flat in (True, False)
]
opt = torch.optim.AdamW([g for g in groups if g["params"]], lr=a.lr, betas=(0.9, 0.98))
ck = a.out + "/checkpoint.safetensors"
if a.init:
    net.load_state_dict(load_file(a.init))
if a.resume and os.path.exists(ck):
    t = load_file(ck)
    net.load_state_dict({k[4:]: v for k, v in t.items() if k.startswith("net/")})
    ema = {k[4:]: v for k, v in t.items() if k.startswith("ema/")}
    st = json.load(open(a.out + "/state.json"))
    step, used = st["step"], st["used"]
    ps = [p for g in opt.param_groups for p in g["params"]]
    for i, p in enumerate(ps):
        if f"m/{i}" in t:
            opt.state[p] = {
                "step": torch.tensor(float(step)),
                "exp_avg": t[f"m/{i}"],
                "exp_avg_sq": t[f"v/{i}"],
            }
if ema is None:
    ema = {k: v.clone() for k, v in net.state_dict().items()}


def save():
    t = {"net/" + k: v.contiguous() for k, v in net.state_dict().items()}
    t |= {"ema/" + k: v.contiguous() for k, v in ema.items()}
    for i, p in enumerate([p for g in opt.param_groups for p in g["params"]]):
        if p in opt.state:
            t[f"m/{i}"] = opt.state[p]["exp_avg"].contiguous()
            t[f"v/{i}"] = opt.state[p]["exp_avg_sq"].contiguous()
    save_file({k: v.clone() for k, v in t.items()}, ck + ".tmp")
    os.replace(ck + ".tmp", ck)
    save_file({k: v.contiguous().clone() for k, v in ema.items()}, a.out + "/ema.tmp")
    os.replace(a.out + "/ema.tmp", a.out + "/ema.safetensors")
    json.dump({"step": step, "used": used, "size": a.size}, open(a.out + "/state.json", "w"))


def losses(p, b):
    lg = p.map_logits.float()
    t, sy, sc = (b[k] for k in ("target", "synth", "score"))

    def bce(l, y):
        w = (y >= 0).float()
        y = y.clamp(0, 1)
        return (
            F.binary_cross_entropy_with_logits(l, y, reduction="none") * w
        ).sum() / w.sum().clamp(min=1)

    lm, ls = bce(lg[:, 0], t), bce(lg[:, 1], sy) if lg.shape[1] > 1 else lg.new_zeros(())
    pr, y, w = lg[:, 0].sigmoid(), t.clamp(0, 1), (t >= 0).float()
    pr, y = pr * w, y * w
    pos = (y.sum((1, 2)) > 0).float()
    dice = 1 - (2 * (pr * y).sum((1, 2)) + 8) / (pr.sum((1, 2)) + y.sum((1, 2)) + 8)
    ld = (dice * pos).sum() / pos.sum().clamp(min=1)
    lc = F.binary_cross_entropy_with_logits(p.score_logits.float(), sc)
    return lm + 0.4 * ls + 0.5 * ld + (0.6 if a.traces else 0.3) * lc, (lm, ls, ld, lc)


import signal

stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))


def main():
    global step, used
    loader = iter(
        torch.utils.data.DataLoader(
            DS(),
            batch_sampler=[
                list(range(k * a.batch, (k + 1) * a.batch)) for k in range(step, step + 200000)
            ],
            num_workers=1,
            prefetch_factor=6,
        )
    )
    net.train()
    t0 = time.time()
    last = t0
    lastsave = t0
    acc = np.zeros(5)
    wait = 0.0
    n = 0
    base = used
    ending = None
    reb = 1
    print("start", step, used, "rebuilt", reb, flush=True)
    while True:
        now = time.time()
        used = base + now - t0
        if used >= a.seconds or stop:
            break
        tw = time.time()
        b = next(loader)
        wait += time.time() - tw
        if ending is None and n % 10 == 0 and os.path.exists(a.out + "/decay"):
            save()
            os.system(
                f"cp {ck} {a.out}/before_decay.safetensors; cp {a.out}/state.json {a.out}/before_decay.json"
            )
            ending = (used, float(open(a.out + "/decay").read()))
            print("decay", ending, flush=True)
        fr = 0.0 if ending is None else (used - ending[0]) / ending[1]
        if fr >= 1:
            break
        lr = a.lr * min(1, (n + 1) / a.warm) * max(a.final, 1 - fr)
        for g in opt.param_groups:
            g["lr"] = lr * g["share"]
        x = b["images"].permute(0, 3, 1, 2).float().div_(255)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            hints = (traces(x).map_logits,) if a.traces else ()
        loss, parts = losses(net(x, *hints), b)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        d = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for k, v in net.state_dict().items():
                if v.is_floating_point():
                    ema[k].lerp_(v, 1 - d)
                else:
                    ema[k].copy_(v)
        step += 1
        n += 1
        acc += [loss.detach().item(), *(float(p.detach()) for p in parts)]
        if n % 50 == 0:
            dt = time.time() - last
            print(
                step,
                round(used),
                f"lr {lr:.2e}",
                " ".join(f"{v:.3f}" for v in acc / 50),
                f"{50 * a.batch * a.size**2 / dt / 1e6:.3f} MP/s wait {wait / dt:.2f}",
                flush=True,
            )
            last = time.time()
            acc[:] = 0
            wait = 0.0
        if time.time() - lastsave > 300:
            save()
            lastsave = time.time()
    save()
    print("done", step, flush=True)


main()
