"""The scan: paths in, findings out."""

from inpaintscan.scan.pipeline import Scanner, load, load_trained

__all__ = ["Scanner", "load", "load_trained"]
