"""NIQE's model of pristine photos <-> one safetensors file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inpaintscan import __version__
from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.eval.quality.niqe import FEATURES, PristineModel
from inpaintscan.files import write_bytes
from inpaintscan.weights import METADATA_KEY, Card, card_to_json, read_card, resolve_model

NAME = "niqe"
TASK = "quality"


def write_pristine(path: Path, model: PristineModel, photos: str) -> None:
    """Write a model through a temporary name; `photos` says in words what it was fitted on."""
    from safetensors.numpy import save

    card = Card(
        name=NAME,
        task=TASK,
        arch=NAME,
        classes=(),
        training={"photos": photos, "count": model.photos, "patches": model.patches},
        tool_version=__version__,
    )
    tensors = {
        "mean": np.ascontiguousarray(model.mean),
        "covariance": np.ascontiguousarray(model.covariance),
    }
    try:
        write_bytes(path, save(tensors, metadata={METADATA_KEY: card_to_json(card)}))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_pristine(path: Path | None = None) -> PristineModel:
    """Read a model, the shipped one unless told otherwise.

    Raises:
        WeightsError: if it is missing, damaged or no such model.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = resolve_model(NAME) if path is None else path
    card = read_card(path)
    if card.task != TASK:
        raise WeightsError(f"{path}: weights of task {card.task}, not a model of pristine photos")
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{path}: damaged weights file: {error}") from error
    if tensors["mean"].shape != (FEATURES,) or tensors["covariance"].shape != (FEATURES, FEATURES):
        raise WeightsError(f"{path}: not a model of {FEATURES} features")
    facts = card.training
    return PristineModel(
        tensors["mean"], tensors["covariance"], int(facts["count"]), int(facts["patches"])
    )
