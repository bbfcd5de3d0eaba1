"""Runs that were cut off, begun twice, or asked for what is not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from inpaintscan.errors import DataError, MissingExtraError, UsageError, WeightsError
from inpaintscan.gen_data import journal, resolved
from inpaintscan.gen_data.data_set import Summary, generate
from inpaintscan.gen_data.settings import Choice, Settings
from tests.gen_data.sets import SETTINGS, content_of, rows_of


def test_an_unreadable_photo_is_reported_and_skipped(source: Path, tmp_path: Path) -> None:
    (source / "a" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    summary = generate(source, tmp_path / "set", SETTINGS)
    assert len(summary.failures) == 1
    assert "broken.jpg" in summary.failures[0]
    assert len(rows_of(tmp_path / "set")) == 18


class Stop(Exception):
    """Ends a run from within."""


def interrupted(source: Path, output: Path, settings: Settings) -> None:
    """Run until the first batch is done."""

    def stop(done: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        generate(source, output, settings, progress=stop)


def test_a_run_goes_on_after_a_torn_journal_line(source: Path, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    summary = generate(source, whole, SETTINGS)
    interrupted(source, part, SETTINGS)
    log = part / journal.NAME
    log.write_bytes(log.read_bytes() + b'{"batch": 1, "rows": [{"image_id')
    (part / "train" / "original" / ".x.png.123.tmp").write_bytes(b"left over")
    resumed: list[int] = []
    assert (
        generate(source, part, SETTINGS, resume=True, progress=lambda d, t: resumed.append(d))
        == summary
    )
    assert resumed == [4, 6], "the first batch is not made again"
    assert content_of(part) == content_of(whole)


def test_a_run_begun_before_the_column_label_is_made_anew(source: Path, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    summary = generate(source, whole, SETTINGS)
    interrupted(source, part, SETTINGS)
    log = part / journal.NAME
    entry = json.loads(log.read_text())
    for row in entry["rows"]:
        del row["label"]
    log.write_text(json.dumps(entry) + "\n")
    assert generate(source, part, SETTINGS, resume=True) == summary
    assert content_of(part) == content_of(whole)


def test_resuming_a_complete_set_changes_nothing(source: Path, tmp_path: Path) -> None:
    summary = generate(source, tmp_path / "set", SETTINGS)
    before = content_of(tmp_path / "set")
    again = generate(source, tmp_path / "set", SETTINGS, resume=True)
    assert isinstance(again, Summary)
    assert again == summary
    assert content_of(tmp_path / "set") == before


def test_a_killed_run_resumes_without_a_wrong_or_missing_row(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "killed"
    many = ["--per-photo", "40", "--kinds", "original,mask,realfake", "--batch-size", "1"]
    arguments = [str(source), "-o", str(output), "--method", "copy-move", *many]
    command = [sys.executable, "-m", "inpaintscan", "gen-data", *arguments, "--workers", "1"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    log = output / journal.NAME
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (log.exists() and log.stat().st_size > 2000):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    settings = Settings(
        methods=(Choice("copy-move"),),
        kinds=("original", "mask", "realfake"),
        per_photo=40,
        batch_size=1,
    )
    assert log.exists(), "it was killed on the way"
    generate(source, output, settings, resume=True)
    generate(source, tmp_path / "whole", settings)
    assert content_of(output) == content_of(tmp_path / "whole")


def test_destinations_that_hold_something_else_are_refused(source: Path, tmp_path: Path) -> None:
    generate(source, tmp_path / "set", SETTINGS)
    with pytest.raises(DataError, match="holds a data set already"):
        generate(source, tmp_path / "set", SETTINGS)
    with pytest.raises(DataError, match="made with other seed, settings"):
        generate(source, tmp_path / "set", replace(SETTINGS, seed=2), resume=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    with pytest.raises(DataError, match="not empty"):
        generate(source, tmp_path / "full", SETTINGS)
    with pytest.raises(DataError, match="inside the photos"):
        generate(source, source / "set", SETTINGS)


def test_names_are_checked_before_anything_is_written(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "set"
    monkeypatch.setattr(resolved, "weights_folder", lambda: tmp_path)
    monkeypatch.setitem(sys.modules, "cv2", None)
    for values, error, says in (
        ({"methods": (Choice("magic"),)}, UsageError, "no method named"),
        ({"masks": (Choice("star"),)}, UsageError, "no mask kind named"),
        ({"methods": (Choice("vae"),)}, UsageError, "need an autoencoder"),
        ({"methods": (Choice("telea"),)}, MissingExtraError, r"inpaintscan\[classical\]"),
        ({"methods": (Choice("frames"),)}, UsageError, "needs a folder of images"),
        ({"methods": (Choice("diffusion"),)}, UsageError, "say which pipeline"),
        ({"methods": (Choice("diffusion", str(source)),)}, WeightsError, "cannot load this"),
        ({"methods": (Choice("vae", "x.safetensors"),)}, WeightsError, "no such weights file"),
    ):
        with pytest.raises(error, match=says):
            generate(source, output, replace(SETTINGS, **values))  # type: ignore[arg-type]
    assert not output.exists()
