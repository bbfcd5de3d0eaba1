"""`detect --engine ray` against the plain engine, on a real Ray with two workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile
from inpaintscan.jobs.ray_scan import RayScanner
from tests.cluster.conftest import images_of, kill, run_command, worker_processes, write_photos
from tests.cluster.s3 import small_s3, uri

COUNT = 500
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five hundred images, one of them damaged, one with several frames."""
    folder = write_photos(tmp_path_factory.mktemp("many") / "photos", COUNT - 2)
    (folder / "a" / "0010-damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    pictures = [Image.new("RGB", (64, 64), (shade, 9, 9)) for shade in (0, 90, 180)]
    pictures[0].save(folder / "b" / "0200-moving.gif", save_all=True, append_images=pictures[1:])
    return folder


@pytest.fixture(scope="module")
def plain(photos: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the plain engine."""
    path = tmp_path_factory.mktemp("plain") / "plain.json"
    assert detect(photos, weights, "--report", path, "--fail-on", "unsure") == 2
    assert len(images_of(path)) == COUNT + 2
    return path


def detect(paths: Path | str, weights: Path, *options: str | Path) -> int:
    return run_command(
        "detect", paths, "--model", weights, "--device", "cpu", "--quiet", "--frames", "all",
        "--format", "plain", *options,
    )  # fmt: skip


def test_the_report_is_that_of_the_plain_engine(
    ray_cluster: str, photos: Path, weights: Path, plain: Path, tmp_path: Path
) -> None:
    report = tmp_path / "ray.json"
    options = ("--report", report, "--fail-on", "unsure")
    assert detect(photos, weights, "--engine", "ray", *options) == 2
    there, here = (json.loads(path.read_text()) for path in (report, plain))
    for part in (there, here):
        del part["started"], part["finished"]
    assert there == here


def test_a_worker_killed_in_the_middle_changes_nothing(
    ray_cluster: str,
    photos: Path,
    weights: Path,
    plain: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr("inpaintscan.jobs.ray_scan.say", said.append)
    scan_files = RayScanner.scan_files

    def strike(
        scanner: RayScanner, files: Iterable[ImageFile], *, keep_content: bool
    ) -> Iterator[Finding]:
        assert not keep_content
        for number, finding in enumerate(scan_files(scanner, files)):
            if number == 100:
                kill(worker_processes()[0])
            yield finding

    monkeypatch.setattr(RayScanner, "scan_files", strike)
    report = tmp_path / "ray.json"
    arguments = ("detect", photos, "--model", weights, "--device", "cpu", "--frames", "all")
    assert run_command(*arguments, "--engine", "ray", "--report", report) == 2
    assert "a worker was lost; what it had in hand is done again" in said
    assert images_of(report) == images_of(plain)


def test_rules_reach_the_workers(
    ray_cluster: str, photos: Path, weights: Path, tmp_path: Path
) -> None:
    report = tmp_path / "ray.json"
    options = ("--include", "000*", "--max-pixels", "100", "--strict", "--threads", "2")
    assert detect(photos, weights, "--engine", "ray", *options, "--report", report) == 2
    images = images_of(report)
    assert len(images) > 5
    assert all("--max-pixels" in image["error"] for image in images)
    settings = json.loads(report.read_text())["settings"]
    assert (settings["max_pixels"], settings["strict"]) == (100, True)


def test_cache_and_baseline_hold_on_ray(
    ray_cluster: str, photos: Path, weights: Path, plain: Path, tmp_path: Path
) -> None:
    """A second run takes its records from what the workers kept; known findings do not count."""
    options = (
        "--engine",
        "ray",
        "--cache",
        tmp_path / "cache",
        "--fail-on",
        "unsure,inpainted,generated",
    )
    chosen = ("--include", "000*")
    reports = [tmp_path / "first.json", tmp_path / "second.json"]
    assert detect(photos, weights, *options, *chosen, "--report", reports[0]) == 1
    entries = sorted((tmp_path / "cache").rglob("??/*.json"))
    for entry in entries:
        entry.write_text(
            entry.read_text().replace('"format": "JPEG"', '"format": "from the cache"')
        )
    baseline = ("--baseline", reports[0])
    assert detect(photos, weights, *options, *chosen, *baseline, "--report", reports[1]) == 0
    first, second = images_of(reports[0]), images_of(reports[1])
    by_path = {image["path"]: image for image in images_of(plain)}
    assert first == [by_path[image["path"]] for image in first]
    assert len(entries) == len(first) > 5
    assert all(image["known"] for image in second)
    assert {"PNG", "from the cache"} == {image["format"] for image in second}


def test_a_bucket_is_scanned_and_a_bad_credential_is_an_error(
    ray_cluster: str,
    photos: Path,
    weights: Path,
    plain: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ["a/0000.jpg", "a/0003.png", "b/0001.png", "b/0200-moving.gif"]
    objects = {f"p/{name}": (photos / name).read_bytes() for name in names}
    reports = [tmp_path / "good.json", tmp_path / "bad.json"]
    options = ("--engine", "ray", "--fail-on", "generated", "--exit-zero", "--report")
    with small_s3(objects) as port:
        assert detect(uri(port, "p"), weights, *options, reports[0]) == 0
        capsys.readouterr()
        bad = uri(port, "p", user="AKIAWRONG:very-secret-word")
        status = run_command("detect", bad, "--model", weights, *options, reports[1])
    assert status == 2
    there = [image | {"path": image["path"].partition("/p/")[2]} for image in images_of(reports[0])]
    here = [
        image | {"path": image["path"].removeprefix(f"{photos}/")} for image in images_of(plain)
    ]
    assert there == [image for image in here if image["path"] in names]
    (refused,) = images_of(reports[1])
    assert refused["path"] == "s3://bucket/p"
    written = capsys.readouterr()
    assert "inpaintscan: s3://bucket/p: cannot read: " in written.err
    assert "ACCESS_DENIED" in written.err
    for text in (written.err, written.out, *(report.read_text() for report in reports)):
        assert "very-secret-word" not in text


def test_pictures_of_what_lies_behind_a_uri_are_those_of_the_file(
    ray_cluster: str, photos: Path, weights: Path, tmp_path: Path
) -> None:
    objects = {"p/0003.png": (photos / "a" / "0003.png").read_bytes()}
    page, there, here = tmp_path / "page.html", tmp_path / "there", tmp_path / "here"
    options = ("--exit-zero", "--overlay")
    with small_s3(objects) as port:
        arguments = ("--engine", "ray", "--report", page, *options, there)
        assert detect(uri(port, "p"), weights, *arguments) == 0
    assert detect(photos / "a" / "0003.png", weights, *options, here) == 0
    assert (there / "0003.png").read_bytes() == (here / "0003.png").read_bytes()
    assert "data:image/" in page.read_text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_run_leaves_a_valid_partial_report(
    ray_cluster: str, photos: Path, weights: Path, plain: Path, tmp_path: Path, how: signal.Signals
) -> None:
    report = tmp_path / "part.json"
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from inpaintscan.cli.app import main; main()"
    )  # a shell has it ignored where tests run in its background
    process = subprocess.Popen(
        [sys.executable, "-c", code, "detect", photos, "--model", weights, "--device", "cpu",
         "--engine", "ray", "--frames", "all", "--format", "jsonl", "--report", report],
        cwd=ROOT,
        env=os.environ | {"RAY_ADDRESS": ray_cluster, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()  # the header
    process.stdout.readline()  # the first record
    process.send_signal(how)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "inpaintscan: interrupted after" in errors
    assert "Traceback" not in errors
    content = json.loads(report.read_text())
    assert content["complete"] is False
    assert content["images"] == images_of(plain)[: len(content["images"])]
    assert 0 < len(content["images"]) < COUNT


def test_what_does_not_go_with_it_is_said(
    ray_cluster: str, photos: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, options, message in [
        (photos, ("--merge",), "--engine ray is for scans"),
        (photos, ("--device", "mps"), "Ray hands out the GPUs"),
    ]:
        arguments = ("detect", path, "--model", weights, "--engine", "ray")
        assert run_command(*arguments, *options) == 2
        assert message in capsys.readouterr().err


def test_a_cluster_that_is_not_there_is_said(photos: Path, weights: Path) -> None:
    """In a process of its own, as this one is connected."""
    done = subprocess.run(
        [sys.executable, "-m", "inpaintscan", "detect", photos, "--model", weights, "--quiet",
         "--engine", "ray"],
        cwd=ROOT,
        env=os.environ | {"RAY_ADDRESS": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(
        "inpaintscan: no Ray cluster at 127.0.0.1:1, which RAY_ADDRESS names: "
    )
    assert len(done.stderr.splitlines()) == 1
