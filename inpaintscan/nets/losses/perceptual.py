"""What a network that knows photos sees in a fill: perceptual and style losses."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.errors import WeightsError
from inpaintscan.files import sha256_of
from inpaintscan.nets.detectors.backbone import IMAGENET_MEAN, IMAGENET_STD

_TAPS = (3, 8, 15)
"""relu1_2, relu2_2 and relu3_3, the last activation before each of the first three poolings."""


class PerceptualLoss(nn.Module):
    """How far a fill is from the photo in the eyes of VGG-16 (Johnson et al. 2016).

    Its weights, trained on ImageNet, are torchvision's: "download", or a `.safetensors` file with
    torchvision's names (`features.0.weight`, ...). They are never trained on.

    Raises:
        WeightsError: if they cannot be had.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: str) -> None:
        super().__init__()
        self.layers = _first_layers(weights).requires_grad_(False).eval()
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def train(self, _mode: bool = True) -> PerceptualLoss:
        """Stay in evaluation mode."""
        return super().train(False)

    def features(self, pictures_bchw: Tensor) -> list[Tensor]:
        """Return three levels of features of RGB in [0, 1]; at least 4 pixels a side."""
        found = []
        maps = (pictures_bchw - self.mean) / self.deviation
        for number, layer in enumerate(self.layers):
            maps = layer(maps)
            if number in _TAPS:
                found.append(maps)
        return found

    def forward(self, filled: Tensor, photos: Tensor) -> tuple[Tensor, Tensor]:
        """Return the perceptual and the style loss of RGB (B, 3, H, W) in [0, 1].

        As in Liu et al. 2018, L1 of the features, and L1 of their Gram matrices.
        """
        with torch.no_grad():
            wanted = self.features(photos)
        content, style = [], []
        for made, real in zip(self.features(filled), wanted, strict=True):
            content.append(functional.l1_loss(made.float(), real.float()))
            style.append(functional.l1_loss(gram(made), gram(real)))
        return torch.stack(content).sum(), torch.stack(style).sum()


def gram(features_bchw: Tensor) -> Tensor:
    """Return (B, C, C), how channels go together: which texture, wherever its lines run."""
    with torch.autocast(features_bchw.device.type, enabled=False):
        flat = features_bchw.float().flatten(2)
        return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def _first_layers(weights: str) -> nn.Sequential:
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from torchvision.models import VGG16_Weights, vgg16

    with torch.device("meta"):  # 138 million parameters, of which a hundredth is wanted
        layers = nn.Sequential(*vgg16(weights=None, init_weights=False).features[: _TAPS[-1] + 1])
    try:
        if weights == "download":
            _drop_damaged(VGG16_Weights.IMAGENET1K_V1.url)
            tensors = VGG16_Weights.IMAGENET1K_V1.get_state_dict(progress=True, check_hash=True)
        else:
            tensors = load_file(Path(weights))
        wanted = {name: tensors[f"features.{name}"] for name in layers.state_dict()}
        layers.load_state_dict(wanted, assign=True)
    except KeyError as error:
        raise WeightsError(f"{weights}: not weights of VGG-16: it lacks {error}") from error
    except (OSError, EOFError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"--perceptual: cannot get VGG-16's weights: {error}") from error
    for layer in layers:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    return layers


def _drop_damaged(url: str) -> None:
    """Remove a cached download that is not what its name says, so that it is fetched anew."""
    name = url.rpartition("/")[2]
    cached = Path(torch.hub.get_dir()) / "checkpoints" / name
    if cached.is_file() and not sha256_of(cached).startswith(name.rpartition("-")[2][:8]):
        cached.unlink()
