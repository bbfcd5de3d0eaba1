from __future__ import annotations

import io
import json

import pytest

from inpaintscan.report import FORMATS, WRITERS
from inpaintscan.report.json import JsonlStream
from inpaintscan.report.record import NOTHING_WRITTEN, to_record
from tests.report.samples import FINDINGS, HEADER, encoded, render

RECORDS = [to_record(*item) for item in FINDINGS]


def test_json_is_one_object_around_the_records() -> None:
    report = json.loads(encoded(render(WRITERS[".json"])))
    assert report["images"] == RECORDS
    assert report["schema_version"] == "2.0"
    assert report["model"] == {"name": "inpaintscan", "sha256": "ab" * 32}
    assert report["counts"] == {
        "images": 8,
        "clean": 2,
        "unsure": 1,
        "inpainted": 3,
        "generated": 1,
        "error": 1,
        "stated": 1,
        "tampered": 1,
        "findings": 4,
        "known": 1,
        "skipped": 2,
    }
    assert report["complete"] is True


def test_undecodable_name_comes_back() -> None:
    report = json.loads(encoded(render(WRITERS[".json"])))
    assert report["images"][-1]["path"] == "photos/broken \udcff.jpg"


@pytest.mark.parametrize("findings", [[], FINDINGS[:1]], ids=["none", "one"])
def test_json_cut_short_is_valid_and_says_so(findings: list[object]) -> None:
    text = render(WRITERS[".json"], findings, complete=False)  # type: ignore[arg-type]
    report = json.loads(text)
    assert report["complete"] is False
    assert report["images"] == RECORDS[: len(findings)]


def test_json_keeps_one_record_a_line() -> None:
    lines = render(WRITERS[".json"]).splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"path"')] == RECORDS


@pytest.mark.parametrize("complete", [True, False])
def test_jsonl_file_begins_with_the_finished_header(complete: bool) -> None:
    text = encoded(render(WRITERS[".jsonl"], complete=complete)).decode()
    header, *records = [json.loads(line) for line in text.split("\n")[:-1]]
    assert header["counts"]["images"] == len(records)
    assert header["complete"] is complete
    assert header["finished"] == "2026-01-02T03:04:09Z"
    assert records == RECORDS


def test_jsonl_on_standard_output_ends_with_the_finished_header() -> None:
    lines = [json.loads(line) for line in encoded(render(FORMATS["jsonl"])).splitlines()]
    assert lines[1:-1] == RECORDS
    assert "counts" not in lines[0]
    assert lines[-1] == lines[0] | {
        name: lines[-1][name] for name in ("finished", "counts", "skipped", "complete")
    }


def test_jsonl_on_standard_output_is_pushed_out_at_once() -> None:
    class Pipe(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    pipe = Pipe()
    writer = JsonlStream(pipe)
    writer.start(HEADER)
    writer.add(FINDINGS[0][0], NOTHING_WRITTEN)
    assert pipe.flushed == 2
    assert pipe.getvalue().count("\n") == 2
