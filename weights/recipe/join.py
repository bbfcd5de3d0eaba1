"""Join the looks in one file, without a judge yet. join.py TRACES CONTENT WHOLE OUT"""

import sys
from pathlib import Path
from safetensors.torch import load_file
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan.measures import NAMES
from inpaintscan.weights import Card, Input, Threshold, write_weights

net = TwoLook(measures=len(NAMES))
net.traces.load_state_dict(load_file(sys.argv[1]))
net.content.load_state_dict(load_file(sys.argv[2]))
w = load_file(sys.argv[3])
net.whole.load_state_dict({k[4:]: v for k, v in w.items() if k.startswith("net.")})
net.whole_head.load_state_dict({k[5:]: v for k, v in w.items() if k.startswith("head.")})
pts = tuple(Threshold(f, s) for f, s in ((0.05, 0.5), (0.01, 0.9), (0.001, 0.99)))
write_weights(
    Path(sys.argv[4]),
    net.eval(),
    Card(
        "inpaintscan",
        "multi",
        "twolook",
        {"measures": len(NAMES)},
        input=Input("tile", 1024, 32, 4, 224),
        thresholds={k: pts for k in ("inpainted", "generated")},
    ),
)
