from __future__ import annotations

from dataclasses import replace

import pytest

from inpaintscan.report.words import in_words, settings_in_words
from tests.report.samples import HEADER


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        (True, "yes"),
        (False, "no"),
        (0.05, "0.05"),
        (0.4512345, "0.4512"),
        ([], "none"),
        (["a b", "c"], "a b, c"),
        ({"inpainted": 0.5, "generated": None}, "inpainted 0.5, generated none"),
        (["1/2", None], "1/2, none"),
        ("text", "text"),
        (512, "512"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert in_words(value) == words


def test_settings_are_words_and_not_json() -> None:
    settings = {
        "device": "cpu", "fit": "tile", "size": 512, "frames": "first", "shard": None,
        "exclude": ["*.gif", "old"], "include": [], "unsure_thresholds": {"inpainted": 0.5},
        "mask_threshold": 0.45, "threads_used": 2,
    }  # fmt: skip
    said = dict(settings_in_words(replace(HEADER, settings=settings)))
    assert said["Scores"].startswith("inpainted reported from 0.62, unsure from 0.50; generated")
    assert said["Images are"] == "cut into tiles at full resolution"
    assert said["Left out"] == "*.gif, old"
    assert said["A pixel is in the mask from"] == "0.45"
    assert said["Threads used"] == "2"  # a setting of a later version
    assert said["Version of torch"] == "2.6.0"
    assert not {"Only files like", "Part of the files", "Shard"} & said.keys()
    assert not set('[]{}"') & set("".join(said.values()))
    assert "null" not in said.values()
