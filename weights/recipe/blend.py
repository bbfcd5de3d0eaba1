"""The mean of two sets of weights of the whole look: blend.py A B OUT"""

import sys
from safetensors.torch import load_file, save_file

a, b = load_file(sys.argv[1]), load_file(sys.argv[2])
save_file(
    {k: ((a[k] + b[k]) / 2 if a[k].is_floating_point() else a[k]).contiguous() for k in a},
    sys.argv[3],
)
