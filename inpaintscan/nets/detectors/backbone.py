"""Any timm or torchvision classifier as a feature extractor, by its name there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.nets.detectors.residual import ResidualInput

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
NO_PICKLES = (
    "pretrained weights must be a .safetensors file, as a pickle can hold code; convert one by "
    "safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW)"
)


class Backbone(nn.Module):
    """RGB in [0, 1] to one feature vector an image.

    timm's network of that name is taken, else torchvision's (`googlenet`, `alexnet`, ...). Input is
    normalised inside, with the mean and deviation the published weights of that network expect.
    `size` matters only to networks of a fixed input size (`vit_*`, `swin_*`). With `residual` a
    network of timm sees nine SRM residual maps beside RGB: trained from scratch on few photos, RGB
    alone hardly teaches it to look at noise. Weights of a file made for RGB then see RGB as before
    and nothing of the residuals, until they are trained.

    Raises:
        UsageError: if neither knows the name.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, arch: str, size: int, pretrained: str | None = None, residual: bool = False
    ) -> None:
        super().__init__()
        in_timm = arch in _timm_names()
        if residual and not in_timm:
            raise UsageError(f"--residual: {arch} is torchvision's; choose a classifier of timm")
        build = _build_timm if in_timm else _build_torchvision
        self.residuals = ResidualInput(learnt=0) if residual else None
        channels = 3 if self.residuals is None else self.residuals.maps
        self.body, self.features, (mean, deviation) = build(
            arch, size, pretrained == "download", channels
        )
        if pretrained not in {None, "download"}:
            _load_local(self.body, Path(str(pretrained)), arch, deviation if residual else None)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(deviation).view(1, 3, 1, 1), persistent=False
        )
        self.frozen = False

    def freeze(self) -> None:
        """Keep the features as they are: no gradients, batch norms in evaluation mode."""
        self.frozen = True
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    def train(self, mode: bool = True) -> Backbone:
        """Set training mode; a frozen backbone stays in evaluation mode."""
        super().train(mode and not self.frozen)
        return self

    def forward(self, tiles_bchw: Tensor) -> Tensor:
        """Return features, (B, `features`), of RGB tiles in [0, 1]."""
        if self.residuals is None:
            maps = (tiles_bchw - self.mean) / self.deviation
        else:
            maps = self.residuals(tiles_bchw)
        features: Tensor = self.body(maps)
        return features.flatten(1)


Statistics = tuple[tuple[float, ...], tuple[float, ...]]


def _timm_names() -> set[str]:
    import timm

    return set(timm.list_models())


def _build_timm(
    arch: str, size: int, download: bool, channels: int
) -> tuple[nn.Module, int, Statistics]:
    import timm

    config = timm.get_pretrained_cfg(arch)
    sized: dict[str, Any] = (
        {"img_size": size} if config is not None and config.fixed_input_size else {}
    )
    try:
        body = timm.create_model(
            arch, pretrained=download, num_classes=0, in_chans=channels, **sized
        )
    except (OSError, RuntimeError, ValueError, AssertionError) as error:
        raise _no_weights(arch, error) from error
    statistics = (
        (IMAGENET_MEAN, IMAGENET_STD) if config is None else (tuple(config.mean), tuple(config.std))
    )
    width: Any = getattr(body, "head_hidden_size", body.num_features)
    return body, int(width), statistics


def _build_torchvision(
    arch: str, _size: int, download: bool, _channels: int
) -> tuple[nn.Module, int, Statistics]:
    from torchvision import models

    names = models.list_models(module=models)
    if arch not in names:
        raise UsageError(
            f"--arch {arch}: neither timm nor torchvision has a classifier of that name; "
            "`timm.list_models()` lists timm's"
        )
    extra = {"init_weights": True} if arch in {"googlenet", "inception_v3"} and not download else {}
    try:
        body = models.get_model(arch, weights="DEFAULT" if download else None, **extra)
    except (OSError, RuntimeError) as error:
        raise _no_weights(arch, error) from error
    for name in ("aux1", "aux2", "AuxLogits"):
        if hasattr(body, name):
            setattr(body, name, None)
    body.aux_logits = False
    return body, _remove_last_linear(body, arch), (IMAGENET_MEAN, IMAGENET_STD)


def _remove_last_linear(body: nn.Module, arch: str) -> int:
    """Put an identity in place of the last linear layer; return its input width."""
    linear = [(n, m) for n, m in body.named_modules() if isinstance(m, nn.Linear)]
    if not linear:
        raise UsageError(f"--arch {arch}: ends in no linear layer; choose another classifier")
    name, last = linear[-1]
    parent, _, child = name.rpartition(".")
    setattr(body.get_submodule(parent), child, nn.Identity())
    return last.in_features


def _no_weights(arch: str, error: Exception) -> WeightsError:
    first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return WeightsError(
        f"--arch {arch}: cannot build it or fetch its pretrained weights ({first_line}); "
        "check the name, --size and the network, or give --pretrained-from FILE.safetensors"
    )


def _load_local(
    body: nn.Module, path: Path, arch: str, deviation: tuple[float, ...] | None
) -> None:
    """Load a safetensors file of that architecture; its classification head is left out.

    With `deviation`, that of RGB in the file's network, a first layer for RGB is widened.

    Raises:
        WeightsError: in one line, if it is none, or lacks or changes a layer.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix != ".safetensors":
        raise WeightsError(f"{path}: {NO_PICKLES}")
    try:
        tensors = load_file(path)
        wanted = body.state_dict()
        if deviation is not None:
            tensors = {
                name: _widen(tensor, wanted[name], deviation) if name in wanted else tensor
                for name, tensor in tensors.items()
            }
        missing = [name for name in wanted if name not in tensors and "num_batches" not in name]
        if missing:
            raise WeightsError(f"{path}: not weights of {arch}: it lacks {missing[0]}")
        for name, tensor in wanted.items():
            if name in tensors and tensors[name].shape != tensor.shape:
                raise WeightsError(
                    f"{path}: not weights of this {arch}: {name} is {_sides(tensors[name])} there "
                    f"and {_sides(tensor)} here; --size changes layers"
                )
        body.load_state_dict(
            {name: tensors[name] for name in wanted if name in tensors}, strict=False
        )
    except (OSError, SafetensorError, RuntimeError) as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise WeightsError(f"{path}: cannot load it as weights of {arch}: {why}") from error


def _widen(tensor: Tensor, wanted: Tensor, deviation: tuple[float, ...]) -> Tensor:
    """Return a first convolution of RGB as one of RGB and residuals, whose weights are zero.

    `ResidualInput` gives RGB in [-1, 1], a deviation of one half; any other tensor is left alone.
    """
    grows = tensor.ndim == wanted.ndim == 4 and tensor.shape[1] == 3 < wanted.shape[1]
    if not grows or tensor[:, 0].shape != wanted[:, 0].shape:
        return tensor
    wide = torch.zeros_like(wanted)
    wide[:, :3] = tensor * (torch.tensor(deviation).view(1, 3, 1, 1).reciprocal() / 2)
    return wide


def _sides(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"
