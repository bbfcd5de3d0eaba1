"""Measures of images, and what the map says against a mask: one line of JSON an image. measure.py WEIGHTS LIST.csv OUT.jsonl part/parts"""

import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

torch.set_num_threads(1)
from inpaintscan.images import read_image
from inpaintscan.scan import load
from inpaintscan.scan.assemble import ImageScan

s = load(sys.argv[1], device="cpu")
P = s._predictor
part, parts = map(int, sys.argv[4].split("/"))
rows = list(csv.DictReader(open(sys.argv[2])))[part::parts]
t0 = time.time()
with open(sys.argv[3], "w") as out:
    for n, r in enumerate(rows):
        try:
            image = read_image(Path(r["file"]))
        except Exception as e:
            print("skip", r["file"], e, flush=True)
            continue
        if (
            min(image.pixels.shape[:2]) < 64
            or image.pixels.shape[0] * image.pixels.shape[1] > 4.5e6
        ):
            continue
        scan = ImageScan(r["file"], image, (), s.card, s._feed)
        carrier = scan._facts.carrier
        scan.view_logits = P.look(scan.view)
        for t in scan.tiles:
            scan.add(t, P.predict([scan.read(t)])[0])
        m = scan.measures()
        d = dict(
            r, carrier=carrier, m=[round(float(v), 5) for v in m], wh=image.pixels.shape[1::-1]
        )
        if r.get("maskfile"):
            pm = scan._prob_map()
            full = pm.full()
            true = np.asarray(Image.open(r["maskfile"]).convert("L")) > 127
            if true.shape == full.shape:
                d["hist_in"] = np.histogram(full[true], 50, (0, 1))[0].tolist()
                d["hist_out"] = np.histogram(full[~true], 50, (0, 1))[0].tolist()
        else:
            g = scan._stitcher.finish()
            d["lit"] = float((g >= 0.5).mean())
        out.write(json.dumps(d) + "\n")
        out.flush()
        if n % 100 == 0:
            print(n, len(rows), round(time.time() - t0), flush=True)
print("done", flush=True)
