"""Measures and maps of images: measure.py WEIGHTS LIST.csv OUT.jsonl GRIDS part/parts [THREADS]"""

import sys, json, csv, time, hashlib

from pathlib import Path
import numpy as np, torch

torch.set_num_threads(int(sys.argv[6]) if len(sys.argv) > 6 else 1)
from inpaintscan.scan import load
from inpaintscan.scan.assemble import ImageScan
from inpaintscan.images import read_image

s = load(sys.argv[1], device="cpu")
P = s._predictor
part, parts = map(int, sys.argv[5].split("/"))
G = Path(sys.argv[4])
G.mkdir(exist_ok=True)
rows = list(csv.DictReader(open(sys.argv[2])))[part::parts]
have = set()
if Path(sys.argv[3]).exists():
    have = {json.loads(l)["file"] for l in open(sys.argv[3])}
t0 = time.time()
with open(sys.argv[3], "a") as out:
    for n, r in enumerate(rows):
        if r["file"] in have:
            continue
        try:
            image = read_image(Path(r["file"]))
        except Exception as e:
            print("skip", r["file"], e, flush=True)
            continue
        if (
            min(image.pixels.shape[:2]) < 64
            or image.pixels.shape[0] * image.pixels.shape[1] > 2.2e6
        ):
            continue
        scan = ImageScan(r["file"], image, (), s.card, s._feed)
        carrier = scan._facts.carrier
        scan.view_logits = P.look(scan.views)
        for t in scan.tiles:
            scan.add(t, P.predict([scan.read(t)])[0])
        m = scan.measures()
        d = dict(
            r, carrier=carrier, m=[round(float(v), 5) for v in m], wh=image.pixels.shape[1::-1]
        )
        np.savez(
            G / (hashlib.md5(r["file"].encode()).hexdigest() + ".npz"),
            *[x.finish().astype(np.float16) for x in scan._more],
        )
        out.write(json.dumps(d) + "\n")
        out.flush()
        if n % 100 == 0:
            print(n, len(rows), round(time.time() - t0), flush=True)
print("done", flush=True)
