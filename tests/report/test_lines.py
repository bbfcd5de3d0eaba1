"""The formats of lines: plain, table, github."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from inpaintscan.findings import Box, Finding, Region, Scores
from inpaintscan.report import FORMATS
from inpaintscan.report.record import NOTHING_WRITTEN, Written
from inpaintscan.report.run import RunHeader
from inpaintscan.report.table import TableWriter, wants_colour
from inpaintscan.report.text import cells
from tests.report.samples import FINDINGS, HEADER, render

SEGMENT = RunHeader("segment", "m", "00", {}, {}, "2026-01-02T03:04:05Z")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_is_one_line_an_image_whatever_its_name() -> None:
    lines = render(FORMATS["plain"]).splitlines()
    assert len(lines) == len(FINDINGS)
    assert {line.count("\t") for line in lines} == {3}


def test_plain_shows_the_mask_for_segment() -> None:
    line = render(FORMATS["plain"], FINDINGS[1:2], header=SEGMENT)
    assert line == "inpainted\t0.9700\tphotos/inpainted.png\tout/mask/inpainted.png\t-\n"


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_cut_short_says_so(name: str) -> None:
    text = render(FORMATS[name], FINDINGS[:1], complete=False)
    assert "incomplete" in text or '"complete": false' in text


def test_github_annotates_only_what_counts() -> None:
    text = render(FORMATS["github"])
    assert [line.partition(" ")[0] for line in text.splitlines()] == [
        "::warning",
        "::warning",
        "::warning",
        "::warning",
        "::error",
    ]
    assert "known.jpg" not in text
    assert "title=inpaintscan%3A stated::stated: made by AI; looks clean" in text
    assert "title=inpaintscan%3A inpainted%2C tampered::tampered: its Content" in text


def test_github_follows_fail_on() -> None:
    header = RunHeader("detect", "m", "00", {}, {}, "", fail_on=("unsure",))
    (line,) = render(FORMATS["github"], FINDINGS[:4], header=header).splitlines()
    assert "unsure.gif" in line
    assert "may be inpainted or generated" in line


def test_github_name_cannot_start_a_command_of_its_own() -> None:
    finding = Finding("a\n::set-output name=x::y.jpg", "inpainted", scores=Scores(0.9, 0.1))
    (line,) = render(FORMATS["github"], [(finding, NOTHING_WRITTEN)]).splitlines()
    assert line.startswith("::warning file=a\\x0a%3A%3Aset-output name=x%3A%3Ay.jpg,")


@pytest.mark.parametrize(
    ("variables", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),  # a pipe
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),  # empty counts as not set, says no-color.org
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_only_where_it_is_welcome(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], terminal: bool, coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else io.StringIO()
    assert wants_colour(stream) is coloured
    writer = TableWriter(stream)
    writer.start(HEADER)
    writer.add(*FINDINGS[1])
    assert ("\x1b[" in stream.getvalue()) is coloured


def test_table_names_the_mask_for_segment() -> None:
    text = render(FORMATS["table"], [(FINDINGS[1][0], Written(mask="out/m.png"))], header=SEGMENT)
    assert text.splitlines()[-1].strip() == "-> out/m.png"


@pytest.mark.parametrize("columns", [50, 60, 80])
@pytest.mark.parametrize("command", ["detect", "localize", "segment"])
@pytest.mark.parametrize("letter", ["x", "写", "😀", "e\u0301", "a写"])
def test_nothing_wraps_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int, command: str, letter: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    name = "folder/" + letter * 100 + "/a name of several words " * 3
    box = Region(0.9, 0.1, Box(10_000, 20_000, 30_000, 40_000))
    reasons = ("between the two thresholds", "heavily compressed: JPEG quality 30")
    finding = replace(FINDINGS[0][0], path=name, regions=(box,), reasons=reasons)
    stream = Terminal()
    writer = TableWriter(stream)
    writer.start(replace(HEADER, command=command))
    writer.add(finding, Written(mask="out/mask/" + letter * 100))
    lines = stream.getvalue().splitlines()
    assert max(cells(line) for line in lines) <= columns
    assert all(line.startswith(" ") for line in lines[2:])
    shown = "".join(line[27:] for line in lines)
    assert name in shown
    assert "heavily" in shown
