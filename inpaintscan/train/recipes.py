"""The five works as named settings: `inpaintscan train --recipe NAME`.

What a work published stands in `published`; everything else that `settings` names is our choice,
because the work leaves it open or we could not read it, and `note` says so. Command-line options
override a recipe; data are the user's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from inpaintscan.errors import UsageError
from inpaintscan.train.settings import ImageSettings, Stacker


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one work."""

    settings: ImageSettings
    work: str
    published: tuple[str, ...] = ()
    """The settings' fields that the work itself states."""
    note: str = ""
    stacker: Stacker | None = None
    """How several models of this kind are stacked, for `--task ensemble`."""


_ADAM = partial(ImageSettings, optimizer="adam", learning_rate=1e-4, weight_decay=0.0, patience=5)
_ADLER = partial(
    _ADAM, task="segment", size=512, loss="focal", epochs=100, batch_size=16, schedule="constant"
)

RECIPES: dict[str, Recipe] = {
    "baek2025": Recipe(
        ImageSettings(
            task="detect",
            arch="convnext_xlarge",
            size=384,
            pretrained="download",
            loss="cross-entropy",
            augment=0.5,
            batch_size=16,
            learning_rate=5e-5,
            patience=5,
        ),
        work="Baek et al. 2025, Generated Image Classification Model for Deep Learning-based "
        "Inpainting Model",
        published=("task", "arch", "size"),
        note="its augmentations by name; their ranges, share, epochs and rate are ours",
    ),
    "sideras2023": Recipe(
        ImageSettings(
            task="localize",
            arch="resnet50",
            size=256,
            alpha=100.0,
            beta=0.8,
            box_loss="mse",
            box_pixels=True,
            epochs=7,
            batch_size=512,
            optimizer="adam",
            learning_rate=1e-3,
            weight_decay=0.0,
            schedule="constant",
            clip=0.0,
            flip=False,
        ),
        work="Sideras 2023, box regression of rectangles filled by DeepFillv2 in Places365",
        published=("task", "alpha", "beta", "epochs", "batch_size", "optimizer", "learning_rate"),
        note="boxes are measured in pixels, as only then alpha and beta weigh alike",
    ),
    "adler2023-fcn": Recipe(
        _ADLER(arch="fcn_resnet50"),
        work="Adler 2023, segmentation of Stable Diffusion inpaintings, realfake and fakefake",
        published=("task", "arch", "loss", "patience"),
        note="512 is the native size of Stable Diffusion 1.5; rate and batch are ours",
    ),
    "adler2023-nix": Recipe(
        _ADLER(arch="nixnet", arch_args={"preset": "40m"}),
        work="Adler 2023 with NIX-Net (Li et al. 2021)",
        published=("task", "arch", "loss", "patience"),
        note="the widths of NIX-Net are ours: --arch-arg preset=40m, 60m or tiny",
    ),
    "tdanet": Recipe(
        _ADAM(
            task="detect",
            arch="resnext101_32x8d",
            pretrained="download",
            epochs=20,
            schedule="plateau",
        ),
        work="classifiers of text-guided inpaintings by TDANet (Zhang et al. 2020), stacked",
        published=("task", "arch"),
        note="its other networks: --arch swin_base_patch4_window7_224, resnet34, efficientnet_b4; "
        "rate, epochs and the kind of stacker are ours",
        stacker="forest",
    ),
    "yin2023": Recipe(
        _ADAM(task="detect", arch="resnet50", pretrained="download"),
        work="Yin 2023, paintings made by AI against painted ones, by category and mixed",
        published=("task", "arch"),
        note="its other networks: --arch googlenet, vit_base_patch16_224; rate and epochs are ours",
    ),
}
"""What a recipe does not name is as `ImageSettings` has it."""

DEFAULTS: dict[str, ImageSettings] = {
    "detect": ImageSettings(task="detect", arch="resnet50", patience=5),
    "localize": ImageSettings(task="localize", arch="resnet50", box_loss="giou", patience=5),
    "segment": ImageSettings(
        task="segment", arch="scannet", size=256, fit="tile", loss="bce-dice", learning_rate=1e-3,
        patience=5,
    ),
}  # fmt: skip
"""Where no recipe is named."""


def find_recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        UsageError: if there is none of that name.
    """
    if name not in RECIPES:
        raise UsageError(f"--recipe {name}: there are {', '.join(RECIPES)}")
    return RECIPES[name]
