"""What `train --task multi` learns from and what it is judged on, of data sets of any layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inpaintscan.data import Dataset, Sample, read_dataset
from inpaintscan.data.checks import check_leaks
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError
from inpaintscan.train.labelled import LabelledCrops, Replayed, make_replay
from inpaintscan.train.pairs import PairCrops, PairSettings, is_whole_frame

if TYPE_CHECKING:
    from torch.utils.data import Dataset as TorchDataset

    from inpaintscan.train.loop import Batch
    from inpaintscan.train.multi import MultiSettings


@dataclass(frozen=True, slots=True)
class MultiData:
    """Samples by what can be made of them, to train on and to validate on.

    `pairs` come from gen-data, each fill with its original; `labelled` from any other layout.
    """

    pairs: tuple[Sample, ...] = ()
    labelled: tuple[Sample, ...] = ()
    held_out_pairs: tuple[Sample, ...] = ()
    held_out_labelled: tuple[Sample, ...] = ()

    @classmethod
    def read(
        cls,
        folders: Sequence[Path],
        val: float = 0.1,
        seed: int = 0,
        val_folders: Sequence[Path] = (),
        allow_outside: bool = False,
    ) -> MultiData:
        """Read data sets of any layout; their own splits `train` and `val` are kept.

        Validation is on `val_folders`. Without any, gen-data folders are split together, so that
        one may hold the validation of another, and the share `val` is held out where there is none.

        Raises:
            DataError: if nothing is left to train or to validate on, or an image is in both.
        """
        read = partial(read_dataset, allow_outside=allow_outside)
        sets = [read(folder) for folder in folders]
        if val_folders:
            train = [data.of(split="train") or data for data in sets]
            held_out = [data.of(split="val") or data for data in map(read, val_folders)]
            check_leaks(_joined(train), _joined(held_out))
        else:
            train, held_out = _hold_out(sets, val, seed)
        return cls(*_by_use(train), *_by_use(held_out))

    def crops(self, settings: MultiSettings, cache: Path, seed: int) -> TorchDataset[Batch]:
        """Return what to train on; replayed pairs are made where they are wanted and missing."""
        if not self.labelled:
            return PairCrops(self.pairs, settings.pairs, cache, seed)
        own = LabelledCrops(self.labelled, settings.pairs, cache, seed)
        if not settings.replay:
            return own
        pairs = (
            self.pairs or read_dataset(make_replay(self.labelled, cache / "replay", seed)).samples
        )
        return Replayed(own, PairCrops(pairs, settings.pairs, cache, seed), settings.replay, seed)

    def validation(self, settings: MultiSettings, cache: Path) -> list[TorchDataset[Batch]]:
        """Return what to validate on: pairs of gen-data, crops of the rest, or both."""
        crops = PairSettings(crop=settings.validation_crop, overlay_share=0.0, varied_share=0.0)
        held_out: list[TorchDataset[Batch]] = []
        if self.held_out_pairs:
            held_out.append(PairCrops(self.held_out_pairs, crops, cache, seed=12345))
        if self.held_out_labelled:
            held_out.append(LabelledCrops(self.held_out_labelled, crops, cache, seed=12345))
        return held_out

    def judged(self) -> list[Sample]:
        """Return what to calibrate on, whole images with their labels."""
        return [*_judged(self.held_out_pairs), *self.held_out_labelled]


def _hold_out(
    sets: Sequence[Dataset], val: float, seed: int
) -> tuple[list[Dataset], list[Dataset]]:
    """Return what to train on and what to validate on, of sets that are to be divided."""
    made = [data for data in sets if _has_pairs(data)]
    parts = [split_dataset(data, val=val, seed=seed) for data in sets if not _has_pairs(data)]
    for train, held_out in parts:
        check_leaks(train, held_out)
    if made:
        whole = made[0].with_samples(_joined(made))
        train, held_out = whole.of(split="train"), whole.of(split="val")
        if not train and not parts:
            raise DataError(f"{whole.root}: needs images in the split train; see gen-data --split")
        if not held_out and not parts:
            train, held_out = split_dataset(train, val=val, seed=seed)
        parts.append((train, held_out))
    return [train for train, _ in parts], [held_out for _, held_out in parts]


def _has_pairs(data: Dataset) -> bool:
    return data.layout == "gen-data" and any(sample.kind == "inpainted" for sample in data)


def _by_use(sets: Sequence[Dataset]) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Return the samples that pairs are made of, and all others."""
    made = [data for data in sets if _has_pairs(data)]
    return _joined(made), _joined([data for data in sets if not _has_pairs(data)])


def _joined(sets: Sequence[Dataset]) -> tuple[Sample, ...]:
    return tuple(sample for data in sets for sample in data)


def _judged(samples: Sequence[Sample]) -> list[Sample]:
    """Return originals, realfakes, and whole rebuilt frames as what they are: generated."""
    judged = [sample for sample in samples if sample.kind in {"original", "realfake"}]
    return judged + [
        replace(sample, label="generated", mask=None)
        for sample in samples
        if sample.kind == "inpainted" and is_whole_frame(sample.method)
    ]
