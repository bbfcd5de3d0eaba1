"""Pairs of crops: what may differ, and what may not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inpaintscan.data import Sample
from inpaintscan.errors import DataError
from inpaintscan.train.crops.pairs import (
    PairCrops,
    PairSettings,
    cell_shares,
    draw_overlay,
    to_levels,
)

PLAIN = PairSettings(
    crop=64, degraded_share=0, soft_share=0, overlay_share=0, generated_share=0, varied_share=0,
    camera_jpeg_share=0,
)  # fmt: skip


def make_samples(root: Path, method: str, count: int = 3, side: int = 96) -> list[Sample]:
    """Write photos of value 100 and fills of value 200, with a mask in the middle."""
    samples = []
    for number in range(count):
        for kind, value in (("original", 100 + number), ("inpainted", 200), ("mask", 0)):
            path = root / "train" / kind / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((side, side) if kind == "mask" else (side, side, 3), value, np.uint8)
            if kind == "mask":
                pixels[32:64, 32:64] = 255
            Image.fromarray(pixels).save(path)
        image = root / "train" / "inpainted" / f"{number}.png"
        label = "inpainted" if method == "telea" else "generated"
        samples.append(Sample(image, label, kind="inpainted", method=method, split="train"))
    return samples


@pytest.mark.parametrize("method", ["vae:tiny", "telea"])
def test_only_the_masked_cells_of_the_twin_differ(tmp_path: Path, method: str) -> None:
    crops = PairCrops(make_samples(tmp_path, method), PLAIN, tmp_path / "cache", seed=0)
    for index in range(20):
        pair = crops[index]
        clean, made = pair["images"].float()
        differs = torch.nn.functional.avg_pool2d((clean != made).float(), 4)[0]
        torch.testing.assert_close(differs, pair["map_target"][1, 0])
        assert not pair["map_target"][0].any()
        assert pair["score_target"].tolist() == [[0, 0], [1, 0]]
        assert pair["map_weight"].tolist() == [1, 1]


def test_a_known_mask_is_always_in_sight(tmp_path: Path) -> None:
    settings = replace(PLAIN, crop=40)
    crops = PairCrops(make_samples(tmp_path, "telea"), settings, tmp_path / "cache", seed=0)
    assert all(crops[index]["map_target"][1].any() for index in range(30))


def test_a_whole_rebuilt_frame_is_generated_and_all_of_it_synthesised(tmp_path: Path) -> None:
    settings = replace(PLAIN, generated_share=1.0)
    crops = PairCrops(make_samples(tmp_path, "vae"), settings, tmp_path / "cache", seed=0)
    pair = crops[0]
    assert (pair["images"][1] == 200).all()
    assert pair["score_target"][1].tolist() == [0, 1]
    assert pair["map_weight"].tolist() == [1, 1]
    assert pair["map_target"][1].eq(1).all()


def test_a_hole_filler_never_makes_a_generated_frame(tmp_path: Path) -> None:
    settings = replace(PLAIN, generated_share=1.0)
    crops = PairCrops(make_samples(tmp_path, "telea"), settings, tmp_path / "cache", seed=0)
    assert all(crops[index]["score_target"][1].tolist() == [1, 0] for index in range(10))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_redrawn_frame_is_pasted_in_its_hole_or_anywhere(tmp_path: Path, share: float) -> None:
    settings = replace(PLAIN, crop=96, hole_share=share)
    samples = make_samples(tmp_path, "gated")
    crops = PairCrops(samples, settings, tmp_path / "cache", seed=0)
    targets = torch.stack([crops[index]["map_target"][1, 0] for index in range(10)])
    hole = torch.zeros(24, 24)
    hole[8:16, 8:16] = 1
    in_hole = [bool((target == hole).all()) for target in targets]
    assert all(in_hole) if share else not any(in_hole)


def test_redrawn_frames_need_no_mask(tmp_path: Path) -> None:
    samples = make_samples(tmp_path, "vae")
    for path in (tmp_path / "train" / "mask").iterdir():
        path.unlink()
    crops = PairCrops(samples, PLAIN, tmp_path / "cache", seed=0)
    assert crops[0]["map_target"][1].any()


def test_a_soft_mask_becomes_the_grey_levels_that_gen_data_writes() -> None:
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_levels(levels / np.float32(255)), levels)


def test_a_sample_depends_on_its_number_and_the_seed_alone(tmp_path: Path) -> None:
    samples = make_samples(tmp_path, "vae")
    one, two, other = (
        PairCrops(samples, PairSettings(crop=64), tmp_path / "cache", seed) for seed in (0, 0, 1)
    )
    for index in (5, 0, 3):
        for name, tensor in one[index].items():
            torch.testing.assert_close(two[index][name], tensor)
    assert any((one[i]["images"] != other[i]["images"]).any() for i in range(3))


def test_small_photos_are_reflected_to_the_crop(tmp_path: Path) -> None:
    settings = replace(PLAIN, crop=160)
    crops = PairCrops(make_samples(tmp_path, "vae"), settings, tmp_path / "cache", seed=0)
    assert crops[0]["images"].shape == (2, 3, 160, 160)


def test_no_fill_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="inpainted"):
        PairCrops([], PLAIN, tmp_path, seed=0)


@pytest.mark.parametrize("kind", ["original", "mask"])
def test_what_a_pair_is_made_of_must_be_there(tmp_path: Path, kind: str) -> None:
    samples = make_samples(tmp_path, "telea")
    (tmp_path / "train" / kind / "1.png").unlink()
    with pytest.raises(DataError, match=rf"{kind}.1\.png: missing; see gen-data --kinds"):
        PairCrops(samples, PLAIN, tmp_path / "cache", seed=0)


def test_an_overlay_lies_on_both_and_is_no_fill() -> None:
    rng = np.random.default_rng(0)
    original, made = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)
    alpha = np.ones((64, 64), np.float32)
    first, second, cut = draw_overlay(original, made, alpha, rng)
    covered = cut == 0
    assert covered.any()
    np.testing.assert_array_equal(first[covered], second[covered])
    np.testing.assert_array_equal(second[~covered], made[~covered])


def test_cells_hold_the_share_of_replaced_pixels() -> None:
    alpha = np.zeros((8, 8), np.float32)
    alpha[:4, :2] = 1
    alpha[4:, 4:] = 0.4  # more original than fill
    assert cell_shares(alpha, 2).tolist() == [[0.5, 0], [0, 0]]
