from __future__ import annotations

import csv
import io
import json

from inpaintscan.report import WRITERS
from inpaintscan.report.csv import BOX_COLUMNS
from inpaintscan.report.record import COLUMNS, to_record
from tests.report.samples import FINDINGS, LOCALIZE, render


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
