"""`inpaintscan gen-data` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.cli.app import main
from inpaintscan.errors import ExitStatus


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Three photos and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        pixels = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["gen-data", *map(str, arguments)])
    return int(ended.value.code or 0)


PLAIN = ("--method", "copy-move", "--kinds", "original,mask,realfake", "--workers", 1)


def test_a_run_says_what_was_written_and_what_was_skipped(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(source, "-o", tmp_path / "set", *PLAIN) == ExitStatus.CLEAN
    output, messages = capsys.readouterr()
    assert output == ""
    assert "skipped: " in messages
    assert "broken.png" in messages
    assert "audit: " in messages
    assert "6 images written to" in messages
    assert "1 photos skipped" in messages
    assert (tmp_path / "set" / "labels.csv").is_file()


def test_quiet_says_nothing(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(source, "-o", tmp_path / "set", *PLAIN, "--quiet") == ExitStatus.CLEAN
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--kinds", "original,magic"), "--kinds: unknown magic"),
        (("--split", "0.8,0.2"), "--split 0.8,0.2: write three shares"),
        (("--split", "0,0,0"), "not all 0"),
        (("--split", "a,b,c"), "write three shares"),
        (("--method", "magic"), "no method named 'magic'"),
        (("--method", "telea:0"), "weight above 0"),
        (("--mask", "star"), "no mask kind named 'star'"),
        (("--scale", "0.5", "2"), "--scale"),
        (("--captions", "none.csv"), "cannot read captions"),
        (("--save-as", "gif"), "gif"),
    ],
)
def test_mistakes_end_with_one_line_and_status_2(
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    status = run(source, "-o", tmp_path / "set", *PLAIN, *arguments)
    messages = capsys.readouterr().err
    assert status == ExitStatus.ERROR
    assert says in messages
    assert "Traceback" not in messages
    assert messages.count("\n") == 1


def test_a_missing_source_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none", "-o", tmp_path / "set", *PLAIN) == ExitStatus.ERROR
    assert "no such folder of photos" in capsys.readouterr().err


def test_options_reach_the_settings(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "set"
    options = ("--save-as", "jpg", "--crop", 40, "--per-photo", 2, "--split", "0,0,1")
    assert run(source, "-o", output, *PLAIN, *options) == ExitStatus.CLEAN
    images = list((output / "test" / "realfake").glob("*.jpg"))
    assert len(images) == 6
    assert {np.asarray(Image.open(image)).shape for image in images} == {(40, 40, 3)}
    assert run(source, "-o", output, *PLAIN, *options, "--resume") == ExitStatus.CLEAN
    assert run(source, "-o", output, *PLAIN, "--resume") == ExitStatus.ERROR
    assert "made with other settings" in capsys.readouterr().err
