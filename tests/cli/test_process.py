"""What only a process of its own shows: pipes that break, Ctrl-C, terminals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from inpaintscan.jobs.interrupt import termination_as_interrupt
from tests.cli.conftest import ROOT, write_image

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def many(home: Path) -> Path:
    """A folder of 40 more images."""
    for number in range(40):
        write_image(home / f"many/inpainted{number:02}.png", number)
    return home / "many"


@pytest.mark.parametrize("format_name", ["plain", "json", "jsonl", "csv", "table", "github"])
def test_broken_pipe_is_quiet_and_not_1(start: Start, many: Path, format_name: str) -> None:
    process = start("detect", "many", "--format", format_name, "--quiet", FAKE_SECONDS="0.02")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    _, errors = "", process.stderr.read() if process.stderr else ""
    assert process.wait(timeout=120) == 2
    assert errors == ""
    process.stderr.close()
    process.stdin.close()


def test_broken_pipe_does_not_cost_the_report(start: Start, many: Path, home: Path) -> None:
    process = start("detect", "many", "--report", "r.json", FAKE_SECONDS="0.01")
    process.stdout.close()
    assert process.wait(timeout=120) == 1
    report = json.loads((home / "r.json").read_text())
    assert report["complete"] is True
    assert len(report["images"]) == 40
    process.stderr.close()
    process.stdin.close()


def test_json_in_a_pipe_is_utf_8_whatever_the_locale(start: Start, home: Path) -> None:
    write_image(home / "uni/clean ü 😀.png")
    process = start("detect", "uni", "--format", "jsonl", "--quiet", PYTHONIOENCODING="latin-1")
    out, _ = process.communicate(timeout=120)
    assert json.loads(out.splitlines()[1])["path"] == "uni/clean ü 😀.png"


def test_help_into_a_closed_pipe_is_quiet(start: Start) -> None:
    process = start("detect", "--help")
    process.stdout.close()
    errors = process.stderr.read()
    process.wait(timeout=120)
    assert errors == ""
    process.stderr.close()
    process.stdin.close()


def shell(home: Path, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `$scan` is the command."""
    return subprocess.run(
        ["bash", "-c", line],
        cwd=home,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "scan": f"{sys.executable} -m tests.cli.fake"}
        | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_lead_nowhere(home: Path, closed: str) -> None:
    done = shell(home, f"$scan detect pics --model m.safetensors --report r.json {closed}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(json.loads((home / "r.json").read_text())["images"]) == 4


def test_paths_cannot_be_read_from_a_closed_stream(home: Path) -> None:
    for line in ("$scan detect - <&-", "$scan detect --files-from - <&-"):
        done = shell(home, f"{line} --model m.safetensors")
        assert done.returncode == 2
        assert done.stderr.startswith("inpaintscan: -: ")
        assert len(done.stderr.splitlines()) == 1


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")


@FULL
@pytest.mark.parametrize("chosen", ["plain", "jsonl", "json", "csv", "github"])
def test_full_standard_output_loses_no_report(home: Path, chosen: str) -> None:
    scan = "$scan detect pics --model m.safetensors"
    done = shell(home, f"{scan} --report r.json --format {chosen} > /dev/full")
    assert done.returncode == 2
    assert "standard output: cannot write the report: No space left on device" in done.stderr
    assert json.loads((home / "r.json").read_text())["complete"] is True


@FULL
def test_full_standard_error_changes_nothing(home: Path) -> None:
    done = shell(home, "$scan detect pics absent.jpg --model m.safetensors 2> /dev/full")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 5
    assert shell(home, "$scan detect --no-such-option 2> /dev/full").returncode == 2
    assert shell(home, "$scan detect --help > /dev/full").returncode == 2


@pytest.fixture
def interrupted(start: Start, many: Path) -> tuple[int, str, str]:
    """Status, output and errors of a scan that gets Ctrl-C after its first images."""
    reports = [
        f"--report=r.{ending}" for ending in ("json", "jsonl", "csv", "sarif", "xml", "html")
    ]
    process = start("detect", "many", *reports, "--format", "json", FAKE_SECONDS="0.05")
    while not process.stdout.readline().startswith('{"path"'):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


def test_interrupted_scan_leaves_valid_partial_reports(
    interrupted: tuple[int, str, str], home: Path
) -> None:
    status, out, errors = interrupted
    assert status == 130
    assert "Traceback" not in errors
    assert "interrupted after" in errors
    assert '"complete": false' in out
    report = json.loads((home / "r.json").read_text())
    assert report["complete"] is False
    assert 0 < len(report["images"]) == report["counts"]["images"] < 40
    header, *records = [json.loads(line) for line in (home / "r.jsonl").read_text().splitlines()]
    assert header["complete"] is False
    assert records == report["images"]
    assert (home / "r.csv").read_text().splitlines()[-1].count("incomplete") == 1
    run = json.loads((home / "r.sarif").read_text())["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    errors_in_suite = ET.XML((home / "r.xml").read_bytes()).findall(".//error")
    assert "incomplete" in errors_in_suite[-1].get("message", "")
    assert "</html>" in (home / "r.html").read_text()
    assert not list(home.glob(".*.tmp"))


def run_in_terminal(
    home: Path, *arguments: str, shared: bool = False, **variables: str
) -> tuple[int, str, str]:
    """Run with standard output and error on a terminal each; return status and what they showed.

    `shared`: both on the same one.
    """
    master, slave = pty.openpty()
    master_error, slave_error = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fake", *arguments, "--model", "m.safetensors"],
        cwd=home,
        env=environment | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"} | variables,
        stdout=slave,
        stderr=slave if shared else slave_error,
    )
    os.close(slave)
    os.close(slave_error)
    shown = [b"", b""]
    for index, terminal in enumerate((master, master_error)):
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not piece:
                break
            shown[index] += piece
        os.close(terminal)
    return process.wait(timeout=120), shown[0].decode(), shown[1].decode()


def test_terminal_gets_a_coloured_table(home: Path) -> None:
    status, out, errors = run_in_terminal(home, "localize", "pics")
    assert status == 1
    assert "VERDICT" in out
    assert "\x1b[1;31minpainted" in out
    assert "(12, 8) to (24, 16)" in out
    assert "4 images" in errors


def test_no_color_is_respected(home: Path) -> None:
    _, out, errors = run_in_terminal(home, "detect", "pics", NO_COLOR="1")
    assert "VERDICT" in out
    assert "\x1b[" not in out + errors


def test_progress_bar_only_for_what_takes_long(home: Path) -> None:
    _, _, errors = run_in_terminal(home, "detect", "pics")
    assert "scanning" not in errors
    _, out, errors = run_in_terminal(home, "detect", "pics", FAKE_SECONDS="0.8")
    assert "images/s" in errors
    assert out.count("pics/") == 4
    assert "pics/" not in errors


def test_results_and_progress_bar_share_a_terminal(home: Path) -> None:
    _, shown, _ = run_in_terminal(home, "detect", "pics", shared=True, FAKE_SECONDS="0.8")
    assert "images/s" in shown
    assert shown.count("pics/") == 4
    assert shown.count("VERDICT") == 1


def test_termination_ends_a_scan_as_ctrl_c_does(start: Start, many: Path, home: Path) -> None:
    process = start("detect", "many", "--report", "r.json", FAKE_SECONDS="0.5")
    process.stdout.readline()
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads((home / "r.json").read_text())["complete"] is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("background", [False, True])
def test_termination_while_the_model_loads(home: Path, number: int, background: bool) -> None:
    def ignore_ctrl_c() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    temporary = home / "temporary"
    temporary.mkdir()
    arguments = ["detect", "pics", "--model", "m.safetensors", "--report", "r.json", "--open"]
    process = subprocess.Popen(
        [sys.executable, "-c", FAKE_IN_BACKGROUND if background else FAKE, *arguments],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(ROOT), "FAKE_LOADING": "60", "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=ignore_ctrl_c if background else None,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "loading\n"
    process.send_signal(number)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + errors
    assert not list(home.rglob("*.tmp"))
    assert not list(temporary.iterdir())


FAKE_IN_BACKGROUND = """
import inpaintscan.scan, tests.cli.fake
from inpaintscan.__main__ import main
inpaintscan.scan.load = tests.cli.fake.fake_load
main()
"""
FAKE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)" + FAKE_IN_BACKGROUND
)


def test_blocks_inside_each_other_share_what_was_asked() -> None:
    with termination_as_interrupt() as outer, termination_as_interrupt() as inner:
        assert inner is outer
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert outer == [signal.SIGTERM]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_termination_is_remembered_where_its_exception_is_lost() -> None:
    class Fragile:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    with termination_as_interrupt() as asked:
        fragile = Fragile()
        del fragile
    assert asked == [signal.SIGTERM]


@pytest.mark.parametrize("option", ["--no-progress", "--quiet"])
def test_progress_bar_can_be_left_out(home: Path, option: str) -> None:
    started = time.monotonic()
    _, _, errors = run_in_terminal(home, "detect", "pics", option, FAKE_SECONDS="0.6")
    assert time.monotonic() - started > 2.3
    assert "images/s" not in errors
