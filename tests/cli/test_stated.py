"""What a file states of itself, from the file to the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tests.cli.conftest import Command


@pytest.fixture
def stated(home: Path) -> Path:
    """A picture that is clean by its pixels and holds the parameters it was generated with."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Dream", '"a cat" -s 20')
    path = home / "clean-stated.png"
    Image.new("RGB", (48, 32)).save(path, pnginfo=info)
    return path


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ((), 1),
        (("--fail-on", "stated"), 1),
        (("--fail-on", "inpainted,generated,tampered"), 0),
        (("--exit-zero",), 0),
    ],
)
def test_a_statement_is_a_finding(
    run: Command, stated: Path, more: tuple[str, ...], status: int
) -> None:
    result = run("detect", stated.name, "--report", "r.json", *more)
    assert result.status == status
    assert result.out.startswith("clean\t0.1000\tclean-stated.png\tstated: made by AI; ")
    assert "1 image: 1 clean, 1 stated" in result.err
    (record,) = json.loads(Path("r.json").read_text())["images"]
    assert (record["verdict"], record["stated"]) == ("clean", "generated")


def test_a_known_statement_does_not_count(run: Command, stated: Path) -> None:
    run("detect", stated.name, "--report", "r.json")
    assert run("detect", stated.name, "--baseline", "r.json").status == 0
    run("detect", stated.name, "--report", "r.json", "--fail-on", "tampered")
    assert run("detect", "--merge", "r.json", "--baseline", "r.json").status == 0


def test_a_statement_is_kept_in_the_cache(run: Command, stated: Path) -> None:
    for _ in range(2):
        assert run("detect", stated.name, "--cache", "kept").status == 1


def test_a_baseline_of_the_first_schema_is_read(run: Command, stated: Path) -> None:
    run("detect", "pics", "--report", "r.json")
    report = json.loads(Path("r.json").read_text())
    report["schema_version"] = "1.0"
    for record in report["images"]:
        del record["stated"]
    Path("r.json").write_text(json.dumps(report))
    assert run("detect", "pics", "--baseline", "r.json").status == 0
    assert run("detect", "pics", stated.name, "--baseline", "r.json").status == 1


def test_a_trust_list_without_certificates_is_refused(run: Command, home: Path) -> None:
    (home / "list.pem").write_text("nothing")
    result = run("detect", "pics", "--trust-list", "list.pem")
    assert result.status == 2
    assert "--trust-list list.pem: holds no certificate" in result.err
