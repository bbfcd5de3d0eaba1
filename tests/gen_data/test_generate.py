"""A whole data set: its layout, its labels, its bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.data import read_dataset
from inpaintscan.gen_data import inpainters, journal, resolved
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.nets import NETWORKS
from inpaintscan.weights import Card, write_weights
from tests.gen_data.sets import SETTINGS, content_of, rows_of


def pixels_of(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path))


@pytest.fixture
def autoencoder(tmp_path: Path) -> str:
    """A tiny untrained autoencoder of ours."""
    torch.manual_seed(0)
    arguments = {"factor": 2, "width": 4, "latent": 3}
    path = tmp_path / "tiny.safetensors"
    card = Card("tiny", "autoencoder", "autoencoder", arguments)
    write_weights(path, NETWORKS["autoencoder"](**arguments), card)
    return str(path)


def test_the_layout_the_columns_and_the_description(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "set"
    summary = generate(source, output, SETTINGS)
    header = (output / "labels.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "image_id,split,kind,label,inpainted,xmin,ymin,xmax,ymax,"
        "mask_kind,method,source,category,prompt,seed"
    )
    rows = rows_of(output)
    assert summary.images == len(rows) == 6 * 3
    for row in rows:
        image = pixels_of(output / row["split"] / row["kind"] / f"{row['image_id']}.png")
        assert row["inpainted"] == ("0" if row["kind"] == "original" else "1")
        assert row["label"] == ("clean" if row["kind"] == "original" else "inpainted")
        mask = pixels_of(output / row["split"] / "mask" / f"{row['image_id']}.png")
        assert mask.shape == image.shape[:2]
        assert set(np.unique(mask)) == {0, 255}
        box = [int(row[corner]) for corner in ("xmin", "ymin", "xmax", "ymax")]
        ys, xs = np.nonzero(mask)
        expected = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert box == ([0] * 4 if row["kind"] == "original" else expected)
        assert row["method"] in ({""} if row["kind"] == "original" else {"copy-move", "splice"})
    description = json.loads((output / "dataset.json").read_text(encoding="utf-8"))
    assert description["settings"]["kinds"] == list(SETTINGS.kinds)
    assert description["seed"] == 0
    assert description["result"]["images"] == 18
    assert not (output / journal.NAME).exists()


def test_realfakes_differ_from_the_original_only_inside_the_mask(
    source: Path, tmp_path: Path
) -> None:
    output = tmp_path / "set"
    generate(source, output, replace(SETTINGS, blur=(0.0, 4.0)))
    for row in rows_of(output):
        if row["kind"] == "realfake":
            folder, name = output / row["split"], f"{row['image_id']}.png"
            original, fake, mask = (
                pixels_of(folder / kind / name) for kind in ("original", "realfake", "mask")
            )
            whole = pixels_of(folder / "inpainted" / name)
            assert (fake[mask == 0] == original[mask == 0]).all()
            assert (fake[mask == 255] == whole[mask == 255]).all()


def test_the_same_bytes_for_any_number_of_workers(
    source: Path, tmp_path: Path, autoencoder: str
) -> None:
    settings = replace(
        SETTINGS,
        kinds=("original", "mask", "inpainted", "realfake", "fakefake"),
        methods=(*SETTINGS.methods, Choice("vae", autoencoder)),
        vae_noise=0.2,
        vae_jitter=0.05,
        degrade=(0, 2),
        augment=0.5,
        save_as="jpg",
        quality=(60, 95),
        precision="fp32",
    )
    one, two = tmp_path / "one", tmp_path / "two"
    generate(source, one, settings, workers=1)
    generate(source, two, settings, workers=2)
    assert content_of(one) == content_of(two)
    generate(source, tmp_path / "other", replace(settings, seed=1))
    assert content_of(one) != content_of(tmp_path / "other")


def test_variants_have_names_and_seeds_of_their_own(source: Path, tmp_path: Path) -> None:
    generate(source, tmp_path / "set", replace(SETTINGS, per_photo=2, kinds=("original", "mask")))
    rows = rows_of(tmp_path / "set")
    assert len({row["image_id"] for row in rows}) == len({row["seed"] for row in rows}) == 12
    splits: dict[str, set[str]] = {}
    for row in rows:
        splits.setdefault(row["source"], set()).add(row["split"])
    assert all(len(found) == 1 for found in splits.values())


def test_clean_photos_have_nothing_but_their_original(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "set"
    generate(source, output, replace(SETTINGS, clean_fraction=1.0))
    assert {row["kind"] for row in rows_of(output)} == {"original"}
    assert not list(output.rglob("mask/*"))


def test_a_whole_frame_that_is_kept_is_boxed_whole(
    source: Path, tmp_path: Path, autoencoder: str
) -> None:
    output = tmp_path / "set"
    settings = replace(
        SETTINGS,
        methods=(Choice("vae"),),
        vae=(autoencoder,),
        kinds=("original", "mask", "inpainted", "realfake", "fakefake"),
    )
    generate(source, output, settings)
    for row in rows_of(output):
        image = pixels_of(output / row["split"] / row["kind"] / f"{row['image_id']}.png")
        whole = (row["xmin"], row["ymin"], row["xmax"], row["ymax"]) == (
            "0", "0", str(image.shape[1]), str(image.shape[0]),
        )  # fmt: skip
        assert whole == (row["kind"] == "inpainted") == (row["label"] == "generated")
        assert row["method"] == ("" if row["kind"] == "original" else "vae:tiny")
    description = json.loads((output / "dataset.json").read_text(encoding="utf-8"))
    assert list(description["models"]) == [f"{autoencoder}: tiny.safetensors"]
    samples = read_dataset(output).samples
    assert {(sample.kind, sample.label, sample.mask is None) for sample in samples} == {
        ("original", "clean", True),
        ("inpainted", "generated", True),
        ("realfake", "inpainted", False),
        ("fakefake", "inpainted", False),
    }


def test_a_degraded_set_is_degraded_alike(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "set"
    generate(source, output, replace(SETTINGS, degrade=(3, 3), kinds=("original", "realfake")))
    generate(source, tmp_path / "plain", replace(SETTINGS, kinds=("original", "realfake")))
    names = [row["image_id"] for row in rows_of(output)]
    changed = 0
    for path in sorted(output.rglob("original/*.png")):
        assert path.stem in names
        plain = tmp_path / "plain" / path.relative_to(output)
        changed += path.read_bytes() != plain.read_bytes()
    assert changed == 6


def test_augmented_copies_are_labelled_like_their_images(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "set"
    generate(source, output, replace(SETTINGS, augment=1.0, per_photo=3))
    rows = rows_of(output)
    copies = [row for row in rows if row["image_id"].endswith("-aug")]
    assert len(copies) * 2 == len(rows)
    moved = 0
    for row in copies:
        folder, name = output / row["split"], f"{row['image_id']}.png"
        mask = pixels_of(folder / "mask" / name) == 255
        if row["kind"] == "realfake":
            ys, xs = np.nonzero(mask)
            assert [int(row["xmin"]), int(row["ymax"])] == [xs.min(), ys.max() + 1]
            original, fake = (
                pixels_of(folder / "original" / name),
                pixels_of(folder / "realfake" / name),
            )
            outside = np.abs(original.astype(int) - fake)[~mask]
            assert np.mean(outside > 40) < 0.05
        plain = pixels_of(folder / "mask" / name.replace("-aug", ""))
        moved += bool((plain != pixels_of(folder / "mask" / name)).any())
    assert 0 < moved < len(copies), "some are rotated, others only recoloured"


def test_whole_images_from_text_are_not_pasted(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(holes: list[Hole]) -> list[NDArray[np.uint8]]:
        return [np.full_like(hole.image, len(hole.prompt)) for hole in holes]

    painter = Inpainter("text-to-image:x", draw, whole_frame=True, from_nothing=True)
    monkeypatch.setattr("inpaintscan.gen_data.job_images.load_inpainter", lambda *_: painter)
    output = tmp_path / "set"
    settings = replace(SETTINGS, methods=(Choice("text-to-image", "a/b"),), prompt="a lake")
    generate(source, output, settings)
    rows = rows_of(output)
    assert {row["kind"] for row in rows} == {"original", "inpainted"}
    assert {row["prompt"] for row in rows if row["kind"] == "inpainted"} == {"a lake"}
    assert {row["mask_kind"] for row in rows} == {"", "full"}
    for path in output.rglob("mask/*.png"):
        assert (pixels_of(path) == 255).all()


def test_the_default_methods_are_all_shipped_weights_and_patches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autoencoder: str
) -> None:
    monkeypatch.setattr(resolved, "weights_folder", lambda: tmp_path)
    card = Card("inpainter-gated", "inpainter", "gated", {"width": 4})
    write_weights(tmp_path / "inpainter-gated.safetensors", NETWORKS["gated"](width=4), card)
    names = [choice.name for choice in resolved.default_methods()]
    assert names == ["gated", "vae", "patchmatch"]
    settled = resolved.settle(Settings(methods=(Choice("vae", None, 4.0),), device="cpu"))
    assert settled.methods == (Choice("vae", "tiny", 4.0),)
    assert settled.precision in {"fp32", "bf16"}
    assert inpainters.INPAINTERS["vae"].endswith("vae:load_vae")
