"""Classifiers and box regressors on backbones of timm and torchvision."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.nets.detectors.backbone import Backbone
from inpaintscan.nets.detectors.box_regressor import BoxRegressor
from inpaintscan.nets.detectors.classifier import Classifier


@pytest.mark.parametrize("arch", ["test_vit", "test_convnext", "test_resnet"])
def test_features_of_any_kind(arch: str) -> None:
    backbone = Backbone(arch, 64).eval()
    with torch.inference_mode():
        assert backbone(torch.rand(2, 3, 64, 64)).shape == (2, backbone.features)


def test_torchvision_is_asked_where_timm_knows_no_such_name() -> None:
    backbone = Backbone("shufflenet_v2_x0_5", 64).eval()
    with torch.inference_mode():
        assert backbone(torch.rand(1, 3, 64, 64)).shape == (1, 1024)


def test_residuals_beside_rgb() -> None:
    backbone = Backbone("test_convnext", 64, residual=True).eval()
    assert backbone.body.stem[0].in_channels == 12
    with torch.inference_mode():
        assert backbone(torch.rand(2, 3, 64, 64)).shape == (2, backbone.features)
    with pytest.raises(UsageError, match="choose a classifier of timm"):
        Backbone("googlenet", 64, residual=True)


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(UsageError, match="neither timm nor torchvision"):
        Backbone("resnot50", 64)
    with pytest.raises(UsageError, match="ends in no linear layer"):
        Backbone("squeezenet1_1", 64)


def test_normalisation_is_inside() -> None:
    backbone = Backbone("test_convnext", 64).eval()
    grey = backbone.mean.expand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(backbone(grey), backbone.body(torch.zeros(1, 3, 64, 64)).flatten(1))


def test_a_frozen_backbone_stays_as_it_is() -> None:
    network = Classifier("test_resnet", 64)
    network.backbone.freeze()
    network.train()
    before = {name: tensor.clone() for name, tensor in network.backbone.state_dict().items()}
    logits = network(torch.rand(2, 3, 64, 64)).score_logits
    logits.sum().backward()
    assert all(torch.equal(before[n], t) for n, t in network.backbone.state_dict().items())
    trained = [name for name, tensor in network.named_parameters() if tensor.grad is not None]
    assert trained == ["head.weight", "head.bias"]


def test_a_softmax_pair_is_cross_entropy() -> None:
    network = Classifier("test_convnext", 64, head="softmax").eval()
    images = torch.rand(4, 3, 64, 64)
    labels = torch.tensor([0, 1, 1, 0])
    outputs = network.head(network.backbone(images))
    expected = torch.nn.functional.cross_entropy(outputs, labels)
    found = torch.nn.functional.binary_cross_entropy_with_logits(
        network(images).score_logits[:, 0], labels.float()
    )
    assert torch.allclose(found, expected, atol=1e-6)


def test_local_weights(tmp_path: Path) -> None:
    import timm

    torch.manual_seed(3)
    whole = timm.create_model("test_convnext")  # with its 1000 classes, as published files are
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    loaded = Backbone("test_convnext", 64, str(tmp_path / "w.safetensors"))
    name = "stem.0.weight"
    assert torch.equal(loaded.body.state_dict()[name], whole.state_dict()[name])
    with pytest.raises(WeightsError, match="not weights of test_resnet"):
        Backbone("test_resnet", 64, str(tmp_path / "w.safetensors"))
    (tmp_path / "w.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"must be a \.safetensors file.* weights_only=True"):
        Backbone("test_convnext", 64, str(tmp_path / "w.pth"))


@pytest.mark.parametrize("classes", [0, 2, 21_843])
@pytest.mark.parametrize("arch", ["test_vit", "test_resnet", "shufflenet_v2_x0_5"])
def test_local_weights_with_any_head(tmp_path: Path, arch: str, classes: int) -> None:
    import timm
    from torchvision import models

    torch.manual_seed(3)
    whole = (
        timm.create_model(arch, num_classes=classes, img_size=64)
        if arch == "test_vit"
        else timm.create_model(arch, num_classes=classes)
        if arch.startswith("test")
        else models.get_model(arch, num_classes=classes or 1)
    )
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    loaded = Backbone(arch, 64, str(tmp_path / "w.safetensors")).body.state_dict()
    assert loaded
    assert all(torch.equal(tensor, whole.state_dict()[name]) for name, tensor in loaded.items())


def test_local_weights_of_another_size_are_one_line(tmp_path: Path) -> None:
    import timm

    save_file(timm.create_model("test_vit").state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"there and .* here; --size changes layers") as error:
        Backbone("test_vit", 64, str(tmp_path / "w.safetensors"))
    assert len(str(error.value).splitlines()) == 1


def test_local_weights_of_rgb_see_rgb_beside_residuals(tmp_path: Path) -> None:
    import timm

    torch.manual_seed(3)
    image = torch.rand(2, 3, 64, 64)
    save_file(timm.create_model("test_convnext").state_dict(), tmp_path / "w.safetensors")
    plain, wide = (
        Backbone("test_convnext", 64, str(tmp_path / "w.safetensors"), residual).eval()
        for residual in (False, True)
    )
    with torch.no_grad():
        assert torch.allclose(plain(image), wide(image), atol=1e-4)  # both take RGB in [-1, 1]

    whole = timm.create_model("test_efficientnet")
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    body = Backbone("test_efficientnet", 64, str(tmp_path / "w.safetensors"), residual=True).body
    stem = body.conv_stem.weight
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    assert torch.allclose(stem[:, :3] * 2 * deviation, whole.conv_stem.weight)
    assert not stem[:, 3:].any()


def test_boxes_are_boxes() -> None:
    torch.manual_seed(0)
    network = BoxRegressor("test_vit", 64).eval()
    with torch.inference_mode():
        network.head.weight.mul_(50)
        prediction = network(torch.rand(8, 3, 64, 64))
    assert prediction.score_logits.shape == (8, 1)
    boxes = prediction.boxes_xyxy
    assert boxes.shape == (8, 4)
    assert (boxes[:, :2] <= boxes[:, 2:]).all()
    assert boxes.min() >= 0
    assert boxes.max() <= 1
