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
from PIL import Image

import inpaintscan
from inpaintscan.files import sha256_of
from inpaintscan.weights import load_network, read_card, resolve_model

GOLDEN = Path(__file__).parent / "golden" / "shipped_weights.json"
TOLERANCE = 0.02
"""Of a score in [0, 1]: processors round differently."""
PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")


def make_images(folder: Path) -> list[Path]:
    """Write real photos, and one of them with a rectangle rebuilt by a shipped autoencoder."""
    import torch

    bundled = Path(skimage.data.__file__).parent
    paths = [folder / name for name in PHOTOS]
    for path in paths:
        path.write_bytes((bundled / path.name).read_bytes())
    pixels = np.array(Image.open(bundled / "chelsea.png").convert("RGB"))[:296, :448]
    network, _ = load_network(resolve_model("autoencoder-f2"))
    with torch.inference_mode():
        rebuilt = network(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)[0]
    frame = (rebuilt.permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
    frame_path, pasted_path = folder / "rebuilt.png", folder / "pasted.png"
    Image.fromarray(frame).save(frame_path)
    pixels[100:220, 150:330] = frame[100:220, 150:330]
    Image.fromarray(pixels).save(pasted_path)
    return [*paths, frame_path, pasted_path]


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


def test_a_rebuilt_rectangle_is_found_where_it_is(tmp_path: Path) -> None:
    *_, pasted = make_images(tmp_path)
    finding = inpaintscan.load(device="cpu").scan(pasted)
    true_mask = np.zeros((296, 448), dtype=bool)
    true_mask[100:220, 150:330] = True
    both, either = (finding.mask & true_mask).sum(), (finding.mask | true_mask).sum()
    assert both / either > 0.5


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
