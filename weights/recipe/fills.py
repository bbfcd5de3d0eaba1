"""Measures of the round 5 network (elder) and grids; and grids of the new native look for files with masks. fills.py WEIGHTS LIST OUT.jsonl GRIDDIR part/parts mode"""

import sys, json, csv, time, os
from pathlib import Path
import numpy as np, torch

torch.set_num_threads(1)
from inpaintscan.scan import load
from inpaintscan.scan.assemble import ImageScan
from inpaintscan.scan.measures import top_mean
from inpaintscan.scan.verdict import logit
from inpaintscan.images import read_image

s = load(sys.argv[1], device="cpu")
P = s._predictor
part, parts = map(int, sys.argv[5].split("/"))
mode = sys.argv[6]
rows = list(csv.DictReader(open(sys.argv[2])))[part::parts]
if mode == "new":
    rows = [r for r in rows if r["maskfile"]]
t0 = time.time()
out = open(sys.argv[3], "w")
for n, r in enumerate(rows):
    try:
        image = read_image(Path(r["file"]))
    except Exception as e:
        continue
    if min(image.pixels.shape[:2]) < 64 or image.pixels.shape[0] * image.pixels.shape[1] > 4.5e6:
        continue
    scan = ImageScan(r["file"], image, (), s.card, s._feed)
    for t in scan.tiles:
        scan.add(t, P.predict([scan.read(t)])[0])
    g = scan._stitcher.finish()
    z = np.stack(scan._logits)
    key = r["file"].replace("/", "_")
    if r["maskfile"]:
        np.save(f"{sys.argv[4]}/{key}.npy", g.astype(np.float16))
    if mode == "fills":
        lit = g >= 0.5
        v = [
            *(logit(top_mean(g, q)) for q in (0.002, 0.01, 0.05, 0.2, 0.5)),
            logit(float(g.mean())),
            float(lit.mean()),
            float(z[:, 0].mean()),
            float(z[:, 0].max()),
            float(z[:, 1].mean()),
            float(z[:, 1].max()),
        ]
        out.write(json.dumps({"file": r["file"], "e": [round(float(x), 5) for x in v]}) + "\n")
        out.flush()
    if n % 100 == 0:
        print(n, len(rows), round(time.time() - t0), flush=True)
print("done", flush=True)
