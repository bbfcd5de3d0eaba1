"""Fit the judge on held-out sources, thresholds by carrier from scores out of fold, mask threshold; write the file; report cases.
finish.py WEIGHTS_IN OUT m0.jsonl,m1.jsonl e0.jsonl,e1.jsonl"""

import sys, json, hashlib, math
from pathlib import Path
from dataclasses import replace
import numpy as np, torch
from inpaintscan.weights import *
from inpaintscan.train.judge import fit_judge, JudgeSettings
from places import RUN
from inpaintscan.scan.measures import NAMES

torch.set_num_threads(2)


def auc(p, n):
    p, n = np.asarray(p), np.asarray(n)
    if not len(p) or not len(n):
        return float("nan")
    r = np.argsort(np.argsort(np.concatenate([p, n]), kind="stable"), kind="stable") + 1
    return (r[: len(p)].sum() - len(p) * (len(p) + 1) / 2) / len(p) / len(n)


E = {}
for f in sys.argv[4].split(","):
    for l in open(f):
        try:
            r = json.loads(l)
            E[r["file"]] = r["e"]
        except ValueError:
            pass
every = []
for f in sys.argv[3].split(","):
    for l in open(f):
        try:
            r = json.loads(l)
        except ValueError:
            continue
        if r["file"] in E:
            every.append(dict(r, m=r["m"] + E[r["file"]]))
rows = [r for r in every if not r["way"].startswith("cases")]
D = [r for r in every if r["way"].startswith("cases")]
M = np.array([r["m"] for r in rows], np.float32)
L = np.array([r["label"] for r in rows])
S = np.array([r["source"] for r in rows])
K = np.array(["photo" if r["kind"] == "photo" else "asset" for r in rows])
C = np.array([r["carrier"] for r in rows])
# twins and splices share their source with the photos they were made of; folds by source
fold = np.array([int(hashlib.md5(s.encode()).hexdigest(), 16) % 5 for s in S])
print(
    len(rows),
    {l: int((L == l).sum()) for l in set(L)},
    {c: int(((C == c) & (L == "clean")).sum()) for c in set(C)},
)
net, card = load_network(Path(sys.argv[1]))
sets = JudgeSettings(steps=500)
src = np.array(
    [
        f"{s} {r['kind'] if L[i] == 'clean' else r['method']}"
        for i, (s, r) in enumerate(zip(S, rows))
    ]
)
Z = np.zeros((len(rows), 2), np.float32)


def judge(m):
    with torch.no_grad():
        return net.judge(torch.from_numpy(m)).numpy()


for k in range(5):
    t = fold != k
    torch.manual_seed(0)
    fit_judge(net, M[t], L[t].tolist(), src[t].tolist(), sets)
    Z[~t] = judge(M[~t])


def show(tag, Z, L, K, S, C):
    cl = L == "clean"
    print(
        tag,
        "AUC inpainted",
        round(auc(Z[L == "inpainted", 0], Z[cl, 0]), 3),
        "generated",
        round(auc(Z[L == "generated", 1], Z[cl, 1]), 3),
        "vs photos",
        round(auc(Z[L == "generated", 1], Z[cl & (K == "photo"), 1]), 3),
        "vs assets",
        round(auc(Z[L == "generated", 1], Z[cl & (K == "asset"), 1]), 3),
    )
    for c in sorted(set(C)):
        i = C == c
        print(
            "  ",
            c,
            int(i.sum()),
            "inp",
            round(auc(Z[(L == "inpainted") & i, 0], Z[cl & i, 0]), 3),
            "gen",
            round(auc(Z[(L == "generated") & i, 1], Z[cl & i, 1]), 3),
        )


show("out of fold", Z, L, K, S, C)
torch.manual_seed(0)
fit_judge(net, M, L.tolist(), src.tolist(), sets)


# calibration: Platt, classes alike
def platt(z, y):
    w = np.where(y, 0.5 / y.sum(), 0.5 / (~y).sum())
    t = np.where(y, (y.sum() + 1) / (y.sum() + 2), 1 / ((~y).sum() + 2))
    th = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    z, w, t = (torch.tensor(a, dtype=torch.float64) for a in (z, w, t))
    o = torch.optim.LBFGS([th], max_iter=200)

    def f():
        o.zero_grad()
        l = (
            w
            * torch.nn.functional.binary_cross_entropy_with_logits(
                z * th[0] + th[1], t, reduction="none"
            )
        ).sum() + 1e-5 * th.square().sum()
        l.backward()
        return l

    o.step(f)
    return Calibration(round(float(th[0]), 6), round(float(th[1]), 6))


names = ("inpainted", "generated")
cl = L == "clean"
cal = {n: platt(Z[(L == n) | cl, j], (L == n)[(L == n) | cl]) for j, n in enumerate(names)}
P = np.stack(
    [1 / (1 + np.exp(-(cal[n].scale * Z[:, j] + cal[n].bias))) for j, n in enumerate(names)], 1
).round(4)
RATES = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


def limit(scores, rate):
    f = np.sort(scores)[::-1]
    a = math.floor(rate / 2 * len(f) + 1e-9)
    return float(f[min(a, len(f) - 1)])


def table(mask, j):
    out = []
    for r in RATES:
        groups = [
            g for g in (mask & cl & (K == "photo"), mask & cl & (K == "asset")) if g.sum() >= 100
        ] or [mask & cl]
        v = max(limit(P[g, j], r) for g in groups)
        above = P[P[:, j] > v, j]
        nxt = float(above.min()) if len(above) else 1.0
        out.append(Threshold(r, round(max((v + nxt) / 2, v + 1e-4), 6)))
    for k in range(1, len(out)):
        out[k] = Threshold(out[k].fpr, max(out[k].score, out[k - 1].score))
    return tuple(out)


allm = np.ones(len(rows), bool)
th = {n: table(allm, j) for j, n in enumerate(names)}
car = {
    c: {n: table(C == c, j) for j, n in enumerate(names)}
    for c in sorted(set(C))
    if ((C == c) & cl).sum() >= 120
}
for c, t in car.items():
    print(c, {n: (t[n][2].score, t[n][4].score) for n in names})


def verdicts(P, C):
    lim = np.array([[car.get(c, th)[n][4].score for n in names] for c in C])
    return P >= lim


V = verdicts(P, C)
print(
    "flagged out of fold: photos",
    V[cl & (K == "photo")].any(1).mean().round(4),
    "assets",
    V[cl & (K == "asset")].any(1).mean().round(4),
    "inpainted found",
    V[L == "inpainted"].any(1).mean().round(3),
    "generated found",
    V[L == "generated"].any(1).mean().round(3),
)
for s in sorted(set(src[L != "clean"])):
    i = (src == s) & (L != "clean")
    i.sum() >= 8 and print(
        "   ",
        s[:70],
        int(i.sum()),
        V[i].any(1).mean().round(2),
        "auc",
        round(
            auc(
                Z[i, 0 if L[i][0] == "inpainted" else 1], Z[cl, 0 if L[i][0] == "inpainted" else 1]
            ),
            3,
        ),
    )
# the map that is shown: what each look weighs in it, by mean F1 over held-out images with masks
from PIL import Image

lg = lambda g: np.log(np.clip(g, 1e-4, 1 - 1e-4) / (1 - np.clip(g, 1e-4, 1 - 1e-4)))
G = []
for r in every:
    k = r["file"].replace("/", "_") + ".npy"
    p1, p2 = RUN / "grid_new" / k, RUN / "grid_fills" / k
    if r.get("maskfile") and p1.exists() and p2.exists():
        try:
            g1, g2 = np.load(p1).astype(np.float32), np.load(p2).astype(np.float32)
        except Exception:
            continue
        m = (
            np.asarray(
                Image.open(r["maskfile"]).convert("L").resize((g1.shape[1], g1.shape[0]), Image.BOX)
            )
            > 127
        )
        if g1.shape == g2.shape and m.any():
            G.append((r, lg(g1), lg(g2), m))
held = [t for t in G if not t[0]["way"].startswith("cases")]
dev = [t for t in G if t[0]["way"].startswith("cases")]
T = np.linspace(-5, 5, 101)


def f1curve(z, m):
    h1 = np.histogram(z[m], np.append(T, 1e9))[0][::-1].cumsum()[::-1]
    h0 = np.histogram(z[~m], np.append(T, 1e9))[0][::-1].cumsum()[::-1]
    return 2 * h1 / np.maximum(1, h1 + h0 + m.sum())


best = None
groups = np.array([0 if t[0]["file"].split("/")[-1].startswith("s") else 1 for t in held])
print("mask files", len(held), "tools", int(groups.sum()))
for wa, wb in (
    (1, 0),
    (0, 1),
    (0.5, 0.5),
    (0.3, 0.7),
    (0.7, 0.3),
    (0.7, 0.7),
    (1, 0.5),
    (0.5, 1),
    (1, 1),
):
    C = np.array([f1curve(wa * a + wb * b, m) for _, a, b, m in held])
    c = 0.5 * C[groups == 0].mean(0) + 0.5 * C[groups == 1].mean(0)
    k = c.argmax()
    kk = max(i for i in range(len(T)) if c[i] >= c[k] - 0.01)
    print(
        "mix",
        wa,
        wb,
        "F1",
        c[k].round(3),
        "at",
        T[k],
        "taken",
        T[kk],
        "splices",
        C[groups == 0].mean(0)[kk].round(3),
        "tools",
        C[groups == 1].mean(0)[kk].round(3),
    )
    if best is None or c[k] > best[0]:
        best = (c[k], wa, wb, T[kk], float(c[kk]))
_, wa, wb, tk, f1taken = best
net.mix.copy_(torch.tensor([wa, wb, -tk]))
mt = 0.5
for x in sorted({t[0]["method"] for t in dev}):
    print(
        "   cases",
        x,
        np.mean(
            [
                f1curve(wa * a + wb * b, m)[list(T).index(tk)]
                for r, a, b, m in dev
                if r["method"] == x
            ]
        ).round(3),
    )
if dev:
    print(
        "   cases F1",
        np.mean([f1curve(wa * a + wb * b, m)[list(T).index(tk)] for r, a, b, m in dev]).round(3),
        "elder alone best",
        np.array([f1curve(b, m) for r, a, b, m in dev]).mean(0).max().round(3),
    )
train = json.load(open(RUN / "card.json"))
cl0 = L == "clean"
train["validation"] = {
    "f1": f1taken,
    "auc_inpainted": float(auc(Z[L == "inpainted", 0], Z[cl0, 0])),
    "auc_generated": float(auc(Z[L == "generated", 1], Z[cl0, 1])),
}
train["calibration"] = {"clean": int(cl0.sum()), "manipulated": int((~cl0).sum())}
card = replace(
    card,
    name="inpaintscan",
    calibration=cal,
    thresholds=th,
    carrier_thresholds=car,
    mask_threshold=mt,
    training=train,
    tool_version="0.2.0",
)
write_weights(Path(sys.argv[2]), net.eval(), card, half=True)
m = np.array([r["m"] for r in D], np.float32)
z = judge(m)
p = np.stack(
    [1 / (1 + np.exp(-(cal[n].scale * z[:, j] + cal[n].bias))) for j, n in enumerate(names)], 1
)
dl = np.array([r["label"] for r in D])
me = np.array([r["method"] for r in D])
v = verdicts(p, np.array([r["carrier"] for r in D])).any(1)
sc = p.max(1)
way = np.array([r["way"] for r in D])
for w in sorted(set(way)):
    q = way == w
    i, c, g = (dl == "inpainted") & q, (dl == "clean") & q, (dl == "generated") & q
    print(
        w,
        "fills AUC",
        auc(z[i, 0], z[c, 0]).round(3),
        "score",
        auc(sc[i], sc[c]).round(3),
        "found",
        v[i].mean().round(3),
        "originals flagged",
        int(v[c].sum()),
        "| generated AUC",
        auc(z[g, 1], z[c, 1]),
        "found",
        v[g].mean() if g.any() else "",
    )
    for x in sorted(set(me[i])):
        k = i & (me == x)
        print("     ", x, int(k.sum()), auc(z[k, 0], z[c, 0]).round(3), v[k].mean().round(2))
