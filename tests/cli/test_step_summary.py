"""The Markdown page of a GitHub step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_the_page_is_appended_where_github_asks_for_it(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("step.md").write_text("# before\n")
    run("detect", "pics")
    assert Path("step.md").read_text() == "# before\n"  # not asked for
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    assert run("detect", "pics", "--report", "r.json").status == 1
    page = Path("step.md").read_text()
    assert page.startswith("# before\n## inpaintscan: 2 findings\n")
    assert "| inpainted | 0.95 |" in page
    run("detect", "--merge", "r.json")
    assert Path("step.md").read_text().count("## inpaintscan") == 2


def test_a_page_that_cannot_be_written_is_said_and_fails_nothing(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/such/folder.md")
    result = run("detect", "pics/clean.jpg", "--report", "r.json")
    assert result.status == 0
    assert "GITHUB_STEP_SUMMARY: the summary cannot be written: No such file" in result.err
    assert Path("r.json").exists()
