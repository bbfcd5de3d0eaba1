"""The networks, by the name that a weights file carries.

Each builder imports its module when called, so the names cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


def _from(module: str, name: str) -> Callable[..., nn.Module]:
    def build(**arguments: Any) -> nn.Module:  # noqa: ANN401 (as the card has them)
        network: nn.Module = getattr(import_module(f"inpaintscan.nets.{module}"), name)(**arguments)
        return network

    return build


NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "autoencoder": _from("generators.autoencoder", "Autoencoder"),
    "box_regressor": _from("detectors.box_regressor", "BoxRegressor"),
    "classifier": _from("detectors.classifier", "Classifier"),
    "ensemble": _from("detectors.ensemble", "Ensemble"),
    "fcn_resnet50": _from("detectors.fcn", "FcnResNet"),
    "fourier": _from("generators.fourier", "FourierInpainter"),
    "gated": _from("generators.gated", "GatedInpainter"),
    "nixnet": _from("detectors.nixnet", "NixNet"),
    "partial": _from("generators.partial", "PartialInpainter"),
    "scannet": _from("detectors.scannet", "ScanNet"),
    "tracenet": _from("detectors.tracenet", "TraceNet"),
    "twolook": _from("detectors.twolook", "TwoLook"),
}
