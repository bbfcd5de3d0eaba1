"""The last step of training: the judge, fitted on whole images as they are scanned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from inpaintscan.errors import DataError
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan.verdict import CLASSES

ENOUGH = 50
"""Images of each label from which a judge is fitted anew; with fewer the old one knows more."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How the judge is fitted; it has under two thousand values, so this takes seconds."""

    steps: int = 600
    learning_rate: float = 5e-3
    weight_decay: float = 0.1
    noise: float = 0.8
    """Deviation of the noise on standardised measures: what lies that close is the same."""
    other_class: float = 0.25
    """Weight of the images of the other class as negatives of a class."""
    seed: int = 0


def fit_judge(
    network: TwoLook,
    measures: NDArray[np.float32],
    labels: Sequence[str],
    sources: Sequence[str],
    settings: JudgeSettings = JudgeSettings(),
) -> None:
    """Fit the judge of a network, in place.

    `measures` float32 (N, M) as `scan/measures.py` gives them; `labels` `clean`, `inpainted` or
    `generated`; `sources` where each image is from. No source dominates its label: images weigh
    the inverse root of their source's count, and the labels of a class weigh alike.

    Raises:
        DataError: if there is no clean or no manipulated image.
    """
    truth, weight = targets(labels, sources, settings.other_class)
    if not set(CLASSES) & set(labels) or "clean" not in labels:
        raise DataError("cannot fit the judge: needs clean and manipulated images")
    values = torch.from_numpy(measures)
    mean, deviation = values.mean(dim=0), values.std(dim=0)
    network.measure_mean.copy_(mean)
    network.measure_scale.copy_(torch.where(deviation > 1e-3, deviation, torch.ones(())))
    generator = torch.Generator().manual_seed(settings.seed)
    layers = [network.judge_layers, network.judge_skip]
    with torch.random.fork_rng(devices=[]):
        # From the start each time: nothing of what was fitted before may be left.
        torch.manual_seed(settings.seed)
        for module in network.judge_layers:
            if isinstance(module, torch.nn.Linear):
                module.reset_parameters()
    parameters = [parameter for layer in layers for parameter in layer.parameters()]
    torch.nn.init.zeros_(network.judge_skip.weight)
    torch.nn.init.zeros_(network.judge_skip.bias)
    optimizer = torch.optim.AdamW(
        parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps)
    scale = network.measure_scale * settings.noise
    for _ in range(settings.steps):
        noisy = values + scale * torch.randn(values.shape, generator=generator)
        logits = network.judge(noisy)
        loss = functional.binary_cross_entropy_with_logits(logits, truth, weight, reduction="sum")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()


def refit_judge(
    network: TwoLook,
    measures: NDArray[np.float32],
    labels: Sequence[str],
    sources: Sequence[str],
    settings: JudgeSettings = JudgeSettings(),
) -> NDArray[np.float32] | None:
    """Fit the judge of a network, in place, and return the logits (N, 2) of the same images.

    The logits are out of fold: those of a fifth of the sources come from a judge fitted on the
    others, so thresholds can be set on them. Returns None, and leaves the judge as it was, if a
    label has fewer than `ENOUGH` images or there are fewer sources than folds.
    """
    names, places = np.unique(list(sources), return_inverse=True)
    truth = np.array(labels)
    if len(names) < _FOLDS or any((truth == name).sum() < ENOUGH for name in ("clean", *CLASSES)):
        return None
    folds = np.random.default_rng(settings.seed).permutation(len(names))[places] % _FOLDS
    logits = np.zeros((len(truth), len(CLASSES)), np.float32)
    for fold in range(_FOLDS):
        others = np.flatnonzero(folds != fold)
        if set(truth[others]) != {"clean", *CLASSES}:
            return None  # one source holds all images of a label
        fit_judge(
            network,
            measures[others],
            truth[others].tolist(),
            [sources[index] for index in others.tolist()],
            settings,
        )
        with torch.no_grad():
            judged = network.judge(torch.from_numpy(measures[folds == fold]))
        logits[folds == fold] = judged.numpy()
    fit_judge(network, measures, labels, sources, settings)
    return logits


def targets(
    labels: Sequence[str], sources: Sequence[str], other_class: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what each image is and what it weighs, both float32 (N, classes).

    The weights of a class sum to 1: a half for its own images, a half for the others.
    """
    names = np.array(labels)
    _, inverse, counts = np.unique(
        [f"{label}\n{source}" for label, source in zip(labels, sources, strict=True)],
        return_inverse=True,
        return_counts=True,
    )
    share = counts[inverse] ** -0.5
    truth = np.stack([names == name for name in CLASSES], axis=1)
    weight = np.zeros(truth.shape)
    for column, name in enumerate(CLASSES):
        other = np.where(names == "clean", 1.0, other_class)
        for side in (names == name, names != name):
            raw = share * other * side if side[names == "clean"].any() else share * side
            weight[:, column] += 0.5 * raw / max(raw.sum(), 1e-12)
    return torch.from_numpy(truth.astype(np.float32)), torch.from_numpy(weight.astype(np.float32))
