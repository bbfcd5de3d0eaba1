"""Draw the held-out files to fit and calibrate on: no source dominates."""

import collections
import csv
import random

from places import HELD

rows = list(csv.DictReader(open(HELD / "held.csv")))
random.Random(4).shuffle(rows)
cap = collections.Counter()
out = []
for r in rows:
    photo = r["kind"] == "photo"
    key = (
        r["label"],
        r["source"],
        r["method"] if r["label"] == "inpainted" else "",
        r["way"] == "native",
        photo,
    )
    lim = (
        10**6
        if r["label"] == "inpainted" and r["way"] == "native"
        else 8
        if r["label"] == "inpainted"
        else (26 if r["way"] == "native" else 18)
        if (photo and r["label"] == "clean")
        else (38 if r["way"] == "native" else 14)
        if r["label"] == "clean"
        else (36 if r["way"] == "native" else 24)
    )
    cap[key] += 1
    if cap[key] <= lim:
        out.append(r)
print(len(out), collections.Counter((r["label"], r["kind"] == "photo", r["way"]) for r in out))
w = csv.DictWriter(open(HELD / "sample.csv", "w", newline=""), list(rows[0]))
w.writeheader()
w.writerows(out)
