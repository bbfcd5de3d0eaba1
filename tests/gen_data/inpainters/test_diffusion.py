"""The diffusers families, with tiny random models made here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from inpaintscan.errors import MissingExtraError, UsageError, WeightsError
from inpaintscan.gen_data.inpainters import Hole, load_inpainter
from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(
    methods=(Choice("diffusion"),),
    device="cpu",
    precision="fp32",
    diffusion_steps=2,
    diffusion_size=64,
)


def make_vae() -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
    )


@pytest.fixture(scope="session")
def pipeline_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Stable Diffusion pipeline of a few thousand random weights."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("pipeline")
    words = tmp_path_factory.mktemp("words")
    letters = [chr(code) for code in range(97, 123)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "ab</w>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    vocabulary |= {"<|startoftext|>": len(tokens), "<|endoftext|>": len(tokens) + 1}
    (words / "vocab.json").write_text(json.dumps(vocabulary))
    (words / "merges.txt").write_text("#version: 0.2\na b</w>\n")
    text_config = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=len(tokens),
        eos_token_id=len(tokens) + 1,
        pad_token_id=len(tokens) + 1,
    )
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(8, 8),
        layers_per_block=1,
        sample_size=16,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        attention_head_dim=2,
        norm_num_groups=4,
    )
    diffusers.StableDiffusionPipeline(
        vae=make_vae(),
        text_encoder=CLIPTextModel(text_config),
        tokenizer=CLIPTokenizer(
            str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=16
        ),
        unet=unet,
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def with_prompt(hole: Hole, prompt: str) -> Hole:
    return replace(hole, prompt=prompt)


def test_inpainting_follows_prompt_and_seed(
    pipeline_folder: Path, hole: Callable[..., Hole]
) -> None:
    inpainter = load_inpainter(Choice("diffusion", str(pipeline_folder)), SETTINGS)
    assert inpainter.whole_frame
    frames = inpainter.inpaint(
        [with_prompt(hole(1), "a cat"), with_prompt(hole(1), "a cat"), with_prompt(hole(2), "dog")]
    )
    assert all(frame.shape == (96, 128, 3) for frame in frames)
    assert np.abs(frames[0].astype(int) - frames[1]).max() <= 1
    assert (frames[0] != frames[2]).any()


def test_text_to_image_has_nothing_of_the_photo(
    pipeline_folder: Path, hole: Callable[..., Hole]
) -> None:
    inpainter = load_inpainter(Choice("text-to-image", str(pipeline_folder)), SETTINGS)
    assert inpainter.from_nothing
    given = hole(1)
    black = replace(hole(1), image=np.zeros_like(given.image))
    (first,) = inpainter.inpaint([with_prompt(given, "a cat")])
    (second,) = inpainter.inpaint([with_prompt(black, "a cat")])
    assert (first == second).all()
    assert first.shape == given.image.shape


def test_an_autoencoder_of_diffusers_is_taken_alone_or_from_a_pipeline(
    tmp_path: Path, pipeline_folder: Path, hole: Callable[..., Hole]
) -> None:
    torch.manual_seed(0)
    make_vae().save_pretrained(tmp_path / "kl")
    tiny = diffusers.AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    )
    tiny.save_pretrained(tmp_path / "tiny")
    for folder in (tmp_path / "kl", tmp_path / "tiny", pipeline_folder):
        inpainter = load_inpainter(Choice("vae", str(folder)), replace(SETTINGS, vae_noise=0.1))
        (frame,) = inpainter.inpaint([hole()])
        assert frame.shape == (96, 128, 3)


def test_what_is_no_pipeline_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="say which pipeline"):
        load_inpainter(Choice("diffusion"), SETTINGS)
    with pytest.raises(WeightsError, match="cannot load this diffusers pipeline"):
        load_inpainter(Choice("diffusion", str(tmp_path)), SETTINGS)
    (tmp_path / "config.json").write_text('{"_class_name": "UNet2DModel"}')
    with pytest.raises(WeightsError, match="holds 'UNet2DModel'"):
        load_inpainter(Choice("vae", str(tmp_path)), SETTINGS)


def test_missing_diffusers_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    (tmp_path / "config.json").write_text('{"_class_name": "AutoencoderKL"}')
    for choice in (Choice("diffusion", "owner/name"), Choice("vae", str(tmp_path))):
        with pytest.raises(MissingExtraError, match=r"inpaintscan\[diffusion\]"):
            load_inpainter(choice, SETTINGS)
