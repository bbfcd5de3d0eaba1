"""How commands end: the table of exit statuses, and one line for every error."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Command, write_image


@pytest.mark.parametrize("command", ["detect", "localize", "segment"])
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["pics/clean.jpg"], 0),
        (["pics/sub/unsure.webp"], 0),  # not a finding unless asked for
        (["pics/inpainted.png"], 1),
        (["pics/sub/generated.png"], 1),
        (["pics"], 1),
        (["pics", "--exit-zero"], 0),
        (["pics/sub/unsure.webp", "--fail-on", "unsure"], 1),
        (["pics/sub/generated.png", "--fail-on", "inpainted"], 0),
        (["pics", "missing.jpg"], 2),  # outranks the findings
        (["missing.jpg", "--exit-zero"], 2),  # never turns 2 into 0
        (["bad.jpg"], 2),
        (["bad.jpg", "pics/clean.jpg"], 2),
        (["empty"], 0),
    ],
)
def test_status_of_a_scan(
    run: Command, home: Path, command: str, arguments: list[str], status: int
) -> None:
    (home / "bad.jpg").write_text("no image")
    (home / "empty").mkdir()
    more = ["-o", "out"] if command == "segment" else []
    assert run(command, *arguments, *more).status == status


USAGE = [
    (["detect"], "no PATHS"),
    (["detect", "pics", ""], "one of PATHS is empty"),  # an unset variable, not this folder
    (["detect", "pics", "--report", "a.txt"], "a.txt: the ending must be one of .json"),
    (["detect", "pics", "--report", "a.json", "--report", "a.json"], "the same file twice"),
    (["detect", "pics", "--report", "m.safetensors/a.json"], "cannot write report"),
    (["detect", "pics", "--fail-on", "clean"], "--fail-on 'clean'"),
    (["detect", "pics", "--fail-on", ","], "--fail-on ','"),
    (["detect", "pics", "--threshold", "0.5", "--fpr", "0.1"], "exclude each other"),
    (["detect", "pics", "--threshold", "2"], "--threshold"),
    (["detect", "pics", "--threshold", "nan"], "threshold"),
    (["detect", "pics", "--fpr", "0.0001"], "no threshold"),
    (["detect", "pics", "--shard", "3/2"], "--shard 3/2"),
    (["detect", "pics", "--shard", "0/2"], "--shard 0/2"),
    (["detect", "pics", "--shard", "1"], "--shard 1"),
    (["detect", "pics", "--batch-size", "0"], "--batch-size 0"),
    (["detect", "pics", "--workers", "many"], "--workers many"),
    (["detect", "pics", "--format", "yaml"], "--format"),
    (["detect", "pics", "--frames", "last"], "--frames"),
    (["detect", "pics", "--frobnicate"], "--frobnicate"),
    (["detect", "pics", "--baseline", "none.json"], "none.json: cannot read report"),
    (["detect", "pics", "--baseline", "pics/clean.jpg"], "pics/clean.jpg: not a .json"),
    (["detect", "--files-from", "none.txt"], "none.txt: cannot read the list"),
    (["detect", "pics", "--null"], "--null"),
    (["detect", "pics", "--cache", "m.safetensors"], "--cache m.safetensors"),
    (["detect", "--serve", "pics"], "--serve takes no PATHS"),
    (["detect", "--serve", "--report", "a.json"], "leave out --report"),
    (["detect", "--serve", "--files-from", "list.txt"], "leave out --files-from"),
    (["detect", "--serve", "--frames", "all"], "--serve scans the first frame"),
    (["segment", "pics"], "--output"),
    (["detekt", "pics"], "detekt"),
]


@pytest.mark.parametrize(("arguments", "words"), USAGE, ids=lambda value: " ".join(value)[:40])
def test_misuse_is_one_line_and_2(run: Command, arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.status == 2
    assert words in result.err
    assert result.err.startswith("inpaintscan: ")
    assert result.err.count("\n") == 1
    assert result.out == ""


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("none.safetensors", "none.safetensors: no such weights file"),
        ("nosuch", "no weights named 'nosuch'"),
        ("pics/clean.jpg", "pics/clean.jpg: not a safetensors file"),
    ],
)
def test_bad_weights_are_one_line_and_2(run: Command, model: str, words: str) -> None:
    result = run("detect", "pics", "--report", "r.json", model=model)
    assert (result.status, result.out) == (2, "")
    assert words in result.err
    assert result.err.count("\n") == 1
    assert not Path("r.json").exists()


def test_internal_error_is_one_line_and_2_with_a_partial_report(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a slip")

    monkeypatch.setattr("tests.cli.fake.answer", fail)
    result = run("detect", "pics", "--report", "r.json")
    assert result.status == 2
    assert "internal error: ZeroDivisionError: a slip" in result.err
    assert "Traceback" not in result.err
    assert '"complete": false' in Path("r.json").read_text()
    assert "Traceback" in run("detect", "pics", "--verbose").err


def test_unreadable_images_do_not_stop_the_scan(run: Command, home: Path) -> None:
    (home / "pics" / "a_bad.jpg").write_bytes(b"")
    write_image(home / "pics" / "inpainted_too.png")
    result = run("detect", "pics")
    verdicts = [line.split("\t")[0] for line in result.out.splitlines()]
    assert verdicts == ["error", "clean", "inpainted", "inpainted", "generated", "unsure"]
    assert "inpaintscan: pics/a_bad.jpg: the file is empty\n" in result.err


def test_summary_counts_everything(run: Command, home: Path) -> None:
    (home / "pics" / "notes.txt").write_text("")
    assert (
        "inpaintscan: 4 images: 1 clean, 1 unsure, 1 inpainted, 1 generated; 1 other file skipped"
        in run("detect", "pics").err
    )


def test_summary_names_the_limits_in_use(run: Command, home: Path) -> None:
    assert run("detect", "pics").err.endswith("s; reported from 0.60, unsure from 0.40\n")
    strict = run("detect", "pics", "--fpr", "0.001").err
    assert strict.endswith("; reported from 0.90, unsure from 0.40\n")
    assert run("detect", "pics", "--threshold", "0.3").err.endswith("; reported from 0.30\n")


def test_quiet_writes_nothing_to_standard_error(run: Command) -> None:
    result = run("detect", "pics", "missing.jpg", "--quiet")
    assert (result.status, result.err) == (2, "")
    assert len(result.out.splitlines()) == 5


def test_folder_with_the_name_of_a_model_is_not_in_the_way(run: Command, home: Path) -> None:
    """As in a clone, whose package folder has the name of the default model."""
    (home / "nosuch").mkdir()
    assert "no weights named 'nosuch'" in run("detect", "pics", model="nosuch").err


@pytest.mark.parametrize(
    "arguments", [[], ["--threshold", "0.5", "--fpr", "0.1"], ["x", "--no-such-option"]]
)
def test_an_error_does_not_wrap_on_a_narrow_terminal(
    run: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    assert run("detect", *arguments).status == 2
    first, *rest = screen.getvalue().splitlines()
    assert first.startswith("inpaintscan: ")
    assert rest
    assert all(line.startswith("  ") for line in rest)
    assert max(map(len, (first, *rest))) <= 50
