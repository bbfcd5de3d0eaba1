"""The digital source type that manifests of tests declare."""

from __future__ import annotations

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
