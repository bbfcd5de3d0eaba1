"""Only the readers that are used are loaded, and each when it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("name", "loads_heif"), [("progressive.jpg", False), ("plain.heic", True)])
def test_few_readers_are_loaded(zoo: dict[str, Path], name: str, loads_heif: bool) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom inpaintscan.images import read_image\n"
        f"read_image(Path({str(zoo[name])!r}))\n"
        "print('pillow_heif' in sys.modules, 'PIL.EpsImagePlugin' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{loads_heif} False\n"
