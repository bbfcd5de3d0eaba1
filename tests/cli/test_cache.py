"""`--cache`: the second scan reads no pixels, loads no scanner and gives the same report."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from inpaintscan.images import FileContent, ImagePixels
from tests.cli.conftest import ROOT, Command, write_image
from tests.cli.fake import FakeScanner, write_card


def records(name: str) -> list[dict[str, object]]:
    images: list[dict[str, object]] = json.loads(Path(name).read_text())["images"]
    return images


def without_times(name: str) -> dict[str, object]:
    report: dict[str, object] = json.loads(Path(name).read_text())
    return {key: value for key, value in report.items() if key not in {"started", "finished"}}


@pytest.fixture
def no_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every decoding an error."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pixels were read")

    monkeypatch.setattr("tests.cli.fake.decode_image", refuse)
    monkeypatch.setattr("inpaintscan.images.read.decode_image", refuse)


def test_second_scan_reads_no_pixels_and_reports_the_same(
    run: Command, request: pytest.FixtureRequest
) -> None:
    first = run("detect", "pics", "--cache", "kept", "--report", "a.json")
    assert FakeScanner.opened == 1
    request.getfixturevalue("no_pixels")
    second = run("detect", "pics", "--cache", "kept", "--report", "b.json")
    assert FakeScanner.opened == 1
    assert (second.status, second.out) == (first.status, first.out) == (1, first.out)
    assert without_times("a.json") == without_times("b.json")


def test_masks_come_from_the_cache_too(run: Command, request: pytest.FixtureRequest) -> None:
    for out in ("one", "two"):
        run("segment", "pics", "--cache", "kept", "-o", out, "--heatmap")
        if out == "one":
            request.getfixturevalue("no_pixels")
    assert FakeScanner.opened == 1
    for path in Path("one").rglob("*.png"):
        assert path.read_bytes() == Path("two", path.relative_to("one")).read_bytes()


def test_maps_that_were_not_kept_are_made_again(run: Command) -> None:
    run("detect", "pics", "--cache", "kept")
    run("detect", "pics", "--cache", "kept", "--report", "page.HTML")
    assert FakeScanner.opened == 2
    run("segment", "pics", "--cache", "kept", "-o", "out")
    assert FakeScanner.opened == 2
    assert len(list(Path("out").rglob("*.png"))) == 4


def test_content_counts_not_the_name(run: Command, home: Path) -> None:
    run("detect", "pics", "--cache", "kept")
    shutil.move(home / "pics/inpainted.png", home / "pics/renamed.png")
    result = run("detect", "pics", "--cache", "kept")
    assert "inpainted\t0.9500\tpics/renamed.png\t-" in result.out.splitlines()
    assert FakeScanner.opened == 1


def test_only_what_is_new_is_scanned_and_the_order_stays(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("detect", "pics", "--cache", "kept")
    read: list[str] = []
    write_image(home / "pics/inpainted.png", seed=99)  # changed
    write_image(home / "pics/d_new.png", seed=98)
    write_image(home / "pics/z_new.png", seed=97)
    (home / "pics/e_bad.jpg").write_text("no image")

    from tests.cli import fake

    original = fake.decode_image

    def decode(content: FileContent, **more: Any) -> ImagePixels:
        read.append(Path(content.name).name)
        return original(content, **more)

    monkeypatch.setattr(fake, "decode_image", decode)
    run("detect", "pics", "--cache", "kept", "--report", "r.json")
    assert read == ["d_new.png", "inpainted.png", "z_new.png"]
    assert [record["path"] for record in records("r.json")] == [
        "pics/clean.jpg",
        "pics/d_new.png",
        "pics/e_bad.jpg",
        "pics/inpainted.png",
        "pics/sub/generated.png",
        "pics/sub/unsure.webp",
        "pics/z_new.png",
    ]


@pytest.mark.parametrize(
    "change",
    [
        ["--fpr", "0.001"],
        ["--threshold", "0.3"],
        ["--precision", "bf16"],
        ["--frames", "all"],
        ["--strict"],
        ["--max-pixels", "1M"],
    ],
)
def test_other_settings_are_another_scan(run: Command, change: list[str]) -> None:
    run("detect", "pics", "--cache", "kept")
    run("detect", "pics", "--cache", "kept", *change)
    assert FakeScanner.opened == 2


def test_another_model_is_another_scan(run: Command, home: Path) -> None:
    write_card(home / "other.safetensors", name="other")
    run("detect", "pics", "--cache", "kept")
    run("detect", "pics", "--cache", "kept", model="other.safetensors")
    assert FakeScanner.opened == 2


def test_damaged_entries_count_as_none(run: Command) -> None:
    run("detect", "pics", "--cache", "kept", "--report", "a.json")
    for number, path in enumerate(sorted(Path("kept").rglob("*.json"))):
        path.write_bytes([b"", b"{}", b'{"records": [{}]}', b"\xff", b"[1]"][number % 5])
    run("detect", "pics", "--cache", "kept", "--report", "b.json")
    assert without_times("a.json") == without_times("b.json")


def _entries() -> list[Path]:
    return [path for path in sorted(Path("kept").rglob("*.json")) if path.name != "settings.json"]


DEEP = "[" * 100_000 + "]" * 100_000
FORGED_RECORDS: dict[str, object] = {
    "sha256": "0" * 64,
    "verdict": "error",
    "score": "0.5",
    "scores": {"inpainted": None, "generated": None},
    "width": -1,
    "regions": [{"score": 1, "area": 1, "box": [0, 0, 1]}],
    "evidence": [5],
    "frame": 7,
}


def _forge(record: dict[str, object]) -> list[str]:
    """Return the texts of forged entries, each with one thing wrong."""
    forged = [record | {name: value} for name, value in FORGED_RECORDS.items()]
    forged += [record | {"width": width} for width in (None, 0, 1, 10_000)]
    forged += [record | {"width": side, "height": side} for side in (2**31, 2**30, 200_000)]
    entries = [[one] for one in forged] + [[record] * 2, []]
    texts = [json.dumps({"records": records}) for records in entries]
    return [*texts, DEEP, "", "null", '{"records": 5}']


def test_forged_entries_are_scanned_anew_with_one_warning(run: Command) -> None:
    first = run("segment", "pics", "--cache", "kept", "-o", "o", "--report", "a.json")
    (good,) = json.loads(_entries()[0].read_text())["records"]
    for text in _forge(good):
        for path in _entries():
            path.write_text(text)
        again = run("segment", "pics", "--cache", "kept", "-o", "o", "--overwrite")
        assert (again.status, again.out) == (first.status, first.out), text[:200]
        assert again.err.count("--cache kept: ") == 1, text[:200]
    assert "--cache" not in run("segment", "pics", "--cache", "kept", "-o", "p").err


def test_entries_that_tell_the_shape_of_maps_are_read(run: Command) -> None:
    run("segment", "pics", "--cache", "kept", "-o", "one")
    for path in _entries():
        more = {"maps": [{"grid": [1, 1], "stride": 4, "size_hw": [4, 4]}]}
        path.write_text(json.dumps(json.loads(path.read_text()) | more))
    assert "--cache" not in run("segment", "pics", "--cache", "kept", "-o", "two").err
    assert FakeScanner.opened == 1


def test_an_entry_cannot_say_that_a_finding_is_known(run: Command) -> None:
    run("detect", "pics", "--cache", "kept")
    for path in _entries():
        path.write_text(path.read_text().replace('"known": false', '"known": true'))
    assert run("detect", "pics", "--cache", "kept").status == 1


@pytest.mark.parametrize(
    "content",
    [b"", zlib.compress(b"\0" * 10**7), zlib.compress(b"\xff" * 384), b"no zlib at all"],
)
def test_damaged_maps_are_made_again(run: Command, content: bytes) -> None:
    first = run("segment", "pics", "--cache", "kept", "-o", "one")
    for path in Path("kept").rglob("*.map"):
        path.write_bytes(content)
    second = run("segment", "pics", "--cache", "kept", "-o", "one", "--overwrite")
    assert (second.status, second.out) == (first.status, first.out)
    assert FakeScanner.opened == 2


@pytest.mark.parametrize("content", [DEEP, "5", '{"device": 5, "precision": "fp32"}', "{}"])
def test_forged_settings_are_resolved_anew(run: Command, content: str) -> None:
    run("detect", "pics", "--cache", "kept", "--report", "a.json")
    (settings,) = Path("kept").rglob("settings.json")
    settings.write_text(content)
    run("detect", "pics", "--cache", "kept", "--report", "b.json")
    assert without_times("a.json") == without_times("b.json")


def test_a_pipe_in_the_cache_is_not_waited_for(run: Command) -> None:
    run("detect", "pics", "--cache", "kept")
    for path in (*_entries(), *Path("kept").rglob("settings.json")):
        path.unlink()
        os.mkfifo(path)
    assert run("detect", "pics", "--cache", "kept").status == 1


@pytest.mark.parametrize("kind", ["*.json", "*.map"])
def test_entries_too_large_for_any_memory_are_made_again(run: Command, kind: str) -> None:
    first = run("segment", "pics", "--cache", "kept", "-o", "one")
    for path in Path("kept").rglob(kind):
        os.truncate(path, 10**12)
    second = run("segment", "pics", "--cache", "kept", "-o", "one", "--overwrite")
    assert (second.status, second.out) == (first.status, first.out)
    assert second.err.count("--cache kept: ") == 1
    third = run("segment", "pics", "--cache", "kept", "-o", "one", "--overwrite")
    assert (third.out, third.err.count("--cache")) == (first.out, 0)


def test_a_full_disk_costs_one_warning(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("inpaintscan.jobs.cache.write_bytes", fail)
    result = run("detect", "pics", "--cache", "kept")
    assert result.status == 1
    assert len(result.out.splitlines()) == 4
    assert result.err.count("--cache kept: No space left on device") == 1
    assert "--cache" not in run("detect", "pics", "--cache", "kept", "--quiet").err


@pytest.mark.parametrize("folder", ["file/below", "q" * 300, "q/" * 3000, "loop/below"])
def test_a_folder_that_cannot_be_made_costs_one_warning(
    run: Command, home: Path, folder: str
) -> None:
    (home / "file").write_text("in the way")
    (home / "loop").symlink_to("loop")
    result = run("detect", "pics", "--cache", folder)
    assert result.status == 1
    assert result.err.count(f"--cache {folder.rstrip('/')}: ") == 1


def test_baseline_and_fail_on_are_not_kept(run: Command) -> None:
    run("detect", "pics", "--cache", "kept", "--report", "a.json")
    result = run("detect", "pics", "--cache", "kept", "--baseline", "a.json")
    assert result.status == 0
    assert run("detect", "pics", "--cache", "kept").status == 1
    assert FakeScanner.opened == 1


def test_frames_are_kept_together(run: Command, home: Path) -> None:
    from PIL import Image

    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    frames[0].save(home / "clip.gif", save_all=True, append_images=frames[1:])
    for name in ("a.json", "b.json"):
        run("detect", "clip.gif", "pics", "--frames", "all", "--cache", "kept", "--report", name)
    assert FakeScanner.opened == 1
    assert [record["frame"] for record in records("a.json")][:4] == [0, 1, 2, None]
    assert records("a.json") == records("b.json")


def test_all_known_loads_no_torch(run: Command, home: Path) -> None:
    run("detect", "pics", "--cache", "kept")
    code = (
        "import sys\nfrom inpaintscan.cli.app import main\n"
        "try:\n    main(['detect', 'pics', '--cache', 'kept', '--model', 'm.safetensors'])\n"
        "finally:\n    print('torch' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1] == "False"
