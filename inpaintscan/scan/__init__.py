"""The scan: paths in, findings out."""

from inpaintscan.scan.pipeline import Scanner, load

__all__ = ["Scanner", "load"]
