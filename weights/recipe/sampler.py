"""Pairs of a clean crop and a manipulated twin that shares everything but the region."""

import json, math, sys
from places import BANK
import cv2, numpy as np

cv2.setNumThreads(1)
INTERPS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4)


class Bank:
    def __init__(self, name="", root=BANK):
        self.pixels = np.memmap(root / f"pixels{name}.u8", np.uint8, "r")
        self.meta = json.load(open(root / f"meta{name}.json"))

    def get(self, i):
        o, h, w = self.meta[i][:3]
        return self.pixels[o : o + h * w * 3].reshape(h, w, 3)


def jpeg(a, q, rng=None, offset=(0, 0)):
    d, r = offset
    if d or r:
        a = cv2.copyMakeBorder(a, d, 0, r, 0, cv2.BORDER_REPLICATE)
    sub = 0x411111 if rng is not None and rng.random() < 0.25 else 0x221111
    ok, b = cv2.imencode(
        ".jpg",
        a[..., ::-1],
        [
            cv2.IMWRITE_JPEG_QUALITY,
            int(q),
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            0x111111 if sub == 0x411111 else sub,
        ],
    )
    return np.ascontiguousarray(cv2.imdecode(b, cv2.IMREAD_COLOR)[d:, r:, ::-1])


def webp(a, q):
    ok, b = cv2.imencode(".webp", a[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, int(q)])
    return np.ascontiguousarray(cv2.imdecode(b, cv2.IMREAD_COLOR)[..., ::-1])


def scale(a, s, rng, interp=None):
    h, w = a.shape[:2]
    if interp is None:
        interp = (
            cv2.INTER_AREA if s < 0.75 and rng.random() < 0.5 else int(rng.choice([1, 2, 3, 4]))
        )
    return cv2.resize(a, (max(8, round(w * s)), max(8, round(h * s))), interpolation=interp)


def quality(rng, low=40, ease=0.0):
    u = rng.random()
    if rng.random() < ease:
        return int(rng.integers(86, 99))
    return (
        int(rng.integers(75, 98))
        if u < 0.75
        else int(rng.integers(low, 99))
        if u < 0.9
        else int(rng.choice([75, 80, 85, 90, 92, 95]))
    )


def cut(a, s, rng, aligned=True):
    """A window of s x s; reflected if the picture is smaller."""
    h, w = a.shape[:2]
    if h < s or w < s:
        a = (
            cv2.copyMakeBorder(a, 0, max(0, s - h), 0, max(0, s - w), cv2.BORDER_REFLECT_101)
            if min(h, w) > 8
            else cv2.resize(a, (s, s))
        )
        while a.shape[0] < s or a.shape[1] < s:
            a = cv2.copyMakeBorder(
                a, 0, max(0, s - a.shape[0]), 0, max(0, s - a.shape[1]), cv2.BORDER_REFLECT_101
            )
        h, w = a.shape[:2]
    g = 8 if aligned else 1
    y, x = int(rng.integers((h - s) // g + 1)) * g, int(rng.integers((w - s) // g + 1)) * g
    return np.ascontiguousarray(a[y : y + s, x : x + s])


def draw_mask(s, rng, low=0.01):
    m = np.zeros((s, s), np.uint8)
    for _ in range(2 if rng.random() < 0.25 else 1):
        kind = rng.random()
        area = math.exp(rng.uniform(math.log(low), math.log(0.6)))
        if kind < 0.25:
            r = math.exp(rng.uniform(-0.9, 0.9))
            hh = min(s - 4, math.sqrt(area * r) * s)
            ww = min(s - 4, area * s * s / hh)
            y, x = rng.uniform(-hh / 4, s - hh * 0.75), rng.uniform(-ww / 4, s - ww * 0.75)
            cv2.rectangle(m, (int(x), int(y)), (int(x + ww), int(y + hh)), 255, -1)
        elif kind < 0.45:
            r = math.exp(rng.uniform(-0.7, 0.7))
            a = math.sqrt(area / math.pi) * s
            cv2.ellipse(
                m,
                (int(rng.integers(s)), int(rng.integers(s))),
                (max(2, int(a * r)), max(2, int(a / r))),
                rng.uniform(0, 180),
                0,
                360,
                255,
                -1,
            )
        elif kind < 0.8:
            n = int(rng.integers(5, 14))
            a = math.sqrt(area / math.pi) * s * 1.15
            t = np.sort(rng.uniform(0, 2 * math.pi, n))
            rad = a * rng.uniform(0.5, 1.4, n)
            c = rng.uniform(0.1 * s, 0.9 * s, 2)
            pts = np.stack([c[0] + rad * np.cos(t), c[1] + rad * np.sin(t)], 1).astype(np.int32)
            cv2.fillPoly(m, [pts], 255)
            if rng.random() < 0.5:
                k = int(rng.integers(3, 12)) * 2 + 1
                m = ((cv2.GaussianBlur(m, (k, k), 0) > 127) * 255).astype(np.uint8)
        else:
            for _ in range(int(rng.integers(1, 4))):
                p = rng.uniform(0, s, 2)
                ang = rng.uniform(0, 6.28)
                th = int(rng.integers(s // 24, s // 5))
                for _ in range(int(rng.integers(2, 7))):
                    ang += rng.uniform(-1, 1)
                    q = p + rng.uniform(s / 16, s / 4) * np.array([math.cos(ang), math.sin(ang)])
                    cv2.line(m, tuple(int(v) for v in p), tuple(int(v) for v in q), 255, th)
                    p = q
    if m.mean() < 255 * 0.004 or m.mean() > 255 * 0.93:
        return draw_mask(s, rng, low)
    return m


def match(d, h, m, rng):
    """Match the donor's mean and deviation to the host's in the region."""
    w = m > 127
    if w.sum() < 16:
        return d
    a, b = d[w].astype(np.float32), h[w].astype(np.float32)
    k = np.clip(b.std(0) / (a.std(0) + 1e-3), 0.4, 2.0)
    t = rng.uniform(0.4, 1.0)
    out = (
        (d.astype(np.float32) - a.mean(0)) * (1 + t * (k - 1)) + a.mean(0) * (1 - t) + b.mean(0) * t
    )
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)


def filtered(a, rng):
    u = rng.random()
    if u < 0.3:
        return cv2.bilateralFilter(a, 5, rng.uniform(10, 60), rng.uniform(1, 4))
    if u < 0.5:
        return cv2.medianBlur(a, int(rng.choice([3, 5])))
    if u < 0.75:
        return cv2.GaussianBlur(a, (0, 0), rng.uniform(0.4, 1.6))
    b = cv2.GaussianBlur(a, (0, 0), rng.uniform(0.6, 1.5))
    k = rng.uniform(0.3, 1.2)
    return cv2.addWeighted(a, 1 + k, b, -k, 0)


def grain(a, rng):
    n = rng.standard_normal((*a.shape[:2], 1 if rng.random() < 0.5 else 3)).astype(np.float32)
    if rng.random() < 0.4:
        n = cv2.GaussianBlur(n, (3, 3), 0.8).reshape(n.shape) * 2
    return np.clip(a + rng.uniform(0.5, 4) * n + 0.5, 0, 255).astype(np.uint8)


def chain(rng, ease=0.0, gentle=0.0):
    """A degradation that is the same for both of a pair: a function of (picture, crop) -> crop."""
    seed = int(rng.integers(2**31))
    u = rng.random()
    if rng.random() < ease:
        same = lambda a: a
        same.code = 0
        return same

    def run(a):
        r = np.random.default_rng(seed)
        s0 = a.shape[0]
        v = r.random()
        if v < 0.04:
            a = cv2.GaussianBlur(a, (0, 0), r.uniform(0.3, 1.0))
        elif v < 0.08:
            b = cv2.GaussianBlur(a, (0, 0), r.uniform(0.6, 1.5))
            a = cv2.addWeighted(a, 1.6, b, -0.6, 0)
        elif v < 0.13:
            lut = (np.linspace(0, 1, 256) ** r.uniform(0.75, 1.3) * 255).astype(np.uint8)
            a = cv2.LUT(a, lut)
        elif v < 0.15:
            a = grain(a, r)
        if u < 0.34:
            return a  # as it was
        if u < 0.80:
            return jpeg(a, quality(r, ease=gentle), r)  # saved
        if u < 0.86:
            return jpeg(jpeg(a, quality(r), r), quality(r, ease=gentle), r)  # saved twice
        if u < 0.89:
            return webp(a, r.integers(50, 96))
        a = scale(
            a,
            r.uniform(0.5, 1.5) if r.random() < 0.7 else 1.0 + r.choice([-0.25, -0.1, 0.1, 0.25]),
            r,
        )
        if r.random() < 0.25 and a.shape[0] >= 32:
            a = jpeg(a, quality(r), r) if r.random() < 0.5 else a
        if r.random() < 0.7:
            a = jpeg(a, quality(r), r)
        return a

    run.code = sum(u >= e for e in (0.34, 0.80, 0.86, 0.89))
    return run


class Sampler:
    """Sample i: images uint8 (2, s, s, 3), replaced (2, s/4, s/4) in [0, 1] (-1: not judged), synthetic (likewise), score (2, 2)."""

    def __init__(
        self, size, seed, bank=None, rebuilt=None, ease=None, fills=None, shares=None, gentle=None
    ):
        self.size, self.seed, self.ease, self.gentle = size, seed, ease, gentle
        self.bank = bank or Bank()
        self.shares = shares or (lambda i: (0.08, 0.14, 0.12, 0.12))
        self.rebuilt = rebuilt
        self.fills = fills
        self.sound = json.load(open(BANK / "sound_fills.json"))
        rng = np.random.default_rng(0)
        by = [{}, {}, {}, {}]
        for i, m in enumerate(self.bank.meta):
            key = m[4] if m[3] != 2 else m[4] + "/" + m[5]
            by[m[3]].setdefault(key, []).append(i)
        self.by = [sorted(d.items()) for d in by]
        # no source dominates: weight ~ n^0.6
        self.p = []
        for d in self.by:
            w = np.array([len(v) ** (0.6 if d is not self.by[3] else 0.75) for _, v in d])
            self.p.append(w / max(w.sum(), 1e-9))

    def pick(self, cls, rng):
        k = rng.choice(len(self.by[cls]), p=self.p[cls])
        v = self.by[cls][k][1]
        return self.bank.get(v[int(rng.integers(len(v)))])

    def host(self, s, rng, cls=0):
        u = rng.random()
        a = self.pick(cls, rng)
        if u < 0.5 or min(a.shape[:2]) < 64:
            return cut(a, s, rng)
        f = rng.uniform(0.4, 1) if u < 0.8 else rng.uniform(0.7, 1.6)
        a = (
            cut(a, min(round(s / f) + 8, max(a.shape[:2])), rng)
            if f < 1
            else cut(a, max(16, round(s / f) + 8), rng)
        )
        a = scale(a, max(f, s / a.shape[0]), rng)
        if rng.random() < 0.6:
            a = jpeg(a, int(rng.integers(60, 99)), rng)
        return cut(a, s, rng)

    def donor(self, h, m, s, rng):
        """Return donor picture, whether synthetic."""
        u = rng.random()
        synth = 0.0
        self.last = sum(u >= e for e in (0.33, 0.49, 0.64, 0.76, 0.85, 0.91))
        if u < 0.33:
            f = math.exp(rng.uniform(math.log(0.4), math.log(2)))
            a = self.pick(0 if rng.random() < 0.9 else 1, rng)
            a = cut(a, max(24, round(s / f) + 2), rng, aligned=rng.random() < 0.3)
            a = scale(a, max(f, s / a.shape[0]), rng) if rng.random() < 0.7 else a
            if rng.random() < 0.35:
                a = jpeg(a, quality(rng), rng)
            if rng.random() < 0.25:
                a = filtered(a, rng)
            a = cut(a, s, rng, aligned=False)
            if rng.random() < 0.5:
                a = match(a, h, m, rng)
        elif u < 0.49:
            a = self.pick(2, rng)
            synth = 1.0
            f = 1.0 if rng.random() < 0.5 else math.exp(rng.uniform(math.log(0.5), math.log(1.4)))
            a = cut(a, max(24, round(s / f) + 2), rng, aligned=False)
            if f != 1.0:
                a = scale(a, max(f, s / a.shape[0]), rng)
            a = cut(a, s, rng, aligned=False)
            if rng.random() < 0.5:
                a = match(a, h, m, rng)
        elif u < 0.64:  # resampled own pixels
            f = rng.uniform(0.35, 0.95)
            a = scale(scale(h, f, rng), 1 / f, rng)
            a = cv2.resize(a, (s, s))
            if rng.random() < 0.3:
                a = filtered(a, rng)
        elif u < 0.76:
            a = filtered(h, rng)
        elif u < 0.85:
            d = [int(rng.integers(-s // 2, s // 2)) for _ in range(2)]
            a = np.roll(h, d, (0, 1))
            if rng.random() < 0.4:
                a = a[:, ::-1].copy()
            if rng.random() < 0.4:
                M = cv2.getRotationMatrix2D(
                    (s / 2, s / 2), rng.uniform(-20, 20), rng.uniform(0.8, 1.25)
                )
                a = cv2.warpAffine(
                    a, M, (s, s), flags=int(rng.choice([1, 2])), borderMode=cv2.BORDER_REFLECT_101
                )
        elif u < 0.91:
            a = jpeg(h, quality(rng), rng, (int(rng.integers(8)), int(rng.integers(8))))
        else:
            hole = cv2.dilate((m > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
            if rng.random() < 0.5 and hole.mean() < 0.4:
                small = cv2.resize(h, (s // 2, s // 2), interpolation=cv2.INTER_AREA)
                sm = cv2.resize(hole, (s // 2, s // 2), interpolation=cv2.INTER_NEAREST)
                a = cv2.resize(
                    cv2.inpaint(small, sm, 3, int(rng.integers(2))),
                    (s, s),
                    interpolation=cv2.INTER_CUBIC,
                )
            elif hole.mean() < 0.2:
                a = cv2.inpaint(h, hole, int(rng.integers(2, 6)), int(rng.integers(2)))
            else:
                a = cv2.GaussianBlur(h, (0, 0), rng.uniform(1, 5))
            synth = 0.0
        if rng.random() < 0.15:
            a = grain(a, rng)
        return a, synth

    def __getitem__(self, i):
        rng = np.random.default_rng([self.seed, i])
        s = self.size
        ease = self.ease(i) if self.ease else 0.0
        low = 0.01 + 0.07 * ease
        gentle = self.gentle(i) if self.gentle else 0.0
        run = chain(rng, 0.85 * ease, gentle)
        # resizing chains change the size: begin larger so that the end is at least s
        s0 = s + (round(s * 0.5) // 8 * 8 if False else 0)
        u = rng.random()
        kind = 0
        target = np.zeros((2, s, s), np.float32)
        synth = np.zeros((2, s, s), np.float32)
        score = np.zeros((2, 2), np.float32)
        edges = np.cumsum(self.shares(i))
        if u < edges[0]:  # assets: mostly clean, sometimes spliced
            a = self.host(s, rng, 1)
            b = self.host(s, rng, 1) if rng.random() < 0.75 else None
            if b is None:
                m = draw_mask(s, rng, low)
                d, sy = self.donor(a, m, s, rng)
                b, al = paste(a, d, m, rng)
                target[1] = al
                synth[1] = al * sy
                score[1, 0] = 1
                a, b = run(a), run(b)
            else:
                a, b = run(a), chain(rng, 0.85 * ease)(b)
        elif u < edges[1]:  # generated whole, beside a clean one of the same end
            kind = 1
            g = self.pick(2, rng)
            f = 1.0 if rng.random() < 0.65 else rng.uniform(0.5, 1.3)
            if f != 1.0:
                g = cut(g, max(24, round(s / f) + 2), rng)
                g = scale(g, max(f, s / g.shape[0]), rng)
            b = cut(g, s, rng)
            a = self.host(s, rng, 0 if rng.random() < 0.8 else 1)
            synth[1] = 1
            target[1] = -1 if rng.random() < 0.5 else 0
            score[1, 1] = 1
            a, b = run(a), run(b)
        elif u < edges[2] and self.rebuilt is not None:  # rebuilt by an autoencoder or inpainter
            kind = 2
            k = int(rng.integers(len(self.rebuilt.meta)))
            pair = self.rebuilt.get(k)
            n = pair.shape[0] // 2
            o, r = pair[:n], pair[n:]
            both = np.concatenate([o, r], 2)
            both = cut(both, min(s, *both.shape[:2]), rng)
            both = reach(both, s)
            a, b = np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3:])
            if rng.random() < 0.4:  # whole frame; re-encoded with a quality, mixed frequencies
                if rng.random() < 0.3:
                    b = jpeg(b, quality(rng), rng)
                b = (
                    cv2.addWeighted(b, (t := rng.uniform(0.6, 1.0)), a, 1 - t, 0)
                    if rng.random() < 0.3
                    else b
                )
                synth[1] = 1
                target[1] = -1
                score[1, 1] = 1
                kind = 12
            else:
                if rng.random() < 0.4:
                    a = jpeg(a, int(rng.integers(65, 98)), rng)
                m = draw_mask(s, rng, low)
                b, al = paste(a, b, m, rng)
                target[1] = al
                synth[1] = al
                score[1, 0] = 1
            a, b = run(a), run(b)
        elif (
            u < edges[3]
        ):  # collected fills by real tools, with their originals where there are any
            kind = 3
            bank = self.bank
            if self.fills is not None and rng.random() < 0.55:
                bank = (
                    self.fills
                    if isinstance(self.fills, Bank)
                    else self.fills[
                        int(
                            rng.choice(
                                len(self.fills),
                                p=(w := np.array([len(f.meta) for f in self.fills], float))
                                / w.sum(),
                            )
                        )
                    ]
                )
                i3 = int(rng.integers(len(bank.meta)))
                kind = 13
            elif self.sound and rng.random() < 0.9:
                i3 = self.sound[int(rng.integers(len(self.sound)))]
            else:
                k = rng.choice(len(self.by[3]), p=self.p[3])
                v = self.by[3][k][1]
                i3 = v[int(rng.integers(len(v)))]
            t = bank.get(i3)
            n = t.shape[0] // 3
            f, o, m = t[:n], t[n : 2 * n], t[2 * n :, :, :1]
            both = np.concatenate([f, o, m], 2)
            if rng.random() < 0.2:
                q = rng.uniform(0.5, 1.0)
                both = np.dstack(
                    [
                        cv2.resize(both[..., :3], None, fx=q, fy=q, interpolation=cv2.INTER_AREA),
                        cv2.resize(both[..., 3:6], None, fx=q, fy=q, interpolation=cv2.INTER_AREA),
                        cv2.resize(
                            np.ascontiguousarray(both[..., 6]),
                            None,
                            fx=q,
                            fy=q,
                            interpolation=cv2.INTER_AREA,
                        ),
                    ]
                )
            if rng.random() < 0.5:
                both = both[:, ::-1]
            if rng.random() < 0.5:
                both = np.rot90(both)
            h, w = both.shape[:2]
            if h < s or w < s:
                both = reach(both, s)
                h, w = both.shape[:2]
            ys, xs = np.nonzero(both[..., 6] > 127)
            if len(ys):
                j = int(rng.integers(len(ys)))
                y = int(np.clip(ys[j] - rng.integers(s), 0, h - s)) // 8 * 8
                x = int(np.clip(xs[j] - rng.integers(s), 0, w - s)) // 8 * 8
            else:
                y = x = 0
            c = both[y : y + s, x : x + s]
            b, a = np.ascontiguousarray(c[..., :3]), np.ascontiguousarray(c[..., 3:6])
            m = c[..., 6].astype(np.float32) / 255
            whole = bank.meta[i3][5] == "CoModGAN"
            if bank.meta[i3][6] == 3 or whole:
                a = self.host(s, rng)  # no original: another photo
            if whole:
                target[1] = -1
                synth[1] = 1
                score[1, 1] = 1
            else:
                target[1] = m
                synth[1] = np.where(m > 0.5, -1, 0)
                score[1, 0] = 1
            if m.max() < 0.5 and not whole:
                score[1, 0] = 0
            a, b = run(a), run(b)
        else:
            a = self.host(s, rng)
            m = draw_mask(s, rng, low)
            d, sy = self.donor(a, m, s, rng)
            kind = 4 + self.last
            b, al = paste(a, d, m, rng)
            target[1] = al
            synth[1] = al * sy
            score[1, 0] = 1
            if rng.random() < 0.06:  # seams of the photo's own pixels are nothing
                b = a.copy()
                target[1] = 0
                synth[1] = 0
                score[1, 0] = 0
            a, b = run(a), run(b)
        flip = rng.random() < 0.5 and False
        out = []
        for p, img in enumerate((a, b)):
            h = img.shape[0]
            if h != s:  # resized by the chain: cut a window, the masks with it
                t2 = np.stack(
                    [
                        cv2.resize(target[p], (h, h), interpolation=cv2.INTER_NEAREST),
                        cv2.resize(synth[p], (h, h), interpolation=cv2.INTER_NEAREST),
                    ],
                    2,
                )
                if h > s:
                    r2 = np.random.default_rng([self.seed, i, 7])
                    y, x = [int(r2.integers((h - s) // 8 + 1)) * 8 for _ in range(2)]
                    img, t2 = img[y : y + s, x : x + s], t2[y : y + s, x : x + s]
                else:
                    img, t2 = reach(img, s), reach(t2, s)
                target[p], synth[p] = t2[..., 0], t2[..., 1]
                if score[p, 0] and (target[p] > 0.5).sum() < 16:
                    score[p, 0] = 0
            out.append(np.ascontiguousarray(img))
        small = lambda t: t.reshape(2, s // 4, 4, s // 4, 4).mean((2, 4))
        return {
            "images": np.stack(out),
            "target": small(target),
            "synth": small(synth),
            "score": score,
            "kind": np.array([kind, run.code]),
        }


def filled(a, b, m, rng, soft):
    """A photo with its hole filled from b, the photo and the mask, on top of each other; `soft` of the edges are."""
    al = m.astype(np.float32)
    if rng.random() < soft:
        al = cv2.GaussianBlur(al, (0, 0), rng.uniform(0.5, 2))
    b = (a * (1 - al[..., None]) + b * al[..., None] + 0.5).astype(np.uint8)
    return np.concatenate([b, a, np.repeat((m * 255).astype(np.uint8)[..., None], 3, 2)], 0)


def paste(a, d, m, rng):
    al = m.astype(np.float32) / 255
    if rng.random() < 0.4:
        al = cv2.GaussianBlur(al, (0, 0), rng.uniform(0.5, 3.0))
    b = (a * (1 - al[..., None]) + d * al[..., None] + 0.5).astype(np.uint8)
    return b, (al > 0.5).astype(np.float32)


def reach(a, s):
    while a.shape[0] < s or a.shape[1] < s:
        dy, dx = (
            min(max(0, s - a.shape[0]), a.shape[0] - 1),
            min(max(0, s - a.shape[1]), a.shape[1] - 1),
        )
        a = np.pad(a, ((0, dy), (0, dx), (0, 0)), mode="reflect")
    return a
