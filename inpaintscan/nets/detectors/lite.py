"""EfficientNet-Lite0 (Tan and Le 2019; Lite: no squeeze-and-excitation, ReLU6), features only.

Built here rather than by timm, whose import alone costs seconds.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.folding import fold_norms

FEATURES = 1280
# Expansion, kernel, stride, channels, repeats of each stage.
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
_STEM = 32
_EPSILON = 1e-3


def centre(rgb_bchw: Tensor) -> Tensor:
    """Return RGB of [0, 1] as the ImageNet weights expect it: grey levels, less 127, by 128."""
    return (rgb_bchw * 255 - 127) / 128


class SameConv(nn.Conv2d):
    """Convolution padded as TensorFlow does it: with stride 2, more to the right and below."""

    def forward(self, input: Tensor) -> Tensor:
        """Return ceil(side / stride) squared maps, for sides that the stride divides."""
        missing = self.kernel_size[0] - self.stride[0]
        after = missing - missing // 2
        weight = self.weight
        if after > missing // 2:
            # A row of zeros before the kernel costs less than one after the map.
            weight = functional.pad(weight, (1, 0, 1, 0))
        return functional.conv2d(input, weight, self.bias, self.stride, after, groups=self.groups)


def _conv_norm(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, act: bool = True
) -> nn.Sequential:
    layers: list[nn.Module] = [
        SameConv(inputs, outputs, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=_EPSILON),
    ]
    return nn.Sequential(*layers, *([nn.ReLU6(inplace=True)] if act else []))


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; a skip where the shape stays (Sandler et al. 2018)."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = _conv_norm(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _conv_norm(wide, wide, kernel, stride, groups=wide)
        self.project = _conv_norm(wide, outputs, 1, act=False)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, h, w) -> (B, outputs, h / stride, w / stride)."""
        changed: Tensor = self.project(self.depthwise(self.expand(features)))
        return features + changed if self.skip else changed


class EfficientNetLite0(nn.Module):
    """RGB in [0, 1], (B, 3, H, W), sides multiples of 32, to 1,280 pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv_norm(3, _STEM, 3, 2)
        blocks: list[nn.Module] = []
        inputs = _STEM
        for expansion, kernel, stride, outputs, repeats in _STAGES:
            for index in range(repeats):
                step = stride if index == 0 else 1
                blocks.append(InvertedResidual(inputs, outputs, expansion, kernel, step))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = _conv_norm(inputs, FEATURES, 1)

    def forward(self, rgb_bchw: Tensor) -> Tensor:
        """Return features, (B, 1280)."""
        features: Tensor = self.head(self.blocks(self.stem(centre(rgb_bchw))))
        return features.mean(dim=(2, 3))

    def fuse(self) -> EfficientNetLite0:
        """Fold the batch norms into their convolutions, in place; for inference only."""
        fold_norms(self)
        return self
