"""A whole scan from Python: a record of options in, reports and an exit status out."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from inpaintscan.errors import ExitStatus, UsageError
from inpaintscan.jobs.outputs import OutputFolders
from inpaintscan.jobs.scan_options import (
    ComputingOptions,
    ScanOptions,
    read_count,
    read_fail_on,
    read_shard,
)
from inpaintscan.jobs.scan_run import run_scan
from inpaintscan.jobs.scan_settings import read_settings
from inpaintscan.jobs.train_options import TrainOptions
from inpaintscan.option import given_options
from inpaintscan.report.run import DEFAULT_FAIL_ON
from tests.cli.conftest import write_image
from tests.cli.fake import fake_load, write_card


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScanOptions:
    """A scan of two images with the fake scanner, from the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("inpaintscan.scan.load", fake_load)
    for seed, name in enumerate(("clean.png", "inpainted.png")):
        write_image(Path("pics") / name, seed)
    write_card(Path("m.safetensors"))
    return ScanOptions(paths=("pics",), model="m.safetensors", quiet=True)


def test_a_scan_from_python(options: ScanOptions) -> None:
    shown: list[int] = []

    class Bar:
        def __init__(self, total: int) -> None:
            shown.append(-total)

        def __enter__(self) -> Any:
            return shown.append

        def __exit__(self, *_: object) -> None:
            return None

    asked = replace(options, report=(Path("r.json"),), shard=(1, 1), fail_on=("generated",))
    folders = OutputFolders(mask=Path("masks"))
    assert run_scan("segment", asked, folders, progress=Bar) is ExitStatus.CLEAN
    assert shown == [-2, 1, 2]
    report = json.loads(Path("r.json").read_text())
    assert report["settings"]["shard"] == "1/1"
    assert [image["verdict"] for image in report["images"]] == ["clean", "inpainted"]
    assert sorted(path.name for path in Path("masks").iterdir()) == ["clean.png", "inpainted.png"]
    assert run_scan("detect", options) is ExitStatus.FINDINGS


def test_the_options_of_the_record_reach_the_scanner(
    options: ScanOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what `--serve` ignored: the scanner is opened in one place."""
    given: dict[str, Any] = {}
    monkeypatch.setattr("inpaintscan.scan.load", lambda _model, **more: given.update(more))
    asked = replace(
        options, device="cpu", batch_size=3, workers=2, precision="bf16", frames="all",
        max_pixels=1000, strict=True, fpr=0.05,
    )  # fmt: skip
    read_settings(asked).open_scanner()
    assert given == {
        "device": "cpu", "batch_size": 3, "workers": 2, "precision": "bf16", "frames": "all",
        "max_pixels": 1000, "strict": True, "fpr": 0.05, "threshold": None, "trust_list": None,
    }  # fmt: skip


def test_what_is_given_is_told_by_its_flag() -> None:
    assert given_options(ScanOptions()) == {}
    scan = given_options(ScanOptions(paths=("a",), null=True, quiet=True))
    assert {name: flag for name, (flag, _) in scan.items()} == {
        "paths": "PATHS",
        "null": "--null",
        "quiet": "--quiet",
    }
    train = TrainOptions(
        data=(), output=Path("x"), pretrained=False, changes={"learning_rate": 0.1}
    )
    given = given_options(train)
    assert {name: flag for name, (flag, _) in given.items()} == {
        "pretrained": "--pretrained",
        "learning_rate": "--learning-rate",
    }
    assert given["pretrained"][1].only == ("detect", "localize", "segment")


def test_defaults_that_are_written_twice_agree() -> None:
    assert ScanOptions().fail_on == DEFAULT_FAIL_ON
    computing = {item.name for item in fields(ComputingOptions)}
    assert computing < {item.name for item in fields(ScanOptions)}


def test_texts_behind_options() -> None:
    assert read_count("--workers", "auto") is None
    assert read_count("--workers", "12") == 12
    assert read_shard("2/3") == (2, 3)
    assert read_fail_on("unsure, generated,unsure") == ("unsure", "generated")
    for text in ("0", "-1", "x", "1.5", "9" * 12):
        with pytest.raises(UsageError, match=r"^--workers .*: write auto or a whole number"):
            read_count("--workers", text)


def test_a_scan_needs_no_typer() -> None:
    code = "import sys, inpaintscan.jobs.scan_run, inpaintscan.jobs.train_run; "
    code += "print({'typer', 'inpaintscan.cli'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_what_is_loaded_is_not_looked_through_for_garbage(
    options: ScanOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting: list[bool] = []

    def load(*_: Any, **__: Any) -> None:
        collecting.append(gc.isenabled())
        raise UsageError("no")

    monkeypatch.setattr("inpaintscan.scan.load", load)
    frozen = gc.get_freeze_count()
    with pytest.raises(UsageError, match="no"):
        read_settings(options).open_scanner()
    assert (collecting, gc.isenabled()) == ([False], True)
    assert gc.get_freeze_count() > frozen
