"""Training examples: order, truth, and that workers change nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from inpaintscan.data import Sample, read_dataset
from inpaintscan.errors import DataError
from inpaintscan.train.crops.examples import Examples
from inpaintscan.train.loop.loop import read_batches


def examples_of(folder: Path, **changes: object) -> Examples:
    settings = {"size": 64, "fit": "resize", "seed": 1, **changes}
    samples = read_dataset(folder).of(split="train").samples
    return Examples(samples, ("inpainted",), **settings)


def test_classes_take_turns_and_every_image_its_turn(toy_set: Path) -> None:
    examples = examples_of(toy_set)
    examples.samples = examples.samples[1:]  # 3 originals and 4 realfakes
    examples = Examples(examples.samples, ("inpainted",), size=64, fit="resize", seed=1)
    drawn = [examples.sample_at(index) for index in range(24)]
    assert [sample.label for sample in drawn[:4]] == ["clean", "inpainted"] * 2
    count = Counter(sample.image for sample in drawn)
    assert {count[s.image] for s in drawn if s.label == "clean"} == {4}
    assert {count[s.image] for s in drawn if s.label == "inpainted"} == {3}


def test_the_order_changes_from_round_to_round(toy_set: Path) -> None:
    examples = examples_of(toy_set, balance=False)
    rounds = [[examples.sample_at(8 * turn + i).image for i in range(8)] for turn in range(3)]
    assert all(sorted(names) == sorted(rounds[0]) for names in rounds)
    assert rounds[0] != rounds[1]


def test_workers_change_nothing(toy_set: Path) -> None:
    examples = examples_of(toy_set, fit="tile", size=32, augment_share=1.0)
    indices = [[3, 4, 5], [12, 13, 14]]
    alone = list(DataLoader(examples, batch_sampler=indices))
    helped = list(DataLoader(examples, batch_sampler=indices, num_workers=2))
    for first, second in zip(alone, helped, strict=True):
        assert all(torch.equal(first[name], second[name]) for name in first)


def test_truth_is_that_of_the_picture(toy_set: Path) -> None:
    examples = examples_of(toy_set, training=False)
    for index, sample in enumerate(examples.samples):
        example = examples[index]
        fake = sample.label == "inpainted"
        assert example["labels"].tolist() == [float(fake)]
        assert example["has_box"] == float(fake)
        assert example["has_mask"] == 1
        if fake:
            box = (example["box"] * 64).tolist()
            assert box == [sample.box.xmin, sample.box.ymin, sample.box.xmax, sample.box.ymax]
            inside = example["image"][:, example["mask"][0] > 0]
            assert inside.std(dim=1).max() < 0.01  # the toy fill is flat


def test_resizing_takes_box_and_mask_along(toy_set: Path) -> None:
    small, large = (examples_of(toy_set, training=False, size=size)[1] for size in (32, 64))
    assert torch.allclose(small["box"], large["box"], atol=1 / 32)
    assert small["image"].shape == (3, 32, 32)
    assert torch.isclose(small["mask"].float().mean(), large["mask"].float().mean(), atol=0.05)


def test_a_tile_without_a_replaced_pixel_is_clean(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[:4, :4] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(mask).save(tmp_path / "m.png")
    sample = Sample(tmp_path / "a.png", "inpainted", tmp_path / "m.png")
    examples = Examples([sample], ("inpainted",), size=16, fit="tile", seed=0)
    labels = {
        (float(example["labels"]), bool(example["mask"].any()))
        for example in (examples[index] for index in range(40))
    }
    assert labels == {(0.0, False), (1.0, True)}


def test_a_smaller_picture_is_padded(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(tmp_path / "a.png")
    sample = Sample(tmp_path / "a.png", "clean")
    for size in (32, 96):
        example = Examples([sample], ("inpainted",), size=size, fit="tile", seed=0)[0]
        assert example["image"].shape == (3, size, size)
        assert torch.allclose(example["image"], torch.tensor(90 / 255))


@pytest.mark.parametrize("workers", [0, 1])
def test_what_cannot_be_read_is_named_in_one_line(tmp_path: Path, workers: int) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    examples = Examples(
        [Sample(tmp_path / "a.png", "clean")], ("inpainted",), size=16, fit="resize", seed=0
    )
    with pytest.raises(DataError) as caught:
        next(read_batches(DataLoader(examples, num_workers=workers)))
    assert str(caught.value).startswith(f"{tmp_path / 'a.png'}: not an image")
    assert len(str(caught.value).splitlines()) == 1


def test_without_a_mask_the_label_stands(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "a.png")
    sample = Sample(tmp_path / "a.png", "inpainted")
    example = Examples([sample], ("inpainted",), size=16, fit="tile", seed=0)[0]
    assert (float(example["labels"]), float(example["has_box"]), float(example["has_mask"])) == (
        1,
        0,
        0,
    )
