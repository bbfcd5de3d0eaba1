"""The whole scan with a network whose answer is known."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inpaintscan
from inpaintscan.errors import DeviceError, UsageError, WeightsError
from inpaintscan.findings import Box
from inpaintscan.scan import Scanner, load
from inpaintscan.weights import Input
from tests.scan.painted import GREY, paint

BLUE = (0, 0, 255)


def test_a_clean_image(scanner: Scanner, tmp_path: Path) -> None:
    finding = scanner.scan(paint(tmp_path / "grey.png", (200, 100)))
    assert (finding.verdict, finding.area, finding.regions) == ("clean", 0.0, ())
    assert (finding.width, finding.height, finding.format) == (200, 100, "PNG")
    assert finding.error is None
    assert finding.scores is not None
    assert finding.scores.inpainted == round(1 / (1 + np.exp(4)), 4)
    assert finding.mask is not None
    assert not finding.mask.any()
    assert finding.mask.shape == (100, 200)


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((64, 64), (16, 16, 40, 48)),  # one tile
        ((70, 90), (8, 20, 48, 60)),  # padded
        ((300, 200), (100, 60, 180, 140)),  # across tiles
        ((300, 70), (240, 8, 300, 70)),  # at the border
        ((1000, 64), (440, 20, 520, 60)),  # a strip
    ],
)
def test_a_replaced_region_is_found_where_it_is(
    scanner: Scanner, tmp_path: Path, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    finding = scanner.scan(paint(tmp_path / "red.png", size, box))
    assert finding.verdict == "inpainted"
    assert finding.boxes[:1] == (Box(*box),) or _near(finding.boxes[0], box, 4)
    share = (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])
    assert finding.area == pytest.approx(share, abs=0.02)
    assert finding.mask is not None
    assert finding.mask.mean() == pytest.approx(finding.area, abs=1e-6)
    middle = (box[1] + box[3]) // 2, (box[0] + box[2]) // 2
    assert finding.mask[middle]
    assert finding.score == finding.scores.inpainted  # type: ignore[union-attr]


def test_a_generated_image_has_no_regions(scanner: Scanner, tmp_path: Path) -> None:
    Image.new("RGB", (150, 150), BLUE).save(tmp_path / "blue.png")
    finding = scanner.scan(tmp_path / "blue.png")
    assert (finding.verdict, finding.regions) == ("generated", ())
    assert finding.prob_map is not None


def test_unsure_names_its_reason(scanner: Scanner, tmp_path: Path) -> None:
    small = scanner.scan(paint(tmp_path / "small.png", (200, 50)))
    assert small.verdict == "unsure"
    assert small.reasons == ("too small: 200 x 50 pixels, a side under 64",)
    Image.new("RGB", (64, 64), (180, 120, 120)).save(tmp_path / "between.png")
    between = scanner.scan(tmp_path / "between.png")
    assert between.scores is not None
    assert 0.3 <= between.scores.inpainted < 0.5
    assert between.verdict == "unsure"
    assert between.reasons[0].startswith("score of inpainted between")


@pytest.mark.parametrize(
    ("options", "verdict"),
    [({}, "unsure"), ({"fpr": 0.05}, "inpainted"), ({"threshold": 0.4}, "inpainted")],
)
def test_the_threshold_can_be_moved(
    stub_weights: Path, tmp_path: Path, options: dict[str, float], verdict: str
) -> None:
    Image.new("RGB", (64, 64), (180, 120, 120)).save(tmp_path / "between.png")
    scanner = load(str(stub_weights), device="cpu", **options)  # type: ignore[arg-type]
    assert scanner.scan(tmp_path / "between.png").verdict == verdict


def test_the_worst_and_the_oddest_files_each_get_a_record(
    scanner: Scanner, zoo: dict[str, Path], broken: dict[str, Path]
) -> None:
    paths = [path for pair in itertools.zip_longest(zoo.values(), broken.values()) for path in pair]
    paths = [path for path in paths if path is not None]
    findings = list(scanner.scan_many(paths))
    assert [finding.path for finding in findings] == [str(path) for path in paths]
    for path, finding in zip(paths, findings, strict=True):
        assert (finding.verdict == "error") == (path in broken.values()), path
        assert (finding.error is None) == (path in zoo.values()), path


def test_a_network_that_answers_nan_is_an_error_never_clean(
    scanner: Scanner, tmp_path: Path
) -> None:
    image = Image.new("RGB", (200, 200), GREY)
    image.putpixel((190, 190), (1, 2, 3))
    image.save(tmp_path / "poison.png")
    paint(tmp_path / "zgrey.png", (200, 200))
    poisoned, clean = scanner.scan_many([tmp_path])
    assert poisoned.verdict == "error"
    assert "no numbers" in str(poisoned.error)
    assert (poisoned.width, poisoned.sha256 is None) == (200, False)
    assert clean.verdict == "clean"


def test_all_frames(stub_weights: Path, zoo: dict[str, Path], tmp_path: Path) -> None:
    scanner = load(str(stub_weights), device="cpu", frames="all")
    damaged = zoo["animated.gif"].read_bytes()[:-300]
    (tmp_path / "damaged.gif").write_bytes(damaged)
    paths = [zoo["rgb.png"], zoo["animated.webp"], zoo["pages.tif"]]
    found = [(Path(f.path).name, f.frame) for f in scanner.scan_many(paths)]
    assert found == [
        ("rgb.png", None),
        *(("animated.webp", frame) for frame in range(3)),
        *(("pages.tif", frame) for frame in range(3)),
    ]
    findings = list(scanner.scan_many([tmp_path / "damaged.gif", zoo["rgb.png"]]))
    assert "error" in [finding.verdict for finding in findings[:-1]]
    assert findings[-1].error is None


def test_the_first_frame_has_no_number(scanner: Scanner, zoo: dict[str, Path]) -> None:
    assert scanner.scan(zoo["animated.webp"]).frame is None


def test_evidence_is_read(scanner: Scanner, tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, Seed: 1")
    Image.new("RGB", (64, 64), GREY).save(tmp_path / "made.png", pnginfo=info)
    assert [e.kind for e in scanner.scan(tmp_path / "made.png").evidence] == [
        "generation-parameters"
    ]


def test_settings_say_what_decides(stub_weights: Path) -> None:
    one = load(str(stub_weights), device="cpu", batch_size=1, workers=1)
    two = load(str(stub_weights), device="cpu", batch_size=7, workers=3)
    assert one.settings() == two.settings()
    assert one.settings()["thresholds"] == {"inpainted": 0.5, "generated": 0.5}
    strict = load(str(stub_weights), device="cpu", fpr=0.001)
    assert strict.settings() != one.settings()
    assert (one.model_path, len(one.model_sha256)) == (stub_weights, 64)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"batch_size": 0}, UsageError),
        ({"workers": 0}, UsageError),
        ({"frames": "some"}, UsageError),
        ({"device": "tpu"}, UsageError),
        ({"device": "cuda:99"}, DeviceError),
        ({"precision": "fp8"}, UsageError),
        ({"threshold": 2.0}, UsageError),
        ({"fpr": 0.1, "threshold": 0.1}, UsageError),
        ({"model": "absent"}, WeightsError),
    ],
)
def test_what_does_not_fit_is_refused(
    stub_weights: Path, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        load(**{"model": str(stub_weights), "device": "cpu", **options})


@pytest.mark.parametrize(
    "card",
    [
        {"task": "autoencoder"},
        {"classes": ("cat", "dog")},
        {"input": Input()},
        {"input": Input("tile", 100, 32, 4)},
        {"input": Input("crop", 64)},  # type: ignore[arg-type]
    ],
)
def test_weights_that_cannot_scan_are_refused(
    make_stub: Callable[..., Path], card: dict[str, Any]
) -> None:
    with pytest.raises(WeightsError):
        load(str(make_stub(**card)), device="cpu")


def test_the_package_loads_a_scanner(stub_weights: Path) -> None:
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    assert isinstance(scanner, inpaintscan.Scanner)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        inpaintscan.lod()  # type: ignore[attr-defined]


def _near(box: Box, expected: tuple[int, int, int, int], tolerance: int) -> bool:
    sides = (box.xmin, box.ymin, box.xmax, box.ymax)
    return all(abs(a - b) <= tolerance for a, b in zip(sides, expected, strict=True))
