from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inpaintscan.errors import UsageError
from inpaintscan.report import FORMATS, WRITERS, load_writer
from inpaintscan.report.target import ReportFile, Spool


def test_report_appears_whole_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.csv"
    report = ReportFile(path)
    report.stream.write("half")
    assert not path.exists()
    report.stream.write(" and half\n")
    report.commit()
    assert path.read_bytes() == b"half and half\n"
    assert list(path.parent.iterdir()) == [path]


def test_discarded_report_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("old")
    report = ReportFile(path)
    report.stream.write("new")
    report.discard()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_report_that_cannot_be_written_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file.*cannot write report"):
        ReportFile(tmp_path / "file" / "report.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UsageError, match="is a directory"):
        ReportFile(tmp_path / "folder.json")


def test_spool_gives_back_what_was_set_aside_beyond_memory() -> None:
    spool = Spool()
    line = "\udcff ü line\n"
    for _ in range(500_000):
        spool.write(line)
    text = "".join(spool.drain())
    assert len(text) == 500_000 * len(line)
    assert text.startswith(line)


def test_every_format_has_a_writer() -> None:
    for target in {*WRITERS.values(), *FORMATS.values()}:
        for method in ("start", "add", "finish"):
            assert callable(getattr(load_writer(target), method)), target


def test_formats_load_without_torch() -> None:
    code = (
        "import sys; from inpaintscan.report import *; from inpaintscan import report;"
        "[report.load_writer(t) for t in [*report.WRITERS.values(), *report.FORMATS.values()]];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
