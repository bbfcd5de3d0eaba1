"""Join the native looks and the whole look in one file, without a judge yet."""

import sys
from pathlib import Path
import torch
from safetensors.torch import load_file
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan.measures import NAMES
from inpaintscan.weights import Card, Input, Threshold, load_network, write_weights

native, fills, whole, out = sys.argv[1:5]
net = TwoLook(measures=len(NAMES))
net.native.load_state_dict(load_file(native))
net.fills.load_state_dict(load_network(Path(fills))[0].state_dict())
w = load_file(whole)
net.whole.load_state_dict({k[4:]: v for k, v in w.items() if k.startswith("net.")})
net.whole_head.load_state_dict({k[5:]: v for k, v in w.items() if k.startswith("head.")})
pts = tuple(Threshold(f, s) for f, s in ((0.05, 0.5), (0.01, 0.9), (0.001, 0.99)))
card = Card(
    Path(out).stem,
    "multi",
    "twolook",
    {"measures": len(NAMES)},
    input=Input("tile", 1024, 32, 4, 224),
    thresholds={k: pts for k in ("inpainted", "generated")},
)
write_weights(Path(out), net.eval(), card)
