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
from inpaintscan.data.checks import find_kinds
from inpaintscan.nets import NETWORKS
from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.stats import rank_auc
from inpaintscan.train.calibration import calibrate, check_held_out
from inpaintscan.train.crops.multi_data import MultiData
from inpaintscan.train.crops.pairs import PairSettings
from inpaintscan.train.drawn.shares import DrawnSettings
from inpaintscan.train.loop.distributed import Processes
from inpaintscan.train.loop.loop import Batch, train
from inpaintscan.train.losses.heads import dice_loss
from inpaintscan.train.losses.two_maps import two_map_losses, two_targets
from inpaintscan.train.settings import LoopConfig
from inpaintscan.weights import Card, Input, load_network, read_card, write_weights


@dataclass(frozen=True, slots=True)
class MultiSettings:
    """What to train and how the losses are weighed."""

    pairs: PairSettings = field(default_factory=PairSettings)
    drawn: DrawnSettings = field(default_factory=DrawnSettings)
    """What is drawn in plain photos."""
    arch: str = "scannet"
    arch_args: dict[str, Any] = field(default_factory=dict)
    dice: float = 1.0
    """Weight of the soft Dice loss, of manipulated crops only: on a clean crop it says nothing."""
    score: float = 0.4
    """Weight of the image scores' loss."""
    replay: float = 0.5
    """Share of training pairs that are synthesised, where the data are not all so."""
    validation_pairs: int = 200
    validation_crop: int = 256
    drawn_images: int = 100
    """Manipulated images to draw in held-out photos for the calibration, and their side."""
    drawn_side: int = 512


class MultiTask:
    """BCE on the map, Dice where there is a region, BCE on the two scores."""

    metric = "quality"

    def __init__(
        self,
        settings: MultiSettings,
        data: MultiData,
        cache: Path,
        seed: int,
        init: Path | None = None,
    ) -> None:
        self.settings = settings
        self.samples = data.crops(settings, cache, seed)
        self.held_out = data.validation(settings, cache)
        if init is None:
            self.arch, self.arch_args = settings.arch, settings.arch_args
            self.network: nn.Module = NETWORKS[settings.arch](**settings.arch_args)
            self.input = Input("tile", size=1024, multiple=32, stride=4)
        else:
            self.network, card = load_network(init)
            self.arch, self.arch_args = card.arch, card.arch_args
            self.input = card.input
        if isinstance(self.network, TwoLook):
            self.network.keep_whole_look()
        self.network.to(memory_format=torch.channels_last)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch of pairs."""
        images = batch["images"].flatten(0, 1).float() / 255
        prediction: Prediction = network(images.contiguous(memory_format=torch.channels_last))
        assert prediction.map_logits is not None
        assert prediction.score_logits is not None
        logits, weight = prediction.map_logits.float(), batch["map_weight"].flatten(0, 1)
        target, dice = batch["map_target"].flatten(0, 1), self.settings.dice
        if logits.shape[1] == 1:
            map_loss = map_losses(logits, target, weight, dice)
        else:
            whole = batch["score_target"].flatten(0, 1)[:, 1]
            targets = two_targets(target, batch["synthetic"].flatten(0, 1), whole)
            map_loss = two_map_losses(logits, targets, weight, whole, dice)
        score_loss = functional.binary_cross_entropy_with_logits(
            prediction.score_logits.float(), batch["score_target"].flatten(0, 1)
        )
        return map_loss + self.settings.score * score_loss

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return pixel F1 at 0.5, image AUC of both scores and their mean, `quality`.

        What the validation images cannot show is left out; `quality` is 0 if nothing is left.
        """
        device = next(network.parameters()).device
        f1: list[float] = []
        scores: list[Tensor] = []
        truths: list[Tensor] = []
        share = self.settings.validation_pairs // len(self.held_out)
        for pair in (crops[index] for crops in self.held_out for index in range(share)):
            prediction: Prediction = network(pair["images"].to(device).float() / 255)
            assert prediction.map_logits is not None
            assert prediction.score_logits is not None
            scores.append(prediction.score_logits.float().cpu())
            truths.append(pair["score_target"])
            true = pair["map_target"][1, 0] >= 0.5
            if pair["map_weight"][1] and pair["score_target"][1, 0] and true.any():
                f1.append(_f1(prediction.map_logits[1, 0].cpu() > 0, true))
        score, truth = torch.cat(scores).numpy(), torch.cat(truths).numpy()
        clean = truth.sum(axis=1) == 0
        figures = {"f1": float(np.mean(f1))} if f1 else {}
        for column, name in enumerate(("auc_inpainted", "auc_generated")):
            made = truth[:, column] == 1
            if clean.any() and made.any():
                judged = made | clean
                figures[name] = rank_auc(score[judged, column], made[judged])
        return {**figures, "quality": float(np.mean([*figures.values()] or [0.0]))}


def map_losses(logits: Tensor, target: Tensor, weight: Tensor, dice: float) -> Tensor:
    """Return BCE plus `dice` times soft Dice, a mean over all crops; what is not judged counts 0.

    `logits` and `target` are (B, 1, h, w), `weight` (B,).
    """
    cells = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    each = cells.mean(dim=(1, 2, 3)) + dice * dice_loss(logits, target)
    return (each * weight).mean()


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
    val: float = 0.1,
    val_folders: Sequence[Path] = (),
    replay_workers: int = 1,
    allow_outside: bool = False,
) -> Card:
    """Train on data sets of any layout; calibrate on held-out images; write a weights file.

    Held out are `val_folders`; else the share `val` of data that bring no validation split. Pairs
    to replay are made by `replay_workers` processes, before anything else.
    """
    if init is not None:
        settings = replace(settings, drawn=replace(settings.drawn, easy=0))
    data = MultiData.read(folders, val, config.seed, val_folders, allow_outside)
    check_held_out(data.judged())
    processes = Processes.join()
    if not processes.first:
        processes.wait()  # the first one makes the replayed pairs
    data = data.with_replay(settings, run_dir, config.seed, replay_workers)
    task = MultiTask(settings, data, run_dir, config.seed, init)
    if processes.first:
        processes.wait()
    network = train(task, config, run_dir, resume)
    if not processes.first:
        processes.wait()
        return read_card(output)
    with torch.inference_mode():
        figures = task.validate(network)
    card = Card(
        name=output.stem,
        task="multi",
        arch=task.arch,
        arch_args=task.arch_args,
        input=task.input,
        training={
            "settings": asdict(settings),
            "loop": asdict(config),
            "kinds": find_kinds([*data.pairs, *data.labelled]),
            "validation": figures,
        },
        tool_version=__version__,
    )
    judged = [*data.judged(), *data.write_drawn(settings, run_dir)]
    write_weights(output, network, calibrate(network, card, judged, masks=True))
    processes.wait()
    return read_card(output)
