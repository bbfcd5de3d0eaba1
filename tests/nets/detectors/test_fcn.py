"""FCN-ResNet: torchvision's network, one class."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models.segmentation import fcn_resnet50

from inpaintscan.errors import WeightsError
from inpaintscan.nets.detectors.fcn import FcnResNet

SMALL = {"layers": (1, 1, 1, 1), "head_width": 16}


def test_the_map_has_stride_eight() -> None:
    network = FcnResNet(**SMALL).eval()
    with torch.inference_mode():
        prediction = network(torch.rand(1, 3, 64, 96))
    assert prediction.map_logits.shape == (1, 1, 64 // 8, 96 // 8)
    assert prediction.score_logits is None


def test_it_is_torchvisions_network() -> None:
    with torch.device("meta"):
        theirs = fcn_resnet50(weights=None, weights_backbone=None, num_classes=1, aux_loss=False)
        ours = FcnResNet()
    shapes = {name: tensor.shape for name, tensor in theirs.state_dict().items()}
    assert {name: tensor.shape for name, tensor in ours.state_dict().items()} == shapes
    layout = [type(module) for module in theirs.backbone.modules()][1:]
    assert [type(module) for module in ours.backbone.modules()][1:] == layout
    convolutions = [
        [
            (m.kernel_size, m.stride, m.dilation)
            for m in body.modules()
            if type(m) is torch.nn.Conv2d
        ]
        for body in (theirs.backbone, ours.backbone)
    ]
    assert convolutions[0] == convolutions[1]


def test_local_weights_are_taken(tmp_path: Path) -> None:
    torch.manual_seed(1)
    first = FcnResNet(**SMALL).eval()
    save_file(first.state_dict(), tmp_path / "fcn.safetensors")
    again = FcnResNet(**SMALL, pretrained=str(tmp_path / "fcn.safetensors")).eval()
    images = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(first(images).map_logits, again(images).map_logits)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="not weights of fcn_resnet50"):
        FcnResNet(**SMALL, pretrained=str(tmp_path / "other.safetensors"))
    with pytest.raises(WeightsError, match=r"must be a \.safetensors file"):
        FcnResNet(**SMALL, pretrained=str(tmp_path / "other.pth"))
    with pytest.raises(WeightsError, match="cannot get weights"):
        FcnResNet(**SMALL, pretrained=str(tmp_path / "gone.safetensors"))
