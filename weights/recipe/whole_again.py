"""The whole look goes on: reduced pictures of any aspect and native crops through one EfficientNet-Lite0; generated against everything else (photo, asset).
whole_again.py SECONDS FROM OUT [--resume] [--quizzes]: with --quizzes (rounds 11 and 12) quizzes and their real twins are likelier, and native crops are frames rebuilt by autoencoders, or their photos, in one of six."""

import sys, json, time, math, os
from places import BANK
import numpy as np, torch, torch.nn.functional as F, cv2

cv2.setNumThreads(1)
from inpaintscan.nets.detectors.lite import EfficientNetLite0
from safetensors.torch import save_file, load_file
from sampler import Bank, Sampler, chain, cut, scale

torch.manual_seed(1)
torch.set_num_threads(2)
SECONDS = float(sys.argv[1])
FROM, OUT = sys.argv[2], sys.argv[3]
QUIZZES = "--quizzes" in sys.argv
B, S = 32, 192
views = np.memmap(BANK / "views.u8", np.uint8, "r").reshape(-1, 224, 224, 3)
meta = json.load(open(BANK / "views.json"))
cls = np.array([m[0] for m in meta])
names = np.array([m[1] if m[0] != 2 else m[1] + "/" + m[2] for m in meta])
w = np.zeros(len(meta))
for c, share in ((0, 0.40), (1, 0.18), (2, 0.42)):
    n, inv, cnt = np.unique(names[cls == c], return_inverse=True, return_counts=True)
    portrait, quiz = (
        np.char.startswith(names[cls == c].astype(str), f) for f in ("portraits/", "quiz")
    )
    q = cnt[inv] ** -0.5 * np.where(portrait, 2.0 if QUIZZES else 3.0, 1.0)
    q *= np.where(quiz, (1.5 if c == 2 else 3.0) if QUIZZES else 0.0, 1.0)
    w[cls == c] = share * q / q.sum()
w /= w.sum()
cdf = np.cumsum(w)


class DS(torch.utils.data.Dataset):
    def __init__(s):
        s.sam = Sampler(S, 5)
        if QUIZZES:
            s.twins = Sampler(S, 5)
            kept = [j for j, (name, _) in enumerate(s.twins.by[0]) if name.startswith("quiz")]
            s.twins.by[0] = [s.twins.by[0][j] for j in kept]
            s.twins.p[0] = s.twins.p[0][kept] / s.twins.p[0][kept].sum()
            s.rebuilt = [Bank("_rebuilt2"), Bank("_rebuilt3")]

    def rebuilt_or_photo(s, rng):
        """A crop of a frame that an autoencoder rebuilt, or of the photo that it was; and its class."""
        sizes = [len(bank.meta) for bank in s.rebuilt]
        k = int(rng.integers(sum(sizes)))
        pair = s.rebuilt[0].get(k) if k < sizes[0] else s.rebuilt[1].get(k - sizes[0])
        n, c = pair.shape[0] // 2, 2 if rng.random() < 0.5 else 0
        a = np.ascontiguousarray(pair[n:] if c == 2 else pair[:n])
        if rng.random() < 0.3:
            a = scale(a, max(rng.uniform(0.6, 1.2), S / n), rng)
        return cut(a, S, rng), c

    def __len__(s):
        return 10**9

    def __getitem__(s, i):
        rng = np.random.default_rng([77, i])
        if i % 2:
            k = min(int(np.searchsorted(cdf, rng.random())), len(meta) - 1)
            a = np.array(views[k])
            c = int(cls[k])
            area = rng.uniform(0.45, 1) * 224 * 224
            r = math.exp(rng.uniform(-0.45, 0.45))
            h, ww = (int(min(224, max(96, v))) for v in (math.sqrt(area * r), math.sqrt(area / r)))
            y, x = int(rng.integers(224 - h + 1)), int(rng.integers(224 - ww + 1))
            a = cv2.resize(
                np.ascontiguousarray(a[y : y + h, x : x + ww]),
                (S, S),
                interpolation=cv2.INTER_LINEAR,
            )
            if rng.random() < 0.15:
                a = cv2.GaussianBlur(a, (0, 0), rng.uniform(0.4, 1.2))
        else:
            c = int(rng.choice(3, p=[0.40, 0.18, 0.42]))
            for _ in range(5):
                try:
                    if QUIZZES and rng.random() < 0.16:
                        a, c = s.rebuilt_or_photo(rng)
                    elif c == 2:
                        g = s.sam.pick(2, rng)
                        f = 1.0 if rng.random() < 0.6 else rng.uniform(0.5, 1.3)
                        if f != 1.0:
                            g = cut(g, max(24, round(S / f) + 2), rng)
                            g = scale(g, max(f, S / g.shape[0]), rng)
                        a = cut(g, S, rng)
                    else:
                        twin = QUIZZES and c == 0 and rng.random() < 0.2
                        a = (s.twins if twin else s.sam).host(S, rng, c)
                    a = chain(rng, 0.1)(a)
                    break
                except Exception as e:
                    print(e, file=sys.stderr)
            if a.shape[0] != S:
                a = (
                    cut(a, S, rng)
                    if a.shape[0] > S
                    else cv2.copyMakeBorder(
                        a, 0, S - a.shape[0], 0, S - a.shape[1], cv2.BORDER_REFLECT
                    )
                )
        if rng.random() < 0.5:
            a = a[:, ::-1]
        a = a.astype(np.float32) / 255
        if rng.random() < 0.5:
            a = a * (1 + 0.2 * rng.standard_normal()) + 0.08 * rng.standard_normal()
        if rng.random() < 0.3:
            a = a * (1 + 0.1 * rng.standard_normal(3)).astype(np.float32)
        if rng.random() < 0.1:
            a = np.repeat(a.mean(2, keepdims=True), 3, 2)
        if rng.random() < 0.25:
            e = int(rng.integers(24, 80))
            y, x = rng.integers(0, S - e, 2)
            a = a.copy()
            a[y : y + e, x : x + e] = a.mean()
        return torch.from_numpy(
            np.ascontiguousarray(np.clip(a, 0, 1).transpose(2, 0, 1), dtype=np.float32)
        ), torch.tensor([c == 2, c == 1], dtype=torch.float32)


if __name__ == "__main__":
    net = EfficientNetLite0()
    head = torch.nn.Linear(1280, 2)
    step, used = 0, 0.0
    t = load_file(FROM)
    if "--resume" in sys.argv:
        t = load_file(OUT)
        step, used = json.load(open(OUT + ".json"))
    net.load_state_dict({k[4:]: v for k, v in t.items() if k.startswith("net.")})
    head.load_state_dict({k[5:]: v for k, v in t.items() if k.startswith("head.")})
    net.to(memory_format=torch.channels_last)
    frozen = (net.stem, *net.blocks[:2])
    for m in frozen:
        for p in m.parameters():
            p.requires_grad_(False)
    params = [p for p in net.parameters() if p.requires_grad]
    opt = torch.optim.AdamW(
        [
            {"params": params, "lr": 3e-4, "weight_decay": 0.05},
            {"params": head.parameters(), "lr": 1e-3, "weight_decay": 0.05},
        ],
        betas=(0.9, 0.99),
    )
    for g in opt.param_groups:
        g["base"] = g["lr"]
    ema = None
    acc = np.zeros(4)
    t0 = time.time()
    last = t0
    loader = iter(
        torch.utils.data.DataLoader(
            DS(),
            batch_sampler=[list(range(k * B, (k + 1) * B)) for k in range(step, step + 100000)],
            num_workers=1,
            prefetch_factor=4,
        )
    )

    def save():
        save_file(
            {
                **{
                    "net." + k: v.clone().contiguous()
                    for k, v in ema.items()
                    if not k.startswith("h.")
                },
                **{"head." + k[2:]: v.clone() for k, v in ema.items() if k.startswith("h.")},
            },
            OUT + ".tmp",
        )
        os.replace(OUT + ".tmp", OUT)
        json.dump([step, used], open(OUT + ".json", "w"))

    n = 0
    base = used
    while True:
        used = base + time.time() - t0
        if used > SECONDS:
            break
        net.train()
        [m.eval() for m in frozen]
        x, y = next(loader)
        c = min(1, (n + 1) / 50) * max(0.02, 0.5 * (1 + math.cos(math.pi * used / SECONDS)))
        for g in opt.param_groups:
            g["lr"] = g["base"] * c
        z = head(F.dropout(net(x.contiguous(memory_format=torch.channels_last)), 0.4))
        loss = F.binary_cross_entropy_with_logits(z, y * 0.94 + 0.03)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 2.0)
        opt.step()
        step += 1
        n += 1
        cur = {**net.state_dict(), **{"h." + k: v for k, v in head.state_dict().items()}}
        if ema is None:
            ema = {k: v.clone() for k, v in cur.items()}
        d = min(0.995, (1 + step) / (10 + step))
        with torch.no_grad():
            for k, v in cur.items():
                if v.is_floating_point():
                    ema[k].lerp_(v, 1 - d)
                else:
                    ema[k].copy_(v)
        ok = ((z[:, 0] > 0) == (y[:, 0] > 0.5)).float()
        acc += [float(loss.detach()), float(ok[1::2].mean()), float(ok[::2].mean()), 1]
        if n % 25 == 0:
            print(
                step,
                round(used),
                f"loss {acc[0] / acc[3]:.3f} reduced {acc[1] / acc[3]:.3f} native {acc[2] / acc[3]:.3f} {25 * B / (time.time() - last):.1f} img/s",
                flush=True,
            )
            acc[:] = 0
            last = time.time()
        if n % 100 == 0:
            save()
    save()
    print("done", step)
