"""Fit the judge on held-out sources, thresholds by carrier from scores out of fold, mask threshold; write the file; report devtest.
finish.py WEIGHTS_IN OUT held1.jsonl,held2.jsonl devtest.jsonl"""

import hashlib
import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from places import RUN

from inpaintscan.train.judge import JudgeSettings, fit_judge
from inpaintscan.weights import *

torch.set_num_threads(2)


def auc(p, n):
    p, n = np.asarray(p), np.asarray(n)
    if not len(p) or not len(n):
        return float("nan")
    r = np.argsort(np.argsort(np.concatenate([p, n]), kind="stable"), kind="stable") + 1
    return (r[: len(p)].sum() - len(p) * (len(p) + 1) / 2) / len(p) / len(n)


rows = [json.loads(l) for f in sys.argv[3].split(",") for l in open(f)]
M = np.array([r["m"] for r in rows], np.float32)
L = np.array([r["label"] for r in rows])
S = np.array([r["source"] for r in rows])
K = np.array(["photo" if r["kind"] == "photo" else "asset" for r in rows])
C = np.array([r["carrier"] for r in rows])
# twins and splices share their source with the photos they were made of; folds by source
fold = np.array([int(hashlib.md5(s.encode()).hexdigest(), 16) % 5 for s in S])
print(
    len(rows),
    {l: int((l == L).sum()) for l in set(L)},
    {c: int(((c == C) & (L == "clean")).sum()) for c in set(C)},
)
net, card = load_network(Path(sys.argv[1]))
sets = JudgeSettings()
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
        i = c == C
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
cal = {n: platt(Z[(n == L) | cl, j], (n == L)[(n == L) | cl]) for j, n in enumerate(names)}
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
    c: {n: table(c == C, j) for j, n in enumerate(names)}
    for c in sorted(set(C))
    if ((c == C) & cl).sum() >= 120
}
for c, t in car.items():
    print(c, {n: (t[n][2].score, t[n][4].score) for n in names})


def verdicts(P, C):
    lim = np.array([[car.get(c, th)[n][4].score for n in names] for c in C])
    return lim <= P


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
# mask threshold: best mean F1 over inpainted images; the highest within 0.01 of it
H = [
    (np.array(r["hist_in"])[::-1].cumsum()[::-1], np.array(r["hist_out"])[::-1].cumsum()[::-1])
    for r in rows
    if "hist_in" in r
]


def f1s(H):
    return np.array([2 * i / np.maximum(1, i + i[0] + o) for i, o in H])


F = f1s(H).mean(0)
best = F.max()
kt = max(k for k in range(50) if F[k] >= best - 0.01)
mt = round(kt / 50, 2)
print(
    "mask threshold",
    mt,
    "F1",
    F[kt].round(3),
    "best",
    best.round(3),
    "at 0.5",
    F[25].round(3),
    "floor",
    np.mean([2 * i[0] / (2 * i[0] + o[0]) for i, o in H]).round(3),
)
train = json.load(open(RUN / "card.json"))
cl0 = L == "clean"
train["validation"] = {
    "f1": float(F[kt]),
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
if len(sys.argv) > 4:
    D = [json.loads(l) for l in open(sys.argv[4])]
    m = np.array([r["m"] for r in D], np.float32)
    z = judge(m)
    p = np.stack(
        [1 / (1 + np.exp(-(cal[n].scale * z[:, j] + cal[n].bias))) for j, n in enumerate(names)], 1
    )
    dl = np.array([r["label"] for r in D])
    me = np.array([r["method"] for r in D])
    dc = np.array([r["carrier"] for r in D])
    v = verdicts(p, dc).any(1)
    sc = p.max(1)
    way = np.array([r["way"] for r in D])
    for w in sorted(set(way)):
        q = way == w
        i, c = (dl == "inpainted") & q, (dl == "clean") & q
        g = (dl == "generated") & q
        print(
            w,
            "devtest inpainted AUC (inp)",
            round(auc(z[i, 0], z[c, 0]), 3),
            "AUC(score)",
            round(auc(sc[i], sc[c]), 3),
            "found",
            v[i].mean().round(3),
            "originals flagged",
            v[c].mean().round(3),
            "generated found",
            v[g].mean().round(3) if g.any() else "",
            "AUC gen",
            round(auc(z[g, 1], z[c, 1]), 3),
        )
        hh = [r for r in D if "hist_in" in r and r["way"] == w]
        f = f1s(
            [
                (
                    np.array(r["hist_in"])[::-1].cumsum()[::-1],
                    np.array(r["hist_out"])[::-1].cumsum()[::-1],
                )
                for r in hh
            ]
        )
        print("   F1 at threshold", f[:, kt].mean().round(3), "best", f.mean(0).max().round(3))
        for x in sorted(set(me[i])):
            k = i & (me == x)
            fx = [a for a, r in zip(f, hh) if r["method"] == x]
            print(
                "     ",
                x,
                int(k.sum()),
                "AUC",
                round(auc(z[k, 0], z[c, 0]), 3),
                "found",
                v[k].mean().round(2),
                "F1",
                np.mean([a[kt] for a in fx]).round(3),
            )
