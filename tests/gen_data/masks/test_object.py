from __future__ import annotations

import sys
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from inpaintscan.errors import WeightsError
from inpaintscan.gen_data.masks.object import draw_object, load_detector, wrap_detector


class Segmenter(nn.Module):
    """Answers as torchvision's Mask R-CNN: two sure instances of two classes, one unsure."""

    def forward(self, images: list[torch.Tensor]) -> list[dict[str, torch.Tensor]]:
        height, width = images[0].shape[-2:]
        assert images[0].min() >= 0
        assert images[0].max() <= 1
        masks = torch.zeros(3, 1, height, width)
        masks[0, 0, :10, :10] = 0.9
        masks[1, 0, 20:40, 20:40] = 0.8
        masks[2] = 1.0
        return [
            {
                "scores": torch.tensor([0.9, 0.8, 0.2]),
                "labels": torch.tensor([1, 7, 7]),
                "masks": masks,
            }
        ]


def test_the_sure_instances_are_kept(photo: NDArray[np.uint8]) -> None:
    labels, masks = wrap_detector(Segmenter(), "cpu")(photo)
    assert labels.tolist() == [1, 7]
    assert masks.shape == (2, *photo.shape[:2])
    assert masks.sum(axis=(1, 2)).tolist() == [100, 400]


def test_an_object_of_a_random_class_and_of_the_asked_area_is_drawn(
    photo: NDArray[np.uint8],
) -> None:
    detector = wrap_detector(Segmenter(), "cpu")
    sizes = set()
    for seed in range(10):
        mask = draw_object(photo, detector, (0.001, 0.5), 2, np.random.default_rng(seed))
        assert mask is not None
        sizes.add(int(mask.sum()))
    assert sizes == {100, 400}
    assert draw_object(photo, detector, (0.5, 0.9), 2, np.random.default_rng(0)) is None


def test_torchvisions_network_fits(photo: NDArray[np.uint8]) -> None:
    from torchvision.models.detection import MaskRCNN
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.ops import MultiScaleRoIAlign

    torch.manual_seed(0)
    backbone = nn.Sequential(nn.Conv2d(3, 8, 3, stride=8, padding=1), nn.ReLU())
    backbone.out_channels = 8  # type: ignore[assignment]
    network = MaskRCNN(
        backbone,
        num_classes=3,
        rpn_anchor_generator=AnchorGenerator(((32,),), ((1.0,),)),
        box_roi_pool=MultiScaleRoIAlign(["0"], 3, 2),
        mask_roi_pool=MultiScaleRoIAlign(["0"], 3, 2),
        min_size=64,
        max_size=128,
    )
    labels, masks = wrap_detector(network, "cpu")(photo)
    assert masks.shape == (len(labels), *photo.shape[:2])


def test_a_download_says_nothing_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def download(*arguments: Any, **options: Any) -> dict[str, torch.Tensor]:
        for stream in (sys.stdout, sys.stderr):
            print("Downloading: ...", file=stream)
        return {}

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    with pytest.raises(RuntimeError, match="Missing key"):  # of the weights it did not get
        load_detector("cpu")
    assert capsys.readouterr() == ("", "")


def test_a_download_that_fails_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fail)
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fail)
    with pytest.raises(WeightsError, match="choose another --mask"):
        load_detector("cpu")
