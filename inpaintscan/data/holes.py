"""Whole frames of gen-data, read by the hole that was filled in them."""

from __future__ import annotations

from dataclasses import replace

from inpaintscan.data.samples import Dataset, Sample
from inpaintscan.data.tables import find_mask
from inpaintscan.errors import DataError


def read_holes(dataset: Dataset) -> Dataset:
    """Return the data set with its frames of kind `inpainted` masked by their holes.

    A network that redraws the frame leaves its traces everywhere, so such a frame counts as
    generated; Adler et al. (2023) ask for the hole in it all the same, and this does as they did.

    Raises:
        DataError: if a mask is missing.
    """
    return dataset.with_samples([_read_hole(sample) for sample in dataset])


def _read_hole(sample: Sample) -> Sample:
    if sample.kind != "inpainted" or sample.label != "generated":
        return sample
    mask = find_mask(sample.image)
    if mask is None:
        raise DataError(
            f"{sample.image}: its hole is not known: make the data set with mask among --kinds"
        )
    return replace(sample, label="inpainted", mask=mask, mask_level=255)
