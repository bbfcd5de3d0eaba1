"""Choose and fit the judge on held-out sources, thresholds by carrier from scores out of fold, the bias of the shown map; write the file; report.
finish.py WEIGHTS_IN OUT m0.jsonl,m1.jsonl GRIDS"""

import sys, csv, json, hashlib, math

from pathlib import Path
from places import ROOT
from dataclasses import replace
import numpy as np, torch
from PIL import Image
from inpaintscan.weights import *
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.train.tasks.judge import fit_judge, JudgeSettings
from inpaintscan.train.calibration import fit_calibration
from inpaintscan.scan.measures import NAMES

torch.set_num_threads(2)
names = ("inpainted", "generated")
KINDS = ("splices", "tools", "own")


def auc(p, n):
    p, n = np.asarray(p), np.asarray(n)
    if not len(p) or not len(n):
        return float("nan")
    n = np.sort(n)
    return float(
        (np.searchsorted(n, p, "left") + np.searchsorted(n, p, "right")).mean() / 2 / len(n)
    )


def auc_ci(p, n, seed=0):
    rng = np.random.default_rng(seed)
    p, n = np.asarray(p), np.asarray(n)
    if len(p) < 10 or len(n) < 10:
        return f"{auc(p, n):.3f}"
    b = [
        auc(p[rng.integers(len(p), size=len(p))], n[rng.integers(len(n), size=len(n))])
        for _ in range(500)
    ]
    return f"{auc(p, n):.3f} [{np.percentile(b, 2.5):.3f}, {np.percentile(b, 97.5):.3f}]"


def wilson(k, n):
    if not n:
        return "-"
    p, z = k / n, 1.96
    c = (p + z * z / 2 / n) / (1 + z * z / n)
    h = z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
    return f"{100 * p:.1f} % [{100 * (c - h):.1f}, {100 * (c + h):.1f}] of {n}"


seen, every = set(), []
for f in sys.argv[3].split(","):
    for l in open(f):
        try:
            r = json.loads(l)
        except ValueError:
            continue
        if r["file"] not in seen:
            seen.add(r["file"])
            every.append(r)
DAMAGED = (
    "Janspiry/Palette-Image-to-Image-Diffusion-Models",
    "emresnme/Exemplar_Based_Inpainting",
    "00398.jpg",
)


def damaged(r):
    """Ten originals of tools' fills are the damaged input: holes, mosaic. They are no clean twins."""
    return r["way"] == "twin" and (r["source"] in DAMAGED or Path(r["file"]).name in DAMAGED)


NOT_PHOTOS = {  # from round 12 on; listed by one who looked at all clean photos and knew no scores
    row["file"]: row["code"]
    for row in csv.DictReader(open(Path(__file__).with_name("not_photos.csv")))
}


def looked_at(r):
    """What a clean photo was seen to be: composite, patched, damaged, render, graphic or nothing of these."""
    place = Path(r["file"])
    return NOT_PHOTOS.get(str(place.relative_to(ROOT))) if place.is_relative_to(ROOT) else None


def broken(r):
    return damaged(r) or (
        r["label"] == "clean" and looked_at(r) in ("composite", "patched", "damaged")
    )


def seen_twice(r, known=set()):
    """One photo with many fills is one twin (round 13): in round 12 one of a tool's stood for 20."""
    if r["way"] != "twin" or r["method"] != "twin of tool":
        return False
    small = Image.open(r["file"]).convert("L").resize((9, 8), Image.Resampling.BOX)
    small = np.asarray(small, np.int16)
    key = (r["source"], (small[:, 1:] > small[:, :-1]).tobytes())
    twice = key in known
    known.add(key)
    return twice


rows = [
    r for r in every if not r["way"].startswith("cases") and not broken(r) and not seen_twice(r)
]
D = [r for r in every if r["way"].startswith("cases")]
M = np.array([r["m"] for r in rows], np.float32)
L = np.array([r["label"] for r in rows])
S = np.array([r["source"] for r in rows])
K = np.array(
    [
        "photo"
        if r["kind"] in ("photo", "") and looked_at(r) not in ("render", "graphic")
        else "asset"
        for r in rows
    ]
)
C = np.array([r["carrier"] for r in rows])
fold = np.array([int(hashlib.md5(s.encode()).hexdigest(), 16) % 5 for s in S])
src = np.array(
    [
        f"{s} {r['kind'] if L[i] == 'clean' else r['method']}"
        for i, (s, r) in enumerate(zip(S, rows))
    ]
)
cl = L == "clean"
TWIN = {
    "twin of splice": "splices",
    "twin of tool": "tools",
    "twin of own": "own",
    "twin of generated": "generated",
    "twin of rebuilt": "generated",
}


def kind_of(r):
    if r["label"] == "clean":
        return "twin " + TWIN[r["method"]] if r["way"] == "twin" else "clean"
    if r["label"] == "generated":
        return "generated"
    return (
        "splices"
        if "/held/inpainted/s" in r["file"]
        else "own"
        if "/more/" in r["file"]
        else "tools"
    )


G = np.array([kind_of(r) for r in rows])
print(
    len(rows),
    {g: int((G == g).sum()) for g in sorted(set(G))},
    {c: int(((C == c) & cl).sum()) for c in sorted(set(C))},
    "sources",
    len(set(S)),
)
loaded, card = load_network(Path(sys.argv[1]))


HISTORIES = np.array([n.startswith(("replaced", "synthetic", "tile_")) for n in NAMES])


class Fitted:
    """A judge of some hidden width, fitted; one that is blind does not see the measures of traces."""

    def __init__(s, hidden, sets, blind=False):
        s.net = TwoLook(
            measures=len(NAMES),
            hidden=hidden,
            traces={"widths": (8, 8, 8, 8, 8), "decoder_width": 8},
            content={"width": 8},
        )
        s.sets, s.blind = sets, blind

    def fit(s, t):
        x = X[t].copy()
        if s.blind:
            x[:, HISTORIES] = 0
        fit_judge(s.net, x, L[t].tolist(), src[t].tolist(), s.sets)
        if s.blind:
            with torch.no_grad():
                s.net.judge_layers[0].weight[:, HISTORIES] = 0
                s.net.judge_skip.weight[:, HISTORIES] = 0
        return s

    def __call__(s, m):
        with torch.no_grad():
            return s.net.judge(torch.from_numpy(m)).numpy()


X = M


def out_of_fold(hidden, sets, blind=False):
    Z = np.zeros((len(X), 2), np.float32)
    for k in range(5):
        t = fold != k
        Z[~t] = Fitted(hidden, sets, blind).fit(t)(X[~t])
    return Z


def matched(Z):
    return {
        g: auc(Z[G == g, int(g == "generated")], Z[G == "twin " + g, int(g == "generated")])
        for g in (*KINDS, "generated")
    }


def across(hidden, sets, blind=False):
    """AUC on each kind of region of a judge that was fitted without that kind and its twins."""
    out = {}
    for g in KINDS:
        t = (G != g) & (G != "twin " + g)
        z = Fitted(hidden, sets, blind).fit(t)(X[~t])[:, 0]
        out[g] = auc(z[G[~t] == g], z[G[~t] == "twin " + g])
    return out


def found_at(Z, rate=0.01):
    out = {}
    for j, n in enumerate(names):
        hit = np.zeros(len(Z), bool)
        for c in set(C):
            g = (C == c) & cl
            if g.sum() >= 60:
                hit |= (C == c) & (Z[:, j] > np.sort(Z[g, j])[::-1][int(rate * g.sum())])
        out[n] = hit[L == n].mean()
    return out


show = lambda d: " ".join(f"{k} {v:.3f}" for k, v in d.items())


def with_out(*prefixes):
    global X
    X = M.copy()
    X[:, [i for i, n in enumerate(NAMES) if n.startswith(prefixes)]] = 0


def score_auc(Z):
    """AUC against twins of the score that a record shows, the larger of two calibrated ones."""
    P = []
    for j, n in enumerate(names):
        k = (L == n) | cl
        line = fit_calibration(Z[k, j].astype(float), (L == n)[k])
        P.append(1 / (1 + np.exp(-(line.scale * Z[:, j] + line.bias))))
    larger = np.max(P, 0)
    return {g: auc(larger[G == g], larger[G == "twin " + g]) for g in (*KINDS, "generated")}


def bands(Z):
    """AUC of regions against clean images of the same band of JPEG quality."""
    return {
        c: auc(Z[(L == "inpainted") & (C == c), 0], Z[cl & (C == c), 0])
        for c in ("jpeg_high", "jpeg_mid", "jpeg_low")
    }


tried = []
for hidden, steps, noise, blind in (
    (24, 150, 0.8, False),
    (8, 600, 0.8, False),
    (3, 600, 0.8, False),
    (1, 600, 0.8, False),
    (8, 600, 0.8, True),
    (3, 600, 0.8, True),
    (1, 600, 0.8, True),
):
    sets = JudgeSettings(steps=steps, weight_decay=0.1, noise=noise, learning_rate=5e-3)
    Z = out_of_fold(hidden, sets, blind)
    a, x, f = matched(Z), across(hidden, sets, blind), found_at(Z)
    q, b = score_auc(Z), bands(Z)
    # written down before the measures were there
    worth = (
        0.25 * np.mean([a[g] for g in KINDS] + [x[g] for g in KINDS])
        + 0.25 * a["generated"]
        + 0.15 * np.mean(list(q.values()))
        + 0.15 * np.mean(list(b.values()))
        + 0.2 * np.mean(list(f.values()))
    )
    tried.append((worth, hidden, sets, blind, Z))
    parts = {"twins": a, "unseen kind": x, "larger score": q, "JPEG": b, "found": f}
    print(
        f"judge {hidden} {steps} {noise}" + (" blind" if blind else ""),
        *(f"| {tag} {show(values)}" for tag, values in parts.items()),
        "| worth",
        round(worth, 4),
        flush=True,
    )
_, hidden, sets, blind, Z = max(tried, key=lambda t: t[0])
print("taken", hidden, sets, "blind" if blind else "")
for tag, p in (
    ("without histories", ("replaced", "synthetic", "tile_")),
    ("without content", ("content",)),
    ("without the whole look", ("view", "squares")),
    ("without squares", ("squares",)),
    ("facts alone", ("replaced", "synthetic", "tile_", "view", "squares", "content")),
):
    with_out(*p)
    z = out_of_fold(hidden, sets, blind)
    print(
        tag,
        "| twins",
        show(matched(z)),
        "| all",
        [round(auc(z[L == n, j], z[cl, j]), 3) for j, n in enumerate(names)],
        flush=True,
    )
X = M
print(
    "out of fold: inpainted",
    auc_ci(Z[L == "inpainted", 0], Z[cl, 0]),
    "generated",
    auc_ci(Z[L == "generated", 1], Z[cl, 1]),
    "vs photos",
    auc_ci(Z[L == "generated", 1], Z[cl & (K == "photo"), 1]),
    "vs assets",
    auc_ci(Z[L == "generated", 1], Z[cl & (K == "asset"), 1]),
)
for g in (*KINDS, "generated"):
    j = int(g == "generated")
    print(
        "   matched",
        g,
        int((G == g).sum()),
        int((G == "twin " + g).sum()),
        auc_ci(Z[G == g, j], Z[G == "twin " + g, j]),
    )
for c in sorted(set(C)):
    i = C == c
    print(
        "  ",
        c,
        int(i.sum()),
        "inp",
        auc_ci(Z[(L == "inpainted") & i, 0], Z[cl & i, 0]),
        "gen",
        auc_ci(Z[(L == "generated") & i, 1], Z[cl & i, 1]),
    )
final = Fitted(hidden, sets, blind).fit(np.ones(len(M), bool))
cal = {
    n: fit_calibration(Z[(L == n) | cl, j].astype(float), (L == n)[(L == n) | cl])
    for j, n in enumerate(names)
}
P = np.stack(
    [
        1 / (1 + np.exp(-(cal[n].scale * Z[:, j].astype(float) + cal[n].bias)))
        for j, n in enumerate(names)
    ],
    1,
).round(4)
RATES = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


def limits(g, rate):
    """The scores above which together at most `rate` of a group are flagged: the loosest equal share for each class that keeps it."""
    p = P[g]
    n = len(p)
    f = -np.sort(-p, 0)
    for a in range(math.floor(rate * n + 1e-9), -1, -1):
        lim = f[min(a, n - 1)]
        if (p > lim).any(1).sum() <= rate * n + 1e-9:
            return lim


def tables(mask):
    out = {n: [] for n in names}
    for r in RATES:
        groups = [
            mask & cl & (K == k) for k in ("photo", "asset")
        ]  # 1 % of each, where a kind has enough to tell
        if min(g.sum() for g in groups) < 300:
            groups = [mask & cl]
        lim = np.max([limits(g, r) for g in groups], 0)
        for j, n in enumerate(names):
            above = P[P[:, j] > lim[j], j]
            nxt = float(above.min()) if len(above) else 1.0
            s = round(float(max((lim[j] + nxt) / 2, lim[j] + 1e-4)), 6)
            out[n].append(Threshold(r, max(s, out[n][-1].score if out[n] else 0)))
    return {n: tuple(v) for n, v in out.items()}


th = tables(np.ones(len(rows), bool))
car = {c: tables(C == c) for c in sorted(set(C)) if ((C == c) & cl).sum() >= 120}
for c, t in car.items():
    print(c, {n: (t[n][2].score, t[n][4].score) for n in names})


def verdicts(P, C, k=4):
    return P >= np.array([[car.get(c, th)[n][k].score for n in names] for c in C])


for k, tag in ((4, "1 %"), (2, "5 %")):
    V = verdicts(P, C, k).any(1)
    print(
        "at",
        tag,
        "photos",
        wilson(V[cl & (K == "photo")].sum(), (cl & (K == "photo")).sum()),
        "| assets",
        wilson(V[cl & (K == "asset")].sum(), (cl & (K == "asset")).sum()),
        "| inpainted",
        wilson(V[L == "inpainted"].sum(), (L == "inpainted").sum()),
        "| generated",
        wilson(V[L == "generated"].sum(), (L == "generated").sum()),
        "|",
        {g: round(float(V[G == g].mean()), 3) for g in KINDS},
    )
V = verdicts(P, C).any(1)
for s in sorted({r["method"] for r in rows if r["label"] != "clean"}):
    i = np.array([r["method"] == s for r in rows]) & ~cl
    j = 0 if L[i][0] == "inpainted" else 1
    if i.sum() >= 8:
        print(
            "   ",
            s[:60],
            int(i.sum()),
            "found",
            V[i].mean().round(2),
            "auc",
            round(auc(Z[i, j], Z[cl, j]), 3),
        )
for c in sorted({r["kind"] for r in rows if r["label"] == "clean"}):
    i = np.array([r["kind"] == c for r in rows]) & cl
    print("   clean", c or "(twins)", int(i.sum()), V[i].sum())
# the map that is shown
lg = lambda g: np.log(np.clip(g, 1e-4, 1 - 1e-4) / (1 - np.clip(g, 1e-4, 1 - 1e-4)))
maps = []
for r in every:
    p = Path(sys.argv[4]) / (hashlib.md5(r["file"].encode()).hexdigest() + ".npz")
    if r.get("maskfile") and p.exists():
        z = np.load(p)
        a, s, b = (lg(z[f"arr_{i}"].astype(np.float32)) for i in range(3))
        m = (
            np.asarray(
                Image.open(r["maskfile"]).convert("L").resize((a.shape[1], a.shape[0]), Image.BOX)
            )
            > 127
        )
        if m.any() and not m.all():
            maps.append((r, a, b, m))
held = [t for t in maps if not t[0]["way"].startswith("cases")]
T = np.linspace(-6, 6, 121)


def curves(z, m):
    h1 = np.histogram(z[m], np.append(T, 1e9))[0][::-1].cumsum()[::-1]
    h0 = np.histogram(z[~m], np.append(T, 1e9))[0][::-1].cumsum()[::-1]
    return 2 * h1 / np.maximum(1, h1 + h0 + m.sum()), h0 / max(1, (~m).sum())


gr = np.array([kind_of(t[0]) for t in held])
print(
    "masks",
    {str(g): int((gr == g).sum()) for g in set(gr)},
    "floor",
    {
        str(g): round(
            float(
                np.mean([2 * t[3].mean() / (1 + t[3].mean()) for t, x in zip(held, gr) if x == g])
            ),
            3,
        )
        for g in set(gr)
    },
)
for tag, wa, wb in (("histories", 1, 0), ("content", 0, 1), ("half and half", 0.5, 0.5)):
    A = [curves(wa * a + wb * b, m) for _, a, b, m in held]
    F = np.array([x[0] for x in A])
    O = np.array([x[1] for x in A])
    c = np.mean([F[gr == g].mean(0) for g in sorted(set(gr))], 0)
    o = np.mean([O[gr == g].mean(0) for g in sorted(set(gr))], 0)
    ok = np.where(o <= 0.15, c, -1)
    k = int(ok.argmax())
    print(
        "map of",
        tag,
        "F1",
        c[k].round(3),
        "at",
        T[k].round(2),
        "lit outside",
        o[k].round(3),
        {str(g): float(F[gr == g].mean(0)[k].round(3)) for g in sorted(set(gr))},
        "unbounded best",
        c.max().round(3),
    )
    if tag == "content":
        f1, tk = float(c[k]), float(T[k])
print("bias taken", -tk)

# a limit for each image: max(a x top + b, floor), so that clean pictures are lit at most by a sixth
J = list(NAMES).index("content_top_0.01")
top = np.array([r["m"][J] for r, *_ in held])
A = [curves(z, m) for _, _, z, m in held]
F = np.array([x[0] for x in A])
O = np.array([x[1] for x in A])
ct, CH = [], []
for r in rows:
    q = Path(sys.argv[4]) / (hashlib.md5(r["file"].encode()).hexdigest() + ".npz")
    fifth = int(hashlib.md5(r["file"].encode()).hexdigest(), 16) % 5 == 0
    if r["label"] == "clean" and fifth and q.exists():
        z = lg(np.load(q)["arr_2"].astype(np.float32))
        ct.append(r["m"][J])
        CH.append(np.histogram(z, np.append(T, 1e9))[0][::-1].cumsum()[::-1] / z.size)
ct, CH, K3 = np.array(ct), np.stack(CH), sorted(set(gr))


def cut(t):
    return np.clip(np.round((t + 6) / 0.1).astype(int), 0, 120)


def lit(a, b, lo):
    return CH[np.arange(len(ct)), cut(np.maximum(a * ct + b, lo))].mean()


def f1s(i, a, b, lo):
    return F[np.arange(len(F)), cut(np.maximum(a * top + b, lo))][i]


def best(i):
    out = (-1,)
    for lo in (-1.6, -2, -2.4, -2.8, -3.2):
        for a in np.arange(0, 1.01, 0.1):
            for b in np.arange(-5, 2.1, 0.25):
                f = f1s(i, a, b, lo)
                v = np.mean([f[gr[i] == g].mean() for g in K3])
                if v > out[0] + 1e-9 and lit(a, b, lo) <= 1 / 6:
                    out = (v, a, b, lo)
    return out


f1, sa, sb, slo = best(np.ones(len(F), bool))
held_fold = np.array([int(hashlib.md5(t[0]["source"].encode()).hexdigest(), 16) % 5 for t in held])
out = np.zeros(len(F))
for k in range(5):
    _, *line = best(held_fold != k)
    out[held_fold == k] = f1s(held_fold == k, *line)
print(
    "limit by image",
    (sa, sb, slo),
    "F1",
    round(f1, 4),
    "out of fold",
    {str(g): float(out[gr == g].mean().round(3)) for g in K3},
    "clean lit",
    round(float(lit(sa, sb, slo)), 3),
    "with one limit",
    round(float(CH[:, cut(np.array(tk))].mean()), 3),
    len(ct),
)
net = TwoLook(measures=len(NAMES), hidden=hidden)
state = loaded.state_dict()
state.update(
    {k: v for k, v in final.net.state_dict().items() if k.startswith(("judge_", "measure_"))}
)
state["bias"] = torch.tensor(-tk)
state["shift_line"] = torch.tensor([sa, sb - tk, slo - tk])
net.load_state_dict(state)
train = {
    "command": "weights/recipe",
    "round": 13,
    "loop": json.load(open(Path(sys.argv[1]).with_suffix(".json")))
    if Path(sys.argv[1]).with_suffix(".json").exists()
    else {"steps": 1},
}
train["validation"] = {
    "f1": f1,
    "auc_inpainted": auc(Z[L == "inpainted", 0], Z[cl, 0]),
    "auc_generated": auc(Z[L == "generated", 1], Z[cl, 1]),
}
train["calibration"] = {"clean": int(cl.sum()), "manipulated": int((~cl).sum())}
card = replace(
    card,
    name="inpaintscan",
    arch_args={"measures": len(NAMES), "hidden": hidden},
    calibration=cal,
    thresholds=th,
    carrier_thresholds=car,
    mask_threshold=0.5,
    training=train,
    tool_version="0.2.0",
)
write_weights(Path(sys.argv[2]), net.eval(), card, half=True)
if D:
    m = np.array([r["m"] for r in D], np.float32)
    z = final(m)
    p = np.stack(
        [1 / (1 + np.exp(-(cal[n].scale * z[:, j] + cal[n].bias))) for j, n in enumerate(names)], 1
    )
    dl, me, way, dc = (np.array([r[k] for r in D]) for k in ("label", "method", "way", "carrier"))
    v = verdicts(p, dc).any(1)
    v5 = verdicts(p, dc, 2).any(1)
    sc = p.max(1)
    for w in sorted(set(way)):
        q = way == w
        i, c, g = (dl == "inpainted") & q, (dl == "clean") & q, (dl == "generated") & q
        print(
            w,
            "fills AUC",
            auc_ci(z[i, 0], z[c, 0]),
            "score",
            auc_ci(sc[i], sc[c]),
            "found",
            wilson(v[i].sum(), i.sum()),
            "at 5 %",
            v5[i].mean().round(2),
            "originals flagged",
            int(v[c].sum()),
            "| generated AUC",
            auc_ci(z[g, 1], z[c, 1]),
            "found",
            wilson(v[g].sum(), g.sum()),
            "at 5 %",
            v5[g].mean().round(2) if g.any() else "",
        )
        for x in sorted(set(me[i])):
            k = i & (me == x)
            print("     ", x, int(k.sum()), auc(z[k, 0], z[c, 0]), v[k].mean().round(2))
        Fd = [
            (curves(b, mm)[0][cut(np.array(max(sa * r["m"][J] + sb, slo)))], r["method"])
            for r, a, b, mm in maps
            if r["way"] == w
        ]
        if Fd:
            print(
                "   F1",
                np.mean([f for f, _ in Fd]).round(3),
                {
                    x: float(np.mean([f for f, y in Fd if x == y]).round(3))
                    for x in sorted({y for _, y in Fd})
                },
            )
