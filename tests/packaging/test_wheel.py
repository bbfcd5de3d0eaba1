"""What is inside the wheel and the source distribution."""

from __future__ import annotations

import subprocess
import tarfile
from email.parser import Parser
from pathlib import Path

import pytest

import inpaintscan
from tests.packaging.conftest import ROOT, names_in


@pytest.fixture(scope="module")
def contents(wheel: Path) -> dict[str, bytes]:
    return names_in(wheel)


def tracked(*patterns: str) -> set[str]:
    """The files under git's care, or on disk where this is no clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return {name for name in listed.stdout.split("\0") if name}
    files = {path for pattern in patterns for path in ROOT.glob(f"{pattern}/**/*")}
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_default_weights_are_inside(contents: dict[str, bytes]) -> None:
    assert "inpaintscan/weights/inpaintscan.safetensors" in contents


def test_every_weights_file_is_inside_unchanged(contents: dict[str, bytes]) -> None:
    shipped = {
        name for name in tracked("weights") if name.endswith((".safetensors", ".json", ".npz"))
    }
    assert shipped
    for name in shipped:
        assert contents.get(f"inpaintscan/{name}") == (ROOT / name).read_bytes(), name


def test_the_model_card_is_inside(contents: dict[str, bytes]) -> None:
    assert contents["inpaintscan/weights/README.md"] == (ROOT / "weights/README.md").read_bytes()


def test_every_file_of_the_package_is_inside(contents: dict[str, bytes]) -> None:
    missing = tracked("inpaintscan") - contents.keys()
    assert not missing


def test_the_page_of_the_html_report_is_inside(contents: dict[str, bytes]) -> None:
    page = {name for name in contents if name.startswith("inpaintscan/report/page/")}
    assert {Path(name).suffix for name in page} >= {".html", ".css", ".js"}


def test_the_type_marker_is_inside(contents: dict[str, bytes]) -> None:
    assert "inpaintscan/py.typed" in contents


def test_nothing_else_is_inside(contents: dict[str, bytes]) -> None:
    tops = {name.split("/")[0] for name in contents}
    assert tops == {"inpaintscan", f"inpaintscan-{inpaintscan.__version__}.dist-info"}
    assert not [name for name in contents if name.endswith((".pyc", ".tmp", ".pt", ".pth"))]


def test_metadata(contents: dict[str, bytes]) -> None:
    information = f"inpaintscan-{inpaintscan.__version__}.dist-info"
    fields = Parser().parsestr(contents[f"{information}/METADATA"].decode())
    assert fields["Name"] == "inpaintscan"
    assert fields["Version"] == inpaintscan.__version__
    assert fields["Requires-Python"] == ">=3.11"
    assert fields["License-Expression"] == "Apache-2.0"
    assert contents[f"{information}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert fields.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_source_distribution_builds_the_same_wheel(
    contents: dict[str, bytes], wheel_from_sdist: Path
) -> None:
    again = names_in(wheel_from_sdist)
    assert again.keys() == contents.keys()
    assert [name for name in contents if again[name] != contents[name]] == []


def test_the_source_distribution_carries_the_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "tests/packaging/test_wheel.py", ".ci/run"} <= names
