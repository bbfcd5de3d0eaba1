"""Each photo is opened once in a scan, and all that is said of it comes from what was read then."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Command, write_image

COUNT_OPENS = """
import json, os, sys
opened = {}
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        name = os.path.realpath(os.fsdecode(arguments[0]))
        opened[name] = opened.get(name, 0) + 1
sys.addaudithook(hook)
import inpaintscan.scan
from inpaintscan.cli.app import main
from tests.cli.fake import fake_load
if sys.argv[1] == "fake":
    inpaintscan.scan.load = fake_load
try:
    main(sys.argv[2:])
finally:
    print(json.dumps(opened), file=sys.stderr)
"""


def opens(home: Path, *arguments: str, scanner: str = "fake") -> dict[str, int]:
    """Return how often each file was opened by a command line, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT_OPENS, scanner, *arguments],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8:surrogateescape"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    counts: dict[str, int] = json.loads(done.stderr.splitlines()[-1])
    pictures = os.path.realpath(home / "pics")
    return {path: count for path, count in counts.items() if path.startswith(pictures)}


ALL_OUTPUTS = ("--report", "r.html", "--report", "r.json", "--overlay", "seen", "--heatmap", "heat")


@pytest.mark.parametrize("frames", ["first", "all"])
@pytest.mark.parametrize("cache", [(), ("--cache", "kept")])
def test_no_photo_is_opened_twice(home: Path, cache: tuple[str, ...], frames: str) -> None:
    from PIL import Image

    pages = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green")]
    pages[0].save(home / "pics/clip.gif", save_all=True, append_images=pages[1:])
    pages[0].save(home / os.fsdecode(b"pics/bad\xff.jpg"))
    write_image(home / "pics/large.jpg", size=(1600, 1200))
    command = ("detect", "pics", *ALL_OUTPUTS, *cache, "--frames", frames, "--overwrite")
    command = (*command, "--model", "m.safetensors")
    for _ in range(2):  # the second time from the cache, if there is one
        counts = opens(home, *command)
        assert len(counts) == 7
        assert set(counts.values()) == {1}, counts


def test_no_photo_is_opened_twice_by_the_real_scanner(home: Path) -> None:
    counts = opens(
        home, "detect", "pics/clean.jpg", *ALL_OUTPUTS, "--cache", "kept", scanner="real"
    )
    assert list(counts.values()) == [1]


def test_a_file_swapped_during_the_scan_lends_nothing(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands under the name later: hash, overlay and thumbnail are those of one file."""
    import inpaintscan.jobs.cached_scan as known

    path = home / "pics/inpainted.png"
    original = path.read_bytes()
    read = known.read_content

    def read_then_swap(file: Path, **more: object) -> object:
        content = read(file, **more)  # type: ignore[arg-type]
        write_image(file, seed=1234, size=(200, 100))
        return content

    monkeypatch.setattr(known, "read_content", read_then_swap)
    run("detect", "pics/inpainted.png", "--cache", "kept", *ALL_OUTPUTS)
    (record,) = json.loads(Path("r.json").read_text())["images"]
    assert record["sha256"] == hashlib.sha256(original).hexdigest()
    assert (record["width"], record["height"], record["bytes"]) == (48, 32, len(original))
    from PIL import Image

    with Image.open(record["overlay"]) as overlay:
        assert overlay.size == (48, 32)
    assert hashlib.sha256(path.read_bytes()).hexdigest() != record["sha256"]


def test_undecodable_names_have_pictures(run: Command, home: Path) -> None:
    raw = os.fsencode(home / "pics") + b"/inpainted\xff.png"
    Path(os.fsdecode(raw)).write_bytes((home / "pics/inpainted.png").read_bytes())
    run("detect", "pics", "--report", "r.html")
    page = Path("r.html").read_text()
    assert page.count('"thumbnail":"data:image/webp;base64,') == 5
    assert page.count('"preview":"data:image/webp;base64,') == 5


def test_merged_pictures_are_of_the_files_that_were_scanned(run: Command, home: Path) -> None:
    run("detect", "pics", "--report", "r.json")
    write_image(home / "pics/clean.jpg", seed=77)  # another file by now
    run("detect", "--merge", "r.json", "--report", "r.html")
    page = Path("r.html").read_text()
    assert page.count('"thumbnail":"data:image/webp;base64,') == 3
    assert page.count('"thumbnail":null') == 1
