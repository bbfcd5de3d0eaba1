"""The shipped weights, held to recorded scores: whoever changes them changes the golden file.

Renew it with `python -m tests.test_shipped_weights` after new weights are put in place, and list
the change under *breaking* in the changelog.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import sklearn.datasets
from numpy.typing import NDArray
from PIL import Image

import inpaintscan
from inpaintscan.files import sha256_of
from inpaintscan.weights import load_network, read_card, resolve_model

GOLDEN = Path(__file__).parent / "golden" / "shipped_weights.json"
TOLERANCE = 0.02
"""Of a score in [0, 1]: processors round differently."""
BUNDLED = Path(skimage.data.__file__).parent
PHOTOS = (
    *(BUNDLED / name for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")),
    Path(sklearn.datasets.__file__).parent / "images" / "china.jpg",
)
SIDE = 320
PASTED = np.s_[96:224, 104:248]
"""Where, in the pictures with a pasted region, the region is."""


def make_images(folder: Path) -> list[Path]:
    """Write, of each photo, ten pictures: as it is, saved again, resized, edited and rebuilt."""
    crops = [cut(path) for path in PHOTOS]
    paths = []
    for index, (photo, crop) in enumerate(zip(PHOTOS, crops, strict=True)):
        other = crops[(index + 1) % len(crops)]
        for kind, picture, options in versions(crop, other):
            paths.append(folder / f"{photo.stem}-{kind}")
            Image.fromarray(picture).save(paths[-1], **options)
    return paths


def cut(path: Path) -> NDArray[np.uint8]:
    """Return the middle of a photo, uint8 (320, 320, 3), or less where it is smaller."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    top, left = (max(0, side - SIDE) // 2 for side in pixels.shape[:2])
    return pixels[top : top + SIDE, left : left + SIDE]


def versions(
    crop: NDArray[np.uint8], other: NDArray[np.uint8]
) -> list[tuple[str, NDArray[np.uint8], dict[str, int]]]:
    """Return the name, the pixels and how to save them, of each version of a photo."""
    half = np.asarray(Image.fromarray(crop).resize((192, 192), Image.Resampling.LANCZOS))
    spliced, moved = crop.copy(), crop.copy()
    spliced[PASTED] = other[PASTED]
    moved[PASTED] = np.roll(crop, (60, 80), axis=(0, 1))[PASTED]
    frames = {f"f{factor}": rebuild(crop, f"autoencoder-f{factor}") for factor in (2, 8)}
    pasted = crop.copy()
    pasted[PASTED] = frames["f2"][PASTED]
    return [
        ("photo.png", crop, {}),
        ("photo-90.jpg", crop, {"quality": 90}),
        ("photo-60.jpg", crop, {"quality": 60}),
        ("half.png", half, {}),
        ("spliced.png", spliced, {}),
        ("spliced-90.jpg", spliced, {"quality": 90}),
        ("moved.png", moved, {}),
        ("pasted.png", pasted, {}),
        ("rebuilt-f2.png", frames["f2"], {}),
        ("rebuilt-f8.png", frames["f8"], {}),
    ]


def rebuild(crop: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    """Return a photo after a shipped autoencoder; what its factor of 8 leaves over stays."""
    import torch

    network, _ = load_network(resolve_model(name))
    height, width = (side // 8 * 8 for side in crop.shape[:2])
    rebuilt = crop.copy()
    torch.manual_seed(0)  # autoencoder-f2 adds noise
    with torch.inference_mode():
        photo = torch.from_numpy(crop[:height, :width].copy()).permute(2, 0, 1)[None].float() / 255
        frame = network(photo)[0].permute(1, 2, 0).numpy()
    rebuilt[:height, :width] = (frame * 255 + 0.5).astype(np.uint8)
    return rebuilt


def scan(folder: Path) -> dict[str, dict[str, float | str]]:
    """Return verdict, scores and area of each image."""
    scanner = inpaintscan.load(device="cpu")
    return {
        Path(finding.path).name: {
            "verdict": finding.verdict,
            "inpainted": finding.scores.inpainted,
            "generated": finding.scores.generated,
            "area": finding.area,
        }
        for finding in scanner.scan_many(make_images(folder))
    }


def test_scores_are_the_recorded_ones(tmp_path: Path) -> None:
    golden = json.loads(GOLDEN.read_text())
    assert golden["sha256"] == sha256_of(resolve_model("inpaintscan"))
    found = scan(tmp_path)
    assert set(found) == set(golden["images"])
    for name, expected in golden["images"].items():
        for field in ("inpainted", "generated", "area"):
            assert found[name][field] == pytest.approx(expected[field], abs=TOLERANCE), name


def test_the_golden_set_is_large_enough_to_tell() -> None:
    assert len(json.loads(GOLDEN.read_text())["images"]) >= 40


def test_a_rebuilt_rectangle_is_lit_where_it_is(tmp_path: Path) -> None:
    scanner = inpaintscan.load(device="cpu")
    ratios = []
    for path in make_images(tmp_path):
        if path.name.endswith("-pasted.png"):
            heat = scanner.scan(path).heatmap
            inside = heat[PASTED]
            ratios.append(inside.mean() / ((heat.sum() - inside.sum()) / (heat.size - inside.size)))
    assert sum(ratio > 2 for ratio in ratios) >= len(PHOTOS) - 1


def test_the_card_says_how_to_use_and_how_it_was_made() -> None:
    card = read_card(resolve_model("inpaintscan"))
    assert card.task == "multi"
    for name in card.classes:
        rates = [point.fpr for point in card.thresholds[name]]
        assert {0.05, 0.01} <= set(rates)
        scores = [point.score for point in card.thresholds[name]]
        assert scores == sorted(scores)
        assert card.calibration[name].scale > 0
    assert card.training["loop"]["steps"] > 0
    assert card.training["validation"]["f1"] > 0


def test_no_weights_file_is_over_its_size() -> None:
    files = list(resolve_model("inpaintscan").parent.glob("*.safetensors"))
    assert files
    assert all(file.stat().st_size < 16 * 2**20 for file in files)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        images = scan(Path(name))
    record = {"sha256": sha256_of(resolve_model("inpaintscan")), "images": images}
    GOLDEN.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
