"""How long the first record takes, as a multiple of importing PyTorch.

Run it: python tests/bench/bench_start.py [ROUNDS]

CPU seconds of whole processes, in turns: they hold on a busy machine, where seconds of the clock
say nothing. The least of all rounds is shown.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import skimage.data
from PIL import Image

_CLOCK = "import time; print('CPU', time.process_time(), file=sys.stderr)"
_TORCH = f"import sys, torch; {_CLOCK}"
_SCAN = f"""
import io, sys

class Pipe(io.StringIO):
    def write(self, text):
        if not self.tell():
            {_CLOCK}
        return super().write(text)

sys.stdout = Pipe()
from inpaintscan.cli.app import main
main(["detect", "--quiet", "--exit-zero", "--format", "plain", sys.argv[1]])
"""


def measure(code: str, photo: Path) -> tuple[float, float]:
    """Return the CPU seconds of a process until it says so, and in all."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-c", code, str(photo)], stderr=subprocess.PIPE, text=True, check=True
    )
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return float(done.stderr.split()[1]), spent


def main() -> None:
    """Measure in turns and print one line each."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        Image.fromarray(skimage.data.coffee()).save(photo, quality=92)
        turns = [[measure(code, photo) for code in (_TORCH, _SCAN)] for _ in range(rounds)]
    (torch_first, torch_all), (first, whole) = (
        [min(values) for values in zip(*runs, strict=True)] for runs in zip(*turns, strict=True)
    )
    print(f"import torch  {torch_first:5.2f} s, process {torch_all:5.2f} s")
    print(f"first record  {first:5.2f} s, process {whole:5.2f} s")
    print(f"ratio         {first / torch_first:5.2f}    process {whole / torch_all:5.2f}")


if __name__ == "__main__":
    main()
