"""Training inpainters: what the losses see, pass by pass, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.nets.losses.perceptual import PerceptualLoss, gram
from inpaintscan.train.loop.loop import Batch, train
from inpaintscan.train.settings import LoopConfig
from inpaintscan.train.tasks.inpainter import (
    InpainterSettings,
    InpainterTask,
    at_size,
    hole_windows,
    train_inpainter,
)


def batch_of(task: InpainterTask, start: int) -> Batch:
    samples = [task.samples[start], task.samples[start + 1]]
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}


def touched(module: torch.nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.any()) for p in module.parameters())


def test_the_refining_network_waits_until_the_coarse_one_has_learnt(
    photo_crops: Path, tmp_path: Path
) -> None:
    settings = InpainterSettings(arch_args={"width": 4}, crop=64)
    task = InpainterTask(settings, [photo_crops], tmp_path, seed=0, coarse_samples=2)
    network = task.network.train()
    inpainter, critics = network.inpainter, network.critics
    task.loss(network, batch_of(task, 0)).backward()
    assert touched(inpainter.coarse)
    assert touched(critics[0])
    assert not touched(inpainter.refine)
    assert not touched(critics[1])
    assert all(p.grad is not None for p in network.parameters()), "processes average all of them"
    task.loss(network, batch_of(task, 2)).backward()
    assert touched(inpainter.refine)
    assert touched(critics[1])


def test_what_waits_does_not_move(photo_crops: Path, tmp_path: Path) -> None:
    settings = InpainterSettings(arch_args={"width": 4}, crop=64, validation_crops=2)
    loop = LoopConfig(steps=3, batch_size=2, workers=0, weight_decay=0.5)
    task = InpainterTask(settings, [photo_crops], tmp_path, seed=0, coarse_samples=100)
    before = {name: tensor.clone() for name, tensor in task.network.state_dict().items()}
    after = train(task, loop, tmp_path / "run", keep="last").state_dict()
    moved = {
        ".".join(name.split(".")[:2])
        for name in before
        if not torch.equal(before[name], after[name])
    }
    assert moved == {"inpainter.coarse", "critics.0"}


def test_a_resumed_run_keeps_to_its_plan(photo_crops: Path, tmp_path: Path) -> None:
    settings = InpainterSettings(arch_args={"width": 4}, crop=64, validation_crops=2)
    loop = LoopConfig(steps=1, batch_size=2, workers=0)
    first = InpainterTask(settings, [photo_crops], tmp_path, seed=0, coarse_samples=4)
    waiting = first.network.state_dict()["inpainter.refine.0.convolution.weight"].clone()
    train(first, loop, tmp_path / "run", keep="last")
    for steps, still in ((2, True), (3, False)):
        other = InpainterTask(settings, [photo_crops], tmp_path, seed=1, coarse_samples=99)
        config = replace(loop, steps=steps)
        resumed = train(other, config, tmp_path / "run", resume=True, keep="last").state_dict()
        refined = resumed["inpainter.refine.0.convolution.weight"]
        assert torch.equal(refined, waiting) == still


def test_the_first_part_of_a_run_is_coarse(
    photo_crops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, float]] = []

    def stop(task: InpainterTask, config: LoopConfig, *_args: object, **_more: object) -> None:
        seen.append((int(task.network.coarse_samples), config.momentum))
        raise KeyboardInterrupt

    monkeypatch.setattr("inpaintscan.train.tasks.inpainter.train", stop)
    with pytest.raises(KeyboardInterrupt):
        train_inpainter(
            [photo_crops],
            tmp_path / "i.safetensors",
            InpainterSettings(arch_args={"width": 4}, crop=64),
            LoopConfig(steps=100, batch_size=4),
            tmp_path,
        )
    assert seen == [(240, 0.5)]


def test_without_the_critics_word_they_learn_nothing(photo_crops: Path, tmp_path: Path) -> None:
    settings = InpainterSettings(arch="partial", arch_args={"width": 4}, crop=64, adversarial=0)
    task = InpainterTask(settings, [photo_crops], tmp_path, seed=0)
    task.loss(task.network.train(), batch_of(task, 0)).backward()
    assert touched(task.network.inpainter)
    assert not touched(task.network.critics)


def test_vgg_teaches_the_inpainter_and_is_not_taught(
    photo_crops: Path, tmp_path: Path, vgg: Path
) -> None:
    settings = InpainterSettings(
        arch="fourier", arch_args={"width": 4, "blocks": 1}, crop=64, perceptual=str(vgg)
    )
    task = InpainterTask(settings, [photo_crops], tmp_path, seed=0)
    task.loss(task.network.train(), batch_of(task, 0)).backward()
    assert touched(task.network.inpainter)
    assert task.perceptual is not None
    assert not any(p.requires_grad for p in task.perceptual.parameters())
    assert not any("perceptual" in name for name in task.network.state_dict())


def test_vgg_tells_a_blur_from_the_photo(vgg: Path) -> None:
    torch.manual_seed(0)
    photo = torch.rand(1, 3, 32, 32)
    blurred = functional.avg_pool2d(photo, 3, 1, 1)
    shifted = photo.roll(5, dims=3)
    loss = PerceptualLoss(str(vgg))
    assert [float(value) for value in loss(photo, photo)] == [0.0, 0.0]
    content, style = loss(blurred, photo)
    moved_content, moved_style = loss(shifted, photo)
    assert content > 0
    assert moved_content > 0
    assert moved_style < 0.5 * style, "the same texture elsewhere is the same style"


def test_gram_does_not_know_places() -> None:
    features = torch.rand(1, 4, 6, 6)
    torch.testing.assert_close(gram(features), gram(features.flip(3)))
    assert gram(features).shape == (1, 4, 4)


def test_files_that_are_not_vgg_are_named(tmp_path: Path) -> None:
    save_file({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "some.safetensors")
    with pytest.raises(WeightsError, match=r"not weights of VGG-16: it lacks 'features\.0\.bias'"):
        PerceptualLoss(str(tmp_path / "some.safetensors"))
    (tmp_path / "text.safetensors").write_text("x")
    for name in ("text.safetensors", "none.safetensors"):
        with pytest.raises(WeightsError, match="cannot get VGG-16's weights"):
            PerceptualLoss(str(tmp_path / name))


def test_a_damaged_download_is_fetched_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = tmp_path / "hub" / "checkpoints" / "vgg16-397923af.pth"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half a file")
    asked: list[str] = []

    def refuse(url: str, *_args: object, **_more: object) -> None:
        asked.append(url)
        raise OSError("no network here")

    monkeypatch.setattr("torch.hub.download_url_to_file", refuse)
    with pytest.raises(WeightsError, match="cannot get VGG-16's weights: no network here"):
        PerceptualLoss("download")
    assert len(asked) == 1
    assert not cached.exists()


def test_windows_lie_around_the_hole_inside_the_frame() -> None:
    places = torch.arange(40.0 * 60).view(1, 1, 40, 60).expand(8, -1, -1, -1)
    masks = torch.zeros(8, 1, 40, 60)
    masks[..., 30:34, 2:6] = 1
    windows = hole_windows(torch.cat([places, masks], dim=1), masks, 16)
    assert windows.shape == (8, 2, 16, 16)
    assert (windows[:, 1].sum(dim=(1, 2)) == 16).all(), "the whole small hole is in view"
    assert hole_windows(places, masks, 64).shape == (8, 1, 40, 40)


def test_a_pass_is_held_against_the_photo_at_its_size() -> None:
    images, masks = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    masks[..., 5, 5] = 1
    small, holes = at_size(images, masks, torch.zeros(1, 3, 4, 4))
    torch.testing.assert_close(small[..., 0, 0], images[..., :4, :4].mean(dim=(2, 3)))
    assert holes.nonzero().tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arch_args": {"widht": 4}}, "widht"),
        ({"arch_args": {"width": -4}}, "--arch gated"),
        ({"arch_args": {"shrink": 3}}, "shrink 3: must be one of 1, 2, 4, 8"),
        ({"arch_args": {"shrink": "x"}}, "shrink 'x': must be one of"),
        ({"arch_args": {"width": 4}, "crop": 100}, "--size 100: must be a multiple of 64"),
    ],
)
def test_what_cannot_be_built_is_refused(
    photo_crops: Path, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    settings = InpainterSettings(**changes)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=message):
        InpainterTask(settings, [photo_crops], tmp_path, seed=0)
