"""Tables and files of the documentation that repeat what the code says."""

from __future__ import annotations

import re
import tomllib

import inpaintscan
from inpaintscan.errors import ExitStatus
from tests.docs.markdown import README, ROOT, table_after

PAGE = README.read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(PAGE.splitlines()) <= 220


def test_exit_statuses() -> None:
    rows = table_after(PAGE, "## Exit statuses")
    assert [int(row["status"]) for row in rows] == [int(status) for status in ExitStatus]


def test_every_extra_is_listed_and_no_other() -> None:
    listed = {row["extra"].strip("`") for row in table_after(PAGE, "Extras,")}
    assert listed == PROJECT["optional-dependencies"].keys() - {"test"}


def test_the_smallest_python_is_the_one_declared() -> None:
    assert f"Python {PROJECT['requires-python'].removeprefix('>=')} or newer" in PAGE


def test_links_to_files_of_the_repository_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)", PAGE) + re.findall(r'src="([^"]+)"', PAGE)
    local = [target for target in targets if not re.match(r"https?://|mailto:", target)]
    assert "LICENSE" in local
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_the_pictures_are_described() -> None:
    assert re.findall(r"!\[\s*\]\(", PAGE) == []


def test_the_readme_names_the_current_version() -> None:
    assert set(re.findall(r"\bv(\d+\.\d+\.\d+)\b", PAGE)) == {inpaintscan.__version__}


def test_changelog_has_the_form_of_keep_a_changelog() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    dated = [
        re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", line) for line in headings[1:]
    ]
    assert all(dated), headings
    versions = [tuple(map(int, match[1].split("."))) for match in dated if match]
    assert versions == sorted(versions, reverse=True)
    assert dated[0] is not None
    assert dated[0][1] == inpaintscan.__version__


def test_changelog_sections_are_the_known_ones() -> None:
    known = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= known


def test_nothing_private_stands_in_the_documentation() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("weights/*.md"), ROOT / "action.yml"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        paths = re.findall(r"(?<![\w:/.<)*])/[a-z]+/\w*|\.\./\w+", text)
        assert not paths, f"{page.name} names places on somebody's machine: {paths}"
