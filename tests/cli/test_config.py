"""Defaults from `pyproject.toml` and `inpaintscan.toml`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def write(text: str, name: str = "pyproject.toml") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_command_line_wins(run: Command) -> None:
    write("[tool.inpaintscan]\nexit-zero = true\nfail_on = 'unsure'\n")
    assert run("detect", "pics").status == 0
    assert run("detect", "pics", "--report", "r.json", "--fail-on", "generated").status == 0
    assert json.loads(Path("r.json").read_text())["fail_on"] == ["generated"]


def test_a_byte_order_mark_is_no_part_of_the_configuration(run: Command) -> None:
    Path("inpaintscan.toml").write_bytes(b"\xef\xbb\xbfexit-zero = true\n")
    assert run("detect", "pics").status == 0


def test_what_a_threshold_excludes_is_left_out(run: Command) -> None:
    write("[tool.inpaintscan]\nfpr = 0.001\n")
    run("detect", "pics", "--report", "a.json", "--threshold", "0.3")
    run("detect", "pics", "--report", "b.json")
    read = [json.loads(Path(name).read_text())["settings"] for name in ("a.json", "b.json")]
    assert [one["fpr"] for one in read] == [None, 0.001]


def test_the_nearest_file_counts(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[tool.inpaintscan]\nexit-zero = true\n")
    write("[tool.other]\nx = 1\n", "pics/pyproject.toml")
    monkeypatch.chdir("pics")
    model = "../m.safetensors"
    assert run("detect", ".", model=model).status == 0  # a project without the table
    write("exclude = 'inpainted.png'\n", "inpaintscan.toml")
    result = run("detect", ".", model=model)
    assert result.status == 1
    assert "inpainted.png" not in result.out


def test_tables_of_commands_and_files_beside_the_configuration(
    run: Command, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    write("model = 'm.safetensors'\nreport = ['r.json']\n[detect]\nheatmap = 'maps'\n"
          "[train]\nseed = 5\n", "inpaintscan.toml")  # fmt: skip
    (home / "below").mkdir()
    monkeypatch.chdir("below")
    assert run("detect", "../pics", model="").status == 1
    assert json.loads((home / "r.json").read_text())["model"]["name"] == "fake"
    assert (home / "below/maps").is_dir()
    assert run("localize", "../pics", model="").status == 1


def test_a_list_of_words_may_be_a_list(run: Command) -> None:
    write("[tool.inpaintscan]\nfail-on = ['unsure', 'tampered']\n")
    run("detect", "pics", "--report", "r.json")
    assert json.loads(Path("r.json").read_text())["fail_on"] == ["unsure", "tampered"]


def test_a_trust_list_is_looked_for_beside_the_configuration(
    run: Command, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    write("[tool.inpaintscan]\ntrust-list = 'signers.pem'\n")
    monkeypatch.chdir("pics")
    result = run("detect", ".", model=str(home / "m.safetensors"))
    assert f"--trust-list {home / 'signers.pem'}: cannot read it" in result.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.inpaintscan]\ncase = ['a', 'b']\n", "case takes one value, not a list"),
        ("[tool.inpaintscan]\nthreads = [2]\n", "threads takes one value, not a list"),
        ("[tool.inpaintscan]\nthreshhold = 0.5\n", "unknown key 'threshhold'"),
        ("[tool.inpaintscan]\npaths = ['a']\n", "unknown key 'paths'"),
        ("[tool.inpaintscan]\nheatmap = 'a'\n", "unknown key 'heatmap'"),
        ("[tool.inpaintscan.detect]\nheatmop = 'a'\n", "detect has no option 'heatmop'"),
        ("[tool.inpaintscan.train]\nlurning-rate = 1\n", "train has no option 'lurning_rate'"),
        ("[tool.inpaintscan.localize]\nheatmop = 'a'\n", "localize has no option 'heatmop'"),
        ("[tool.inpaintscan.detekt]\n", "unknown key 'detekt'"),
        ("[tool]\ninpaintscan = 5\n", "not a table"),
        ("[tool.inpaintscan\n", "not a TOML file"),
        ("[tool.inpaintscan]\nthreshold = 'high'\n", "'--threshold'"),
        ("[tool.inpaintscan]\nthreshold = 7\n", "'--threshold'"),
        ("[tool.inpaintscan]\nformat = 'xml'\n", "'--format'"),
    ],
)
def test_what_is_no_option_is_one_line_of_error(run: Command, text: str, words: str) -> None:
    write(text)
    result = run("detect", "pics")
    assert result.status == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1
    assert run("detect", "--help", model="").status == 0


def test_a_file_too_large_for_settings_is_one_line_of_error(run: Command) -> None:
    write("")
    os.truncate("pyproject.toml", 10**12)
    result = run("detect", "pics")
    assert result.status == 2
    assert result.err.endswith("pyproject.toml: larger than 1 MiB, which is no settings\n")


def test_verbose_says_what_is_taken_from_where(run: Command, home: Path) -> None:
    write("[tool.inpaintscan]\nexclude = ['*.webp']\nfpr = 0.01\n")
    (home / "pics/notes.txt").write_text("no image")
    said = run("detect", "pics", "-v").err
    assert f"{home / 'pyproject.toml'}: exclude = ['*.webp'], fpr = 0.01" in said
    assert "weights fake: m.safetensors, sha256 " in said
    assert "reported from: inpainted 0.6, generated 0.6" in said
    assert "device fake, precision fp32" in said
    assert "skipped: pics/notes.txt: not an image" in said
    assert "skipped: pics/sub/unsure.webp: excluded" in said


@pytest.mark.parametrize(("chosen", "shown"), [("plain", 2), ("jsonl", 4), ("csv", 3)])
def test_show_findings_lists_findings_alone(run: Command, chosen: str, shown: int) -> None:
    arguments = ("detect", "pics", "--format", chosen, "--show", "findings", "--report", "r.json")
    result = run(*arguments)
    assert len(result.out.splitlines()) == shown
    assert "clean.jpg" not in result.out
    assert len(json.loads(Path("r.json").read_text())["images"]) == 4


def test_threads_are_passed_on(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int | None] = []
    monkeypatch.setattr("inpaintscan.device.use_threads", used.append)
    run("detect", "pics", "--threads", "3")
    run("detect", "pics")
    assert used == [3, None]
    assert run("detect", "pics", "--threads", "0").status == 2


def test_completion_offers_only_what_scans() -> None:
    from inpaintscan.cli.signature import complete_model

    assert complete_model("") == ["inpaintscan"]
    assert complete_model("auto") == []
    assert complete_model("[") == []


def test_what_a_served_page_has_no_use_for_is_left_out(home: Path) -> None:
    from inpaintscan.cli.config import find_config

    write("[tool.inpaintscan]\ncase = 'c 7'\nexaminer = 'E. X.'\nreport = 'r.json'\nfpr = 0.001\n")
    config = find_config(home, ("detect",))
    assert config is not None
    assert config.defaults("detect", ["detect", "--serve"]) == {"fpr": 0.001}
    assert set(config.defaults("detect", ["detect"])) == {"case", "examiner", "report", "fpr"}


@pytest.mark.parametrize("spelled", ["method", "methods"])
def test_an_option_is_spelled_as_on_the_command_line_or_as_its_field(
    home: Path, spelled: str
) -> None:
    from inpaintscan.cli.app import _defaults

    write(f"[tool.inpaintscan.gen-data]\n{spelled} = 'telea'\nper-photo = 2\n")
    assert _defaults(["gen-data"]) == {"gen-data": {"methods": ["telea"], "per_photo": 2}}
