"""Text-guided inpainting, and whole images from text, by any diffusers pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from PIL import Image

from inpaintscan.data.windows import Pixels
from inpaintscan.device import computing, resolve_device
from inpaintscan.errors import MissingExtraError, UsageError, WeightsError, first_line
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.inpainters.networks import in_equal_sizes, stem_of
from inpaintscan.gen_data.settings import Choice, Settings

_MULTIPLE = 16
_LANCZOS = Image.Resampling.LANCZOS
_PIPELINES = {
    "diffusion": "AutoPipelineForInpainting",
    "text-to-image": "AutoPipelineForText2Image",
}
"""The class of diffusers that loads the pipeline of a method."""


def load_pipeline(choice: Choice, settings: Settings) -> Inpainter:
    """Take an inpainting pipeline (Stable Diffusion 1.5, 2, XL, FLUX fill, ...).

    One of `text-to-image` sees nothing of the photo but its size and caption. The pipeline is
    checked here, and its weights are loaded with the first hole.
    """
    _check(choice)
    from_nothing = choice.name == "text-to-image"
    pipeline = cache(lambda: _load(choice, settings))

    def run(holes: list[Hole]) -> Pixels:
        size = _working_size(holes[0], settings)
        pictures = {} if from_nothing else _pictures(holes, size)
        return _call(pipeline(), holes, size, settings, **pictures)

    name = f"{choice.name}:{stem_of(str(choice.argument))}"
    return Inpainter(name, partial(in_equal_sizes, run=run), True, from_nothing)


def _pictures(holes: list[Hole], size: tuple[int, int]) -> dict[str, list[Image.Image]]:
    """Return photos and masks at (width, height), as an inpainting pipeline takes them."""
    images = [Image.fromarray(hole.image).resize(size, _LANCZOS) for hole in holes]
    masks = [Image.fromarray(hole.mask.astype(np.uint8) * 255) for hole in holes]
    nearest = Image.Resampling.NEAREST
    return {"image": images, "mask_image": [mask.resize(size, nearest) for mask in masks]}


def _working_size(hole: Hole, settings: Settings) -> tuple[int, int]:
    """Return (width, height) for the pipeline: bounded, multiples of 16, at least 16."""
    height, width = hole.mask.shape
    factor = min(1.0, settings.diffusion_size / max(height, width))
    sides = (
        max(_MULTIPLE, round(side * factor / _MULTIPLE) * _MULTIPLE) for side in (width, height)
    )
    width, height = sides
    return width, height


def _call(
    pipeline: Any,  # noqa: ANN401
    holes: list[Hole],
    size: tuple[int, int],
    settings: Settings,
    **images: list[Image.Image],
) -> Pixels:
    """Run the pipeline on a batch of one size; uint8 (B, H, W, 3) at the photos' size.

    Each image has its own generator, on the CPU, so its noise does not depend on the batch.
    """
    width, height = size
    with torch.inference_mode():
        result = pipeline(
            prompt=[hole.prompt for hole in holes],
            width=width,
            height=height,
            num_inference_steps=settings.diffusion_steps,
            generator=[
                torch.Generator().manual_seed(int(hole.rng.integers(2**62))) for hole in holes
            ],
            output_type="pil",
            **images,
        ).images
    rows, columns = holes[0].mask.shape
    return np.stack(
        [np.asarray(image.convert("RGB").resize((columns, rows), _LANCZOS)) for image in result]
    )


def _check(choice: Choice) -> None:
    """Check all that can be told of a pipeline without its weights.

    Raises:
        MissingExtraError: if diffusers is not installed.
        UsageError: if no pipeline is named.
        WeightsError: if there is none.
    """
    if choice.argument is None:
        raise UsageError(
            f"--method {choice.name}: say which pipeline, {choice.name}=FOLDER or a name of the hub"
        )
    try:
        import diffusers
    except ImportError as error:
        raise MissingExtraError(f"the method {choice.name!r}", "diffusion") from error
    with _no_pipeline(choice):
        getattr(diffusers, _PIPELINES[choice.name]).load_config(choice.argument)


def _load(choice: Choice, settings: Settings) -> Any:  # noqa: ANN401
    """Load a pipeline from a folder or the hub, safetensors only, onto the device.

    Raises:
        WeightsError: if it cannot do this.
    """
    import diffusers

    device = resolve_device(settings.device)
    types = {"bf16": torch.bfloat16, "fp16": torch.float16}
    with _no_pipeline(choice):
        loader = getattr(diffusers, _PIPELINES[choice.name])
        pipeline = loader.from_pretrained(choice.argument, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    with computing(device, "fp32"):
        return pipeline.to(device, types.get(settings.precision, torch.float32))


@contextmanager
def _no_pipeline(choice: Choice) -> Iterator[None]:
    """Say of what diffusers cannot load which pipeline it was, in one line."""
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{choice.argument}: cannot load this diffusers pipeline: {first_line(error)}"
        ) from error
