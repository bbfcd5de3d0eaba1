"""Readers of labelled data sets, and what is cut from their images."""

from inpaintscan.data.layouts import read_dataset
from inpaintscan.data.samples import Dataset, Label, Sample, read_mask

__all__ = ["Dataset", "Label", "Sample", "read_dataset", "read_mask"]
