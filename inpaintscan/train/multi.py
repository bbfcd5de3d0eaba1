"""`train --task multi`: the default network, all heads at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan import __version__
from inpaintscan.data import Sample
from inpaintscan.nets import NETWORKS
from inpaintscan.nets.prediction import Prediction
from inpaintscan.train.calibration import calibrate
from inpaintscan.train.loop import Batch, LoopConfig, train
from inpaintscan.train.mask_threshold import fit_mask_threshold
from inpaintscan.train.pairs import PairCrops, PairSettings, is_whole_frame, split_samples
from inpaintscan.weights import Card, load_network, write_weights


@dataclass(frozen=True, slots=True)
class MultiSettings:
    """What to train and how the losses are weighed."""

    pairs: PairSettings = field(default_factory=PairSettings)
    arch: str = "scannet"
    arch_args: dict[str, Any] = field(default_factory=dict)
    dice: float = 0.5
    """Weight of the soft Dice loss, on manipulated crops only: on a clean crop it says nothing."""
    score: float = 0.4
    """Weight of the image scores' loss."""
    validation_pairs: int = 160
    validation_crop: int = 256


class MultiTask:
    """BCE on the map, Dice where there is a region, BCE on the two scores."""

    metric = "quality"

    def __init__(
        self,
        settings: MultiSettings,
        folders: Sequence[Path],
        cache: Path,
        seed: int,
        init: Path | None = None,
    ) -> None:
        self.settings = settings
        train_samples, held_out = split_samples(folders)
        self.samples = PairCrops(train_samples, settings.pairs, cache, seed)
        validation = PairSettings(crop=settings.validation_crop, overlay_share=0.0)
        self.held_out = PairCrops(held_out, validation, cache, seed=12345)
        if init is None:
            self.arch, self.arch_args = settings.arch, settings.arch_args
            self.network: nn.Module = NETWORKS[settings.arch](**settings.arch_args)
        else:
            self.network, card = load_network(init)
            self.arch, self.arch_args = card.arch, card.arch_args
        self.network.to(memory_format=torch.channels_last)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch of pairs."""
        images = batch["images"].flatten(0, 1).float() / 255
        prediction: Prediction = network(images.contiguous(memory_format=torch.channels_last))
        assert prediction.map_logits is not None
        assert prediction.score_logits is not None
        map_loss = map_losses(
            prediction.map_logits.float(),
            batch["map_target"].flatten(0, 1),
            batch["map_weight"].flatten(0, 1),
            self.settings.dice,
        )
        score_loss = functional.binary_cross_entropy_with_logits(
            prediction.score_logits.float(), batch["score_target"].flatten(0, 1)
        )
        return map_loss + self.settings.score * score_loss

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return pixel F1 at 0.5, image AUC of both scores and their mean, `quality`."""
        device = next(network.parameters()).device
        f1: list[float] = []
        scores: list[Tensor] = []
        truths: list[Tensor] = []
        for index in range(self.settings.validation_pairs):
            pair = self.held_out[index]
            prediction: Prediction = network(pair["images"].to(device).float() / 255)
            assert prediction.map_logits is not None
            assert prediction.score_logits is not None
            scores.append(prediction.score_logits.float().cpu())
            truths.append(pair["score_target"])
            if pair["map_weight"][1]:
                found = prediction.map_logits[1, 0].cpu() > 0
                f1.append(_f1(found, pair["map_target"][1, 0] >= 0.5))
        score, truth = torch.cat(scores).numpy(), torch.cat(truths).numpy()
        clean = truth.sum(axis=1) == 0
        auc = [
            rank_auc(score[truth[:, column] == 1, column], score[clean, column])
            for column in range(2)
        ]
        figures = {"f1": float(np.mean(f1)), "auc_inpainted": auc[0], "auc_generated": auc[1]}
        return {**figures, "quality": float(np.mean(list(figures.values())))}


def map_losses(logits: Tensor, target: Tensor, weight: Tensor, dice: float) -> Tensor:
    """Return BCE over all judged cells plus `dice` times soft Dice over crops with a region.

    `logits` and `target` are (B, 1, h, w), `weight` (B,).
    """
    cells = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    loss = (cells.mean(dim=(1, 2, 3)) * weight).sum() / weight.sum().clamp(min=1)
    probability = logits.sigmoid()
    overlap = 2 * (probability * target).sum(dim=(1, 2, 3)) + 1
    total = probability.sum(dim=(1, 2, 3)) + target.sum(dim=(1, 2, 3)) + 1
    judged = weight * (target.sum(dim=(1, 2, 3)) > 0)
    return loss + dice * ((1 - overlap / total) * judged).sum() / judged.sum().clamp(min=1)


def rank_auc(
    positive: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    negative: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> float:
    """Return the chance that a positive scores above a negative; ties count half; 0.5 if none."""
    if not len(positive) or not len(negative):
        return 0.5
    above = (positive[:, None] > negative[None]).mean()
    return float(above + 0.5 * (positive[:, None] == negative[None]).mean())


def _f1(found: Tensor, true: Tensor) -> float:
    both = int((found & true).sum())
    return 2 * both / max(1, int(found.sum()) + int(true.sum()))


def train_multi(
    folders: Sequence[Path],
    output: Path,
    settings: MultiSettings,
    config: LoopConfig,
    run_dir: Path,
    resume: bool = False,
    init: Path | None = None,
) -> Card:
    """Train on gen-data folders; calibrate on their validation images; write a weights file."""
    task = MultiTask(settings, folders, run_dir, config.seed, init)
    network = train(task, config, run_dir, resume)
    with torch.inference_mode():
        figures = task.validate(network)
    card = Card(
        name=output.stem,
        task="multi",
        arch=task.arch,
        arch_args=task.arch_args,
        input={"fit": "tile", "size": 1024, "multiple": 32, "stride": 4},
        training={"settings": asdict(settings), "loop": asdict(config), "validation": figures},
        tool_version=__version__,
    )
    write_weights(output, network, card)
    return calibrate_multi(output, folders)


def calibrate_multi(path: Path, folders: Sequence[Path]) -> Card:
    """Set calibration, thresholds and mask threshold of a weights file on validation images."""
    held_out = judged_samples(split_samples(folders)[1])
    calibrate(path, held_out)
    return fit_mask_threshold(path, held_out)


def judged_samples(samples: Sequence[Sample]) -> list[Sample]:
    """Return originals, realfakes, and whole rebuilt frames as what they are: generated."""
    judged = [sample for sample in samples if sample.kind in {"original", "realfake"}]
    return judged + [
        replace(sample, label="generated", mask=None)
        for sample in samples
        if sample.kind == "inpainted" and is_whole_frame(sample.method)
    ]
