"""From one machine to many: bytes in and records out anywhere, and batches of work on Ray."""

from inpaintscan.cluster.batch import scan_batch

__all__ = ["scan_batch"]
