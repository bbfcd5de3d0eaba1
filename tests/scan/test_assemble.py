"""Networks that lack a map or a score head, or take the whole image resized."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inpaintscan.findings import Box, ProbMap, Verdict
from inpaintscan.scan import load
from inpaintscan.scan.measures import moved, top_mean
from inpaintscan.scan.regions import mask_area, mask_share
from inpaintscan.weights import Input

RESIZE = Input("resize", 64)


@pytest.fixture
def half_red(tmp_path: Path) -> Path:
    """A grey picture of 300 x 200 whose right half is red."""
    image = Image.new("RGB", (300, 200), (120, 120, 120))
    image.paste((255, 0, 0), (150, 0, 300, 200))
    image.save(tmp_path / "half.png")
    return tmp_path / "half.png"


def test_without_a_map_there_is_only_a_verdict(
    make_stub: Callable[..., Path], half_red: Path
) -> None:
    finding = load(str(make_stub("score")), device="cpu").scan(half_red)
    assert finding.verdict == "inpainted"
    assert (finding.prob_map, finding.mask, finding.area) == (None, None, None)
    assert finding.reasons == ("no region stands out",)


def test_without_a_score_head_the_top_of_the_map_is_the_score(
    make_stub: Callable[..., Path], half_red: Path
) -> None:
    finding = load(str(make_stub("map")), device="cpu").scan(half_red)
    assert finding.verdict == "inpainted"
    assert finding.scores is not None
    assert finding.scores.inpainted > 0.99
    assert finding.scores.generated == 0.0
    assert finding.boxes == (Box(148, 0, 300, 200),) or finding.boxes[0].xmin in range(144, 157)


def test_one_class(make_stub: Callable[..., Path], half_red: Path) -> None:
    path = make_stub("map score", classes=("inpainted",))
    finding = load(str(path), device="cpu").scan(half_red)
    assert finding.scores is not None
    assert (finding.scores.generated, finding.verdict) == (0.0, "inpainted")


@pytest.mark.parametrize(
    ("feed", "box"),
    [
        (RESIZE, Box(0, 0, 150, 100)),  # a quarter of the image
        # a quarter of the tile with the highest score, the first wholly red one
        (Input("tile", 64, 32, 4), Box(160, 0, 192, 32)),
    ],
)
def test_a_box_head_gives_one_region(
    make_stub: Callable[..., Path], half_red: Path, feed: Input, box: Box
) -> None:
    finding = load(str(make_stub("score box", input=feed)), device="cpu").scan(half_red)
    assert finding.verdict == "inpainted"
    assert len(finding.regions) == 1
    found = finding.boxes[0]
    assert (found.xmax - found.xmin, found.ymax - found.ymin) == (
        box.xmax - box.xmin,
        box.ymax - box.ymin,
    )
    if feed is RESIZE:
        assert found == box
        assert finding.regions[0].area == 0.25


def test_a_resized_image_gives_a_map_of_its_own_size(
    make_stub: Callable[..., Path], half_red: Path
) -> None:
    finding = load(str(make_stub(input=RESIZE)), device="cpu").scan(half_red)
    assert finding.prob_map is not None
    assert finding.prob_map.grid.shape == (50, 75)
    assert finding.heatmap is not None
    assert finding.heatmap.shape == (200, 300)
    assert finding.mask is not None
    assert finding.mask[:, 170:].all()
    assert not finding.mask[:, :130].any()


@pytest.mark.parametrize(
    ("values", "share", "mean"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], 0.5, 3.5),
        ([[1.0, 2.0], [3.0, 4.0]], 0.01, 4.0),  # at least one
        ([[1.0, 2.0], [3.0, 4.0]], 1.0, 2.5),
        ([[7.0]], 0.01, 7.0),
    ],
)
def test_top_mean(values: list[list[float]], share: float, mean: float) -> None:
    assert top_mean(np.array(values, dtype=np.float32), share) == mean


@pytest.mark.parametrize("height", [1, 7, 600, 3000])
def test_the_share_of_the_mask_is_that_of_the_whole_mask(height: int) -> None:
    grid = np.random.default_rng(height).random((-(-height // 4), 250)).astype(np.float32)
    prob_map = ProbMap(grid, 4, (height, 997), 0.5)
    assert mask_share(prob_map) == pytest.approx(prob_map.mask.mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("verdict", "area"), [("clean", 0.0), ("generated", 1.0), ("unsure", 0.5), ("inpainted", 0.5)]
)
def test_the_area_agrees_with_the_verdict(verdict: Verdict, area: float) -> None:
    grid = np.zeros((8, 8), np.float32)
    grid[:4] = 1.0
    assert mask_area(verdict, ProbMap(grid, 4, (32, 32), 0.5)) == area


def test_a_clean_image_with_a_hot_map_has_no_area(
    make_stub: Callable[..., Path], tmp_path: Path
) -> None:
    Image.new("RGB", (96, 64), (120, 120, 120)).save(tmp_path / "grey.png")
    finding = load(str(make_stub(mask_threshold=0.01)), device="cpu").scan(tmp_path / "grey.png")
    assert (finding.verdict, finding.area) == ("clean", 0.0)
    assert finding.mask is not None
    assert not finding.mask.any()
    assert finding.prob_map is not None
    assert finding.prob_map.mask.all()


def test_the_map_of_the_default_network_moves_with_its_own_top(half_red: Path) -> None:
    scanner = load(device="cpu")
    network = scanner._predictor._network
    network.shift_line.zero_()
    still = scanner.scan(half_red).prob_map
    network.shift_line.copy_(torch.tensor([0.0, -6.0, -6.0]))
    lifted = scanner.scan(half_red).prob_map
    assert still is not None
    assert lifted is not None
    np.testing.assert_allclose(lifted.grid, moved(still.grid, 6.0), atol=1e-6)
    assert lifted.mask.sum() > still.mask.sum()
