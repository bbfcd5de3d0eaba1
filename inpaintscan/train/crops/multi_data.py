"""What `train --task multi` learns from and what it is judged on, of data sets of any layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch.utils.data import Dataset as TorchDataset

from inpaintscan.data import Dataset, Sample, read_dataset
from inpaintscan.data.checks import check_leaks
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError
from inpaintscan.gen_data.inpainters.classical import load_opencv
from inpaintscan.train.crops.labelled import LabelledCrops, Replayed, make_replay
from inpaintscan.train.crops.pairs import PairCrops, PairSettings
from inpaintscan.train.loop.loop import Batch

if TYPE_CHECKING:
    from inpaintscan.train.drawn.twins import DrawnPairs
    from inpaintscan.train.tasks.multi import MultiSettings

_VALIDATION_SEED = 12345


@dataclass(frozen=True, slots=True)
class MultiData:
    """Samples by what can be made of them, to train on and to validate on.

    `pairs` come from gen-data, each fill with its original; `photos` are those that manipulations
    are drawn in, clean ones and images generated whole; `labelled` are all others.
    """

    pairs: tuple[Sample, ...] = ()
    photos: tuple[Sample, ...] = ()
    labelled: tuple[Sample, ...] = ()
    held_out_pairs: tuple[Sample, ...] = ()
    held_out_photos: tuple[Sample, ...] = ()
    held_out_labelled: tuple[Sample, ...] = ()
    replayed: tuple[Sample, ...] = ()
    """Pairs made of the clean images of `labelled`; see `with_replay`."""

    @classmethod
    def read(
        cls,
        folders: Sequence[Path],
        val: float = 0.1,
        seed: int = 0,
        val_folders: Sequence[Path] = (),
        allow_outside: bool = False,
    ) -> MultiData:
        """Read data sets of any layout and plain photos; own splits `train` and `val` are kept.

        Validation is on `val_folders`. Without any, gen-data folders are split together, so that
        one may hold the validation of another, and the share `val` is held out where there is none.
        Folders of plain photos are split together as well, whole folders at a time where there are
        at least five.

        Raises:
            DataError: if nothing is left to train or to validate on, or an image is in both.
        """
        read = partial(read_dataset, plain=True, allow_outside=allow_outside)
        sets = [read(folder) for folder in folders]
        if val_folders:
            train = [data.of(split="train") or data for data in sets]
            held_out = [data.of(split="val") or data for data in map(read, val_folders)]
            check_leaks(_joined(train), _joined(held_out))
        else:
            train, held_out = _hold_out(sets, val, seed)
        return cls(*_by_use(train), *_by_use(held_out))

    def with_replay(
        self, settings: MultiSettings, cache: Path, seed: int, workers: int = 1
    ) -> MultiData:
        """Return the data with pairs to replay, made below `cache` where they are wanted.

        They are not where there is nothing to forget them for, or gen-data's own pairs are there.

        Raises:
            DataError: if they are wanted, but no image is clean.
        """
        if not self.labelled or self.pairs or self.photos or not settings.replay:
            return self
        folder = make_replay(self.labelled, cache / "replay", seed, workers)
        return replace(self, replayed=read_dataset(folder).samples)

    def crops(self, settings: MultiSettings, cache: Path, seed: int) -> TorchDataset[Batch]:
        """Return what to train on: a share `settings.replay` is of pairs, where there are any.

        Where there are photos, that share is drawn from them.
        """
        if not self.photos:
            return self._given(settings, cache, seed)
        drawn = draw_pairs(self.photos, settings, settings.pairs.crop, cache, seed)
        if not self.labelled and not self.pairs:
            return drawn
        return Replayed(self._given(settings, cache, seed), drawn, settings.replay, seed + 1)

    def _given(self, settings: MultiSettings, cache: Path, seed: int) -> TorchDataset[Batch]:
        """Return crops of what is manipulated already, and pairs to replay beside labelled ones."""
        if not self.labelled:
            return PairCrops(self.pairs, settings.pairs, cache, seed)
        own = LabelledCrops(self.labelled, settings.pairs, cache, seed)
        pairs = self.pairs or self.replayed
        if not settings.replay or not pairs:
            return own
        return Replayed(own, PairCrops(pairs, settings.pairs, cache, seed), settings.replay, seed)

    def validation(self, settings: MultiSettings, cache: Path) -> list[TorchDataset[Batch]]:
        """Return what to validate on: pairs of gen-data, drawn ones, crops of the rest."""
        crops = PairSettings(crop=settings.validation_crop, overlay_share=0.0, varied_share=0.0)
        held_out: list[TorchDataset[Batch]] = []
        if self.held_out_pairs:
            held_out.append(PairCrops(self.held_out_pairs, crops, cache, seed=_VALIDATION_SEED))
        if self.held_out_photos:
            side = settings.validation_crop
            held_out.append(
                draw_pairs(self.held_out_photos, settings, side, cache, _VALIDATION_SEED)
            )
        if self.held_out_labelled:
            held_out.append(
                LabelledCrops(self.held_out_labelled, crops, cache, seed=_VALIDATION_SEED)
            )
        return held_out

    def judged(self) -> list[Sample]:
        """Return what to calibrate on, whole images with their labels."""
        return [*_judged(self.held_out_pairs), *self.held_out_photos, *self.held_out_labelled]

    def write_drawn(self, settings: MultiSettings, cache: Path) -> list[Sample]:
        """Write manipulations drawn in held-out photos as images to calibrate on, with masks.

        The photos alone show what is clean, and nothing else.
        """
        if not self.held_out_photos or not settings.drawn_images:
            return []
        side = settings.drawn_side
        drawn = draw_pairs(self.held_out_photos, settings, side, cache, _VALIDATION_SEED)
        from inpaintscan.train.drawn.twins import write_twins

        return write_twins(drawn, settings.drawn_images, cache / "drawn")


def draw_pairs(
    samples: Sequence[Sample], settings: MultiSettings, crop: int, cache: Path, seed: int
) -> DrawnPairs:
    """Return pairs drawn in photos; autoencoders rebuild none of those to validate on.

    Raises:
        MissingExtraError: if OpenCV is not installed.
    """
    load_opencv("training on plain photos")
    from inpaintscan.train.drawn.twins import DrawnPairs

    rebuilds = seed != _VALIDATION_SEED
    drawn = settings.drawn if rebuilds else replace(settings.drawn, easy=0)
    return DrawnPairs(samples, drawn, crop, cache, seed, with_rebuilt=rebuilds)


def _hold_out(
    sets: Sequence[Dataset], val: float, seed: int
) -> tuple[list[Dataset], list[Dataset]]:
    """Return what to train on and what to validate on, of sets that are to be divided."""
    made = [data for data in sets if _has_pairs(data)]
    plain = [data for data in sets if data.layout == "photos"]
    others = [data for data in sets if not _has_pairs(data) and data.layout != "photos"]
    if plain:
        others.append(plain[0].with_samples(_joined(plain)))
    parts = [split_dataset(data, val=val, seed=seed) for data in others]
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


def _by_use(
    sets: Sequence[Dataset],
) -> tuple[tuple[Sample, ...], tuple[Sample, ...], tuple[Sample, ...]]:
    """Return the samples that are pairs, those to draw manipulations in, and all others."""
    made = [data for data in sets if _has_pairs(data)]
    plain = [data for data in sets if not _has_pairs(data) and _is_drawn_in(data)]
    others = [data for data in sets if not _has_pairs(data) and not _is_drawn_in(data)]
    return _joined(made), _joined(plain), _joined(others)


def _is_drawn_in(data: Dataset) -> bool:
    """Tell whether a set says of each image that it is clean or generated, and holds clean ones."""
    labels = {sample.label for sample in data}
    return "clean" in labels and "inpainted" not in labels


def _joined(sets: Sequence[Dataset]) -> tuple[Sample, ...]:
    return tuple(sample for data in sets for sample in data)


def _judged(samples: Sequence[Sample]) -> list[Sample]:
    """Return originals, realfakes, and frames that were redrawn whole."""
    kept = [sample for sample in samples if sample.kind in {"original", "realfake"}]
    redrawn = [s for s in samples if s.kind == "inpainted" and s.label == "generated"]
    return kept + redrawn
