"""Partial convolutions with mask update (Liu et al. 2018), our own weights."""

from __future__ import annotations

from inpaintscan.gen_data.inpainters import Inpainter
from inpaintscan.gen_data.inpainters.learnt import load_learnt
from inpaintscan.gen_data.settings import Choice, Settings


def load_partial(choice: Choice, settings: Settings) -> Inpainter:
    """Load the shipped `inpainter-partial`, or the file that the method names."""
    return load_learnt(choice, settings, "partial")
