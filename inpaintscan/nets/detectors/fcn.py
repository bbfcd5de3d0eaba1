"""The fully convolutional network on ResNet-50 of Long et al. 2015, as torchvision lays it out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.errors import WeightsError
from inpaintscan.nets.detectors.backbone import IMAGENET_MEAN, IMAGENET_STD, NO_PICKLES
from inpaintscan.nets.detectors.prediction import Prediction


class FcnResNet(nn.Module):
    """A ResNet whose last two stages are dilated instead of strided, and a small mask head.

    `layers` (3, 4, 6, 3) and `head_width` 512 are torchvision's `fcn_resnet50`, with the same
    tensor names, but for one output class; smaller numbers make a small one. The map has stride 8;
    torchvision's own network enlarges it to the input's size, here the caller does.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        layers: tuple[int, int, int, int] = (3, 4, 6, 3),
        head_width: int = 512,
        pretrained: str | None = None,
    ) -> None:
        super().__init__()
        from torchvision.models.resnet import Bottleneck, ResNet

        resnet = ResNet(Bottleneck, list(layers), replace_stride_with_dilation=[False, True, True])
        del resnet.fc, resnet.avgpool
        self.backbone = resnet
        self.classifier = nn.Sequential(
            nn.Conv2d(2048, head_width, 3, padding=1, bias=False),
            nn.BatchNorm2d(head_width),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(head_width, 1, 1),
        )
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False
        )
        if pretrained is not None:
            self._load(pretrained)

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return map logits (B, 1, H / 8, W / 8) of RGB tiles in [0, 1]."""
        body = self.backbone
        features = (tiles_bchw - self.mean) / self.deviation
        features = functional.relu(body.bn1(body.conv1(features)))
        features = body.maxpool(features)
        for stage in (body.layer1, body.layer2, body.layer3, body.layer4):
            features = stage(features)
        return Prediction(map_logits=self.classifier(features))

    def _load(self, pretrained: str) -> None:
        """Load `fcn_resnet50` weights (`download`: torchvision's) where the shapes are the same."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        if pretrained != "download" and not pretrained.endswith(".safetensors"):
            raise WeightsError(f"{pretrained}: {NO_PICKLES}")
        try:
            if pretrained == "download":
                from torchvision.models.segmentation import FCN_ResNet50_Weights

                tensors = FCN_ResNet50_Weights.DEFAULT.get_state_dict(check_hash=True)
            else:
                tensors = load_file(pretrained)
        except (OSError, SafetensorError, RuntimeError) as error:
            raise WeightsError(
                f"{pretrained}: cannot get weights of fcn_resnet50: {error}"
            ) from error
        wanted = self.state_dict()
        fitting = {
            name: tensor
            for name, tensor in tensors.items()
            if name in wanted and wanted[name].shape == tensor.shape
        }
        if "backbone.layer4.0.conv1.weight" not in fitting:
            raise WeightsError(f"{pretrained}: not weights of fcn_resnet50")
        self.load_state_dict(fitting, strict=False)
