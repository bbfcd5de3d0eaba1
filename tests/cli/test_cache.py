"""`--cache`: the second scan reads no pixels, loads no scanner and gives the same report."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inpaintscan.images import FileContent, ImagePixels
from tests.cli.conftest import Command, write_image
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1] == "False"
