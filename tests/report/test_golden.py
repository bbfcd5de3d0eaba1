"""Every format, byte for byte; `python -m tests.report.samples` renews the files on purpose."""

from __future__ import annotations

import pytest

from tests.report.samples import GOLDEN, GOLDEN_REPORTS, encoded, render


@pytest.mark.parametrize("name", GOLDEN_REPORTS)
def test_report_is_as_before(name: str) -> None:
    target, header = GOLDEN_REPORTS[name]
    assert encoded(render(target, header=header)) == (GOLDEN / name).read_bytes()
