from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from inpaintscan.report import FORMATS, WRITERS, load_writer
from inpaintscan.report.csv import BOX_COLUMNS, CsvWriter
from inpaintscan.report.record import COLUMNS, NOTHING_WRITTEN, to_record
from inpaintscan.report.run import RunHeader, RunSummary
from tests.report.samples import FINDINGS, HEADER, LOCALIZE, render


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_row_an_image_with_the_fields_of_json() -> None:
    rows = rows_of(render(WRITERS[".csv"]))
    assert list(rows[0]) == list(COLUMNS)
    for row, (finding, written) in zip(rows, FINDINGS, strict=True):
        record = to_record(finding, written)
        assert row["path"] == record["path"]
        assert row["verdict"] == record["verdict"]
        assert json.loads(row["regions"]) == record["regions"]
        assert json.loads(row["evidence"]) == record["evidence"]
        assert row["score"] == ("" if record["score"] is None else str(record["score"]))


def test_localize_begins_with_the_columns_of_the_data_set_layout() -> None:
    text = render(WRITERS[".csv"], header=LOCALIZE)
    assert text.startswith("image_id,inpainted,score,xmin,ymin,xmax,ymax")
    assert list(rows_of(text)[0]) == list(BOX_COLUMNS)


def test_localize_writes_one_row_a_region_and_zeros_without_any() -> None:
    rows = rows_of(render(WRITERS[".csv"], header=LOCALIZE))
    boxes = [
        (row["verdict"], row["inpainted"], *(int(row[side]) for side in BOX_COLUMNS[3:7]))
        for row in rows
    ]
    assert boxes == [
        ("clean", "0", 0, 0, 0, 0),
        ("inpainted", "1", 10, 20, 50, 60),  # the best region first
        ("inpainted", "1", 0, 0, 20, 20),
        ("generated", "0", 0, 0, 0, 0),  # the whole image: no box
        ("unsure", "0", 0, 0, 0, 0),
        ("inpainted", "1", 0, 0, 10, 5),
        ("clean", "0", 0, 0, 0, 0),
        ("inpainted", "1", 0, 0, 64, 32),
        ("error", "0", 0, 0, 0, 0),
    ]
    assert [row["stated"] for row in rows] == ["", "", "", "", "", "", "generated", "tampered", ""]
    assert [rows[0]["score"], rows[1]["score"]] == ["0.012346", "0.93"]


def test_report_cut_short_says_so_in_its_last_row() -> None:
    for header in (LOCALIZE, None):
        more = {} if header is None else {"header": header}
        row = rows_of(render(WRITERS[".csv"], FINDINGS[:2], complete=False, **more))[-1]
        assert row["error"] == "incomplete: the scan was interrupted after 2 images"
        assert not any(value for name, value in row.items() if name != "error")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
@pytest.mark.parametrize("header", [HEADER, LOCALIZE])
def test_no_text_is_a_formula(start: str, header: RunHeader) -> None:
    name = f"{start}cmd|'/c calc'!A1.png"
    finding = replace(FINDINGS[0][0], path=name, reasons=(f"{start}1+1",), error=f"{start}2")
    stream = io.StringIO(newline="")
    writer = CsvWriter(stream)
    writer.start(header)
    writer.add(finding, NOTHING_WRITTEN)
    (row, *_) = rows_of(stream.getvalue())
    assert row["image_id" if header is LOCALIZE else "path"] == f"'{name}"
    assert row["reasons"] == f"'{start}1+1"
    assert row["error"] == f"'{start}2"
    assert float(row["score"]) >= 0


@pytest.mark.parametrize("target", [FORMATS["csv"], FORMATS["json"], FORMATS["jsonl"]])
def test_a_terminal_gets_no_escapes_from_names(target: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    name = "a\x1b]0;title\x07\x9b31m\u202egpj.exe\u2028.png"
    finding = replace(FINDINGS[0][0], path=name, error="\x1b[2J")
    stream = Terminal(newline="")
    writer = load_writer(target)(stream)
    writer.start(HEADER)
    writer.add(finding, NOTHING_WRITTEN)
    writer.finish(RunSummary(), complete=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", stream.getvalue())
    if target == FORMATS["json"]:
        assert json.loads(stream.getvalue())["images"][0]["path"] == name
