"""Every work's recipe: its published settings, and a run at toy size on data made by gen-data."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from inpaintscan.data import read_dataset
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import UsageError
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.train.recipes import RECIPES, find_recipe
from inpaintscan.train.settings import ImageSettings
from inpaintscan.train.tasks.image_tasks import train_images

TOY: dict[str, dict[str, Any]] = {
    "baek2025": {"arch": "test_convnext"},
    "sideras2023": {"arch": "test_resnet"},
    "adler2023-fcn": {"arch_args": {"layers": (1, 1, 1, 1), "head_width": 8}},
    "adler2023-nix": {"arch_args": {"preset": "tiny"}},
    "tdanet": {"arch": "test_efficientnet"},
    "yin2023": {"arch": "test_resnet"},
}


@pytest.fixture(scope="module")
def made_set(photo_crops: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Originals and realfakes that gen-data made of a few photos."""
    settings = Settings(
        methods=(Choice("telea"),), kinds=("original", "mask", "realfake"), split=(0.6, 0.4, 0.0)
    )
    folder = tmp_path_factory.mktemp("made") / "set"
    generate(photo_crops, folder, settings, workers=1)
    return folder


def test_published_settings_are_those_of_the_works() -> None:
    sideras = RECIPES["sideras2023"].settings
    assert (sideras.alpha, sideras.beta, sideras.optimizer) == (100, 0.8, "adam")
    assert (sideras.learning_rate, sideras.batch_size, sideras.epochs) == (1e-3, 512, 7)
    baek = RECIPES["baek2025"].settings
    assert (baek.arch, baek.size) == ("convnext_xlarge", 384)
    for name in ("adler2023-fcn", "adler2023-nix"):
        assert (RECIPES[name].settings.loss, RECIPES[name].settings.patience) == ("focal", 5)


def test_what_is_published_is_named_by_field() -> None:
    names = {item.name for item in fields(ImageSettings)}
    for recipe in RECIPES.values():
        assert set(recipe.published) <= names
        assert recipe.work


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_at_toy_size(name: str, made_set: Path, tmp_path: Path) -> None:
    settings = replace(
        RECIPES[name].settings,
        size=64,
        pretrained=None,
        epochs=1,
        batch_size=4,
        workers=0,
        **TOY[name],
    )
    train_set, val_set = split_dataset(read_dataset(made_set))
    card = train_images(train_set, val_set, tmp_path / "m.safetensors", settings, tmp_path / "run")
    assert card.task == settings.task
    assert card.input.size == 64
    assert card.training["settings"]["loss"] == settings.loss
    assert card.training["kinds"] == ["realfake"]


def test_the_arguments_that_a_note_names_are_the_network_s() -> None:
    assert "--arch-arg preset=40m" in RECIPES["adler2023-nix"].note
    assert not any("--preset" in recipe.note for recipe in RECIPES.values())


def test_an_unknown_recipe_is_said() -> None:
    with pytest.raises(UsageError, match="there are baek2025, sideras2023"):
        find_recipe("nobody1999")
