"""Fast Fourier convolutions (LaMa, Suvorov et al. 2022), our own weights."""

from __future__ import annotations

from inpaintscan.gen_data.inpainters import Inpainter
from inpaintscan.gen_data.inpainters.learnt import load_learnt
from inpaintscan.gen_data.settings import Choice, Settings


def load_fourier(choice: Choice, settings: Settings) -> Inpainter:
    """Load the shipped `inpainter-fourier`, or the file that the method names."""
    return load_learnt(choice, settings, "fourier")
