"""`train --task ensemble`: stack the scores of trained models into one model file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from inpaintscan import __version__
from inpaintscan.data.checks import check_leaks, find_classes
from inpaintscan.data.samples import Dataset
from inpaintscan.device import resolve_device
from inpaintscan.errors import MissingExtraError, UsageError
from inpaintscan.files import sha256_of
from inpaintscan.nets.detectors.ensemble import Ensemble
from inpaintscan.nets.detectors.stackers import build_stacker
from inpaintscan.scan.feed import Feed, to_feed
from inpaintscan.train.calibration import calibrate, check_held_out
from inpaintscan.train.crops.examples import Examples
from inpaintscan.train.loop.loop import read_batches
from inpaintscan.train.settings import Stacker
from inpaintscan.weights import Calibration, Card, Input, load_network, read_card, write_weights

Fitted = tuple[dict[str, Any], dict[str, NDArray[Any]]]
"""The arguments of a stacker and its tensors."""


@dataclass(frozen=True, slots=True)
class EnsembleSettings:
    """How scores are stacked."""

    stacker: Stacker = "logistic"
    trees: int = 100
    depth: int = 6
    """Of the forest; deeper trees learn single images by heart."""
    workers: int = 1
    seed: int = 0


def train_ensemble(
    models: Sequence[Path],
    train_set: Dataset,
    val_set: Dataset,
    output: Path,
    settings: EnsembleSettings,
) -> Card:
    """Fit a stacker on the members' scores and write one file that `detect --model` takes.

    Give images that the members were not trained on: on their own they are too sure of themselves.

    Raises:
        MissingExtraError: if scikit-learn is not installed.
        UsageError: if a member does not score images, or there are fewer than two.
    """
    check_leaks(train_set, val_set)
    check_held_out(val_set.samples)
    members = [_Member.read(path) for path in models]
    if len(members) < 2:
        raise UsageError("--task ensemble: give at least two models, --member FILE --member FILE")
    network, feed = _without_stackers(members)
    classes = find_classes(train_set)
    features, labels = _features(network, feed, train_set, classes, settings)
    network.mean.copy_(features.mean(dim=0))
    network.deviation.copy_(features.std(dim=0).clamp(min=1e-6))
    standard = ((features - network.mean) / network.deviation).numpy()
    sizes = []
    for column in range(len(classes)):
        judged = (labels[:, column] > 0.5) | (labels.amax(dim=1) < 0.5)
        fitted = fit_stacker(
            standard[judged.numpy()], labels[judged, column].numpy() > 0.5, settings
        )
        network.stackers.append(fill_stacker(standard.shape[1], fitted))
        sizes.append(fitted[0])
    card = Card(
        name=output.stem,
        task="ensemble",
        arch="ensemble",
        arch_args={
            "members": [member.arguments() for member in members],
            "stackers": sizes,
            "stride": feed.stride,
        },
        classes=classes,
        input=Input(feed.fit, feed.size, feed.multiple, feed.stride),
        training={
            "members": [
                {"name": member.card.name, "sha256": sha256_of(member.path)} for member in members
            ],
            "kinds": sorted(
                {kind for one in members for kind in one.card.training.get("kinds", ())}
            ),
            "settings": {"stacker": settings.stacker, "seed": settings.seed},
            "data": {"train": len(train_set), "validation": len(val_set)},
        },
        tool_version=__version__,
    )
    write_weights(output, network, calibrate(network, card, val_set.samples))
    return read_card(output)


@dataclass(frozen=True, slots=True)
class _Member:
    path: Path
    card: Card
    network: nn.Module

    @classmethod
    def read(cls, path: Path) -> _Member:
        card = read_card(path)
        if card.task == "ensemble" or not {"inpainted", "generated"} & set(card.classes):
            raise UsageError(f"{path}: weights of task {card.task} cannot be in an ensemble")
        return cls(path, card, load_network(path)[0])

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the `Member` that it becomes."""
        card = self.card
        lines = [card.calibration.get(name, Calibration()) for name in card.classes]
        return {
            "arch": card.arch,
            "arch_args": card.arch_args,
            "classes": list(card.classes),
            "input": card.input.to_fields(),
            "lines": [[line.scale, line.bias] for line in lines],
        }


def _without_stackers(members: Sequence[_Member]) -> tuple[Ensemble, Feed]:
    """Return the members in one network, and how to feed it.

    By tiles, if any member wants them (the others then resize each tile), else at the largest of
    the members' sizes.
    """
    inputs = [to_feed(member.card) for member in members]
    tiled = [each for each in inputs if each.fit == "tile"]
    stride = min(each.stride for each in inputs)
    if tiled:
        multiple = math.lcm(*(each.multiple for each in tiled))
        smallest = min(each.size for each in tiled)
        feed = Feed("tile", max(multiple, smallest // multiple * multiple), multiple, stride)
    else:
        size = max(each.size for each in inputs)
        feed = Feed("resize", size, size, stride)
    network = Ensemble([member.arguments() for member in members], [], stride)
    for place, member in zip(network.members, members, strict=True):
        place.load_state_dict(
            {f"network.{name}": tensor for name, tensor in member.network.state_dict().items()}
        )
    return network.eval(), feed


def _features(
    network: Ensemble,
    feed: Feed,
    dataset: Dataset,
    classes: tuple[str, ...],
    settings: EnsembleSettings,
) -> tuple[Tensor, Tensor]:
    """Return the members' logits (N, features) and the labels (N, classes) of a data set."""
    device = resolve_device()
    network.to(device)
    examples = Examples(
        dataset.samples,
        classes,
        size=feed.size,
        fit=feed.fit,
        seed=settings.seed,
        training=False,
        balance=False,
    )
    loader = DataLoader(examples, batch_size=8, num_workers=settings.workers)
    logits, labels = [], []
    with torch.inference_mode():
        for batch in read_batches(loader):
            logits.append(network.look(batch["image"].to(device))[0].cpu())
            labels.append(batch["labels"])
    network.cpu()
    return torch.cat(logits).clone(), torch.cat(labels)


def fit_stacker(
    features: NDArray[np.float32], positive: NDArray[np.bool_], settings: EnsembleSettings
) -> Fitted:
    """Fit a stacker of scikit-learn's to features (N, F); return its arguments and tensors.

    Raises:
        MissingExtraError: if scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import SVC
    except ImportError as error:
        raise MissingExtraError("train --task ensemble", "ensemble") from error
    if settings.stacker == "logistic":
        line = LogisticRegression(class_weight="balanced").fit(features, positive)
        tensors = {"coefficients": line.coef_[0], "intercept": line.intercept_[0]}
        return {"kind": "logistic"}, tensors
    if settings.stacker == "svc":
        gamma = 1 / (features.shape[1] * max(float(features.var()), 1e-12))
        machine = SVC(gamma=gamma, class_weight="balanced").fit(features, positive)
        return (
            {"kind": "svc", "vectors": len(machine.support_vectors_), "gamma": gamma},
            {
                "vectors": machine.support_vectors_,
                "coefficients": machine.dual_coef_[0],
                "intercept": machine.intercept_[0],
            },
        )
    forest = RandomForestClassifier(
        settings.trees,
        max_depth=settings.depth,
        min_samples_leaf=2,
        class_weight="balanced",
        random_state=settings.seed,
    ).fit(features, positive)
    return _forest_arrays([tree.tree_ for tree in forest.estimators_])


def _forest_arrays(trees: list[Any]) -> Fitted:
    """Return the trees side by side, padded to the largest."""
    nodes, depth = max(tree.node_count for tree in trees), max(tree.max_depth for tree in trees)
    whole = {name: np.zeros((len(trees), nodes), np.int64) for name in ("feature", "left", "right")}
    parts = {name: np.zeros((len(trees), nodes), np.float32) for name in ("threshold", "share")}
    for row, tree in enumerate(trees):
        here, leaf = slice(0, tree.node_count), tree.children_left < 0
        itself = np.arange(tree.node_count)
        whole["feature"][row, here] = np.where(leaf, 0, tree.feature)
        whole["left"][row, here] = np.where(leaf, itself, tree.children_left)
        whole["right"][row, here] = np.where(leaf, itself, tree.children_right)
        # The largest float32 not above the threshold splits float32 features the same way.
        single = tree.threshold.astype(np.float32)
        lower = np.nextafter(single, np.float32(-np.inf))
        parts["threshold"][row, here] = np.where(single > tree.threshold, lower, single)
        counts = tree.value[:, 0]
        parts["share"][row, here] = counts[:, 1] / counts.sum(axis=1)
    sizes = {"kind": "forest", "trees": len(trees), "nodes": nodes, "depth": depth}
    return sizes, {**whole, **parts}


def fill_stacker(features: int, fitted: Fitted) -> nn.Module:
    """Return the stacker that takes so many features, with its numbers in place."""
    sizes, tensors = fitted
    stacker = build_stacker(features, **sizes)
    state = stacker.state_dict()
    stacker.load_state_dict(
        {
            name: torch.as_tensor(np.asarray(value)).to(state[name].dtype)
            for name, value in tensors.items()
        }
    )
    return stacker
