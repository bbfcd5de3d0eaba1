from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.gen_data.audit import Sight, audit, guess, look


def pairs(count: int, clean: Sight, manipulated: Sight) -> list[Sight]:
    rng = np.random.default_rng(0)
    sights = []
    for number in range(count):
        pixels = int(rng.integers(10_000, 1_000_000))
        sights += [
            Sight(
                base.format,
                base.pixels or pixels,
                base.compression + float(rng.normal()),
                base.manipulated,
                str(number),
            )
            for base in (clean, manipulated)
        ]
    return sights


CLEAN = Sight("PNG", 0, 12.0, False, "")


@pytest.mark.parametrize(
    ("manipulated", "low", "high"),
    [
        (Sight("PNG", 0, 12.0, True, ""), 0.3, 0.6),  # nothing to go by
        (Sight("JPEG", 0, 12.0, True, ""), 0.99, 1.0),  # the format tells
        (Sight("PNG", 512 * 512, 12.0, True, ""), 0.8, 1.0),  # one size for all fakes
        (Sight("PNG", 0, 15.0, True, ""), 0.9, 1.0),  # compression tells
    ],
)
def test_the_guesser_finds_a_shortcut_if_there_is_one(
    manipulated: Sight, low: float, high: float
) -> None:
    auc = guess(pairs(60, CLEAN, manipulated))
    assert auc is not None
    assert low <= auc <= high


def test_too_few_photos_or_one_class_give_no_answer() -> None:
    assert guess(pairs(4, CLEAN, Sight("JPEG", 0, 90.0, True, ""))) is None
    assert guess(pairs(40, CLEAN, CLEAN)) is None


def test_a_files_sight_is_format_size_and_quality(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    Image.fromarray(photo).save(tmp_path / "a.jpg", quality=70)
    Image.fromarray(photo).save(tmp_path / "a.png")
    jpeg, png = (look(tmp_path / name, True, "a") for name in ("a.jpg", "a.png"))
    assert (jpeg.format, jpeg.pixels, jpeg.compression) == ("JPEG", 96 * 128, 70.0)
    assert png.format == "PNG"
    assert 1 < png.compression < 24


def test_files_that_give_themselves_away_are_warned_of(
    tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    files = []
    for number in range(12):
        clean, fake = tmp_path / f"{number}.jpg", tmp_path / f"{number}.png"
        Image.fromarray(photo).save(clean)
        Image.fromarray(photo).save(fake)
        files += [(clean, False, str(number)), (fake, True, str(number))]
    result = audit(files)
    assert result.warn
    assert "AUC 1.00" in result.sentence()
    same = audit([(path.with_suffix(".png"), fake, photo) for path, fake, photo in files])
    assert not same.warn
    assert "do not reveal the label" in same.sentence()
    assert "too few photos" in audit(files[:4]).sentence()
