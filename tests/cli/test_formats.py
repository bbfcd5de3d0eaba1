"""Standard output and report files of a whole run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Command, write_image


def test_pipe_gets_plain_lines(run: Command) -> None:
    assert run("detect", "pics").out.splitlines()[0].startswith("clean\t0.1000\tpics/clean.jpg")


@pytest.mark.parametrize("command", ["detect", "localize", "segment"])
def test_all_reports_of_one_run_hold_the_same_images(run: Command, command: str) -> None:
    endings = ["json", "jsonl", "csv", "sarif", "html", "xml"]
    reports = [f"--report=r.{ending}" for ending in endings]
    more = ["-o", "out"] if command == "segment" else []
    assert run(command, "pics", *reports, "--format", "json", *more).status == 1
    paths = [
        "pics/clean.jpg",
        "pics/inpainted.png",
        "pics/sub/generated.png",
        "pics/sub/unsure.webp",
    ]
    records = json.loads(Path("r.json").read_text())["images"]
    assert [record["path"] for record in records] == paths
    assert [json.loads(line) for line in Path("r.jsonl").read_text().splitlines()][1:] == records
    with Path("r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image_id" if command == "localize" else "path"] for row in rows] == paths
    cases = ET.XML(Path("r.xml").read_bytes()).iter("testcase")
    assert [case.get("name") for case in cases] == paths
    results = json.loads(Path("r.sarif").read_text())["runs"][0]["results"]
    assert len(results) == 2
    page = Path("r.html").read_text()
    assert all(path in page for path in paths)


@pytest.mark.parametrize("command", ["detect", "localize", "segment"])
def test_coco_has_the_boxes_of_localize_and_the_masks_of_segment(
    run: Command, command: str
) -> None:
    for seed, name in enumerate(("clean", "inpainted", "generated")):
        write_image(Path("large") / f"{name}.png", seed, (96, 96))
    more = ["-o", "out", "--overwrite"] if command == "segment" else []
    run(command, "large", "--report=r.coco.json", "--report=r.json", "--cache", "kept", *more)
    report = json.loads(Path("r.coco.json").read_text())
    records = json.loads(Path("r.json").read_text())["images"]
    names = [image["file_name"] for image in report["images"]]
    assert names == [record["path"] for record in records]
    generated, inpainted = report["annotations"]
    assert (names[inpainted["image_id"] - 1], inpainted["bbox"]) == (
        "large/inpainted.png",
        [24, 24, 24, 24],
    )
    for one, name in ((generated, "generated"), (inpainted, "inpainted")):
        counts, size = one["segmentation"]["counts"], one["segmentation"]["size"]
        mask = np.repeat(np.arange(len(counts)) % 2, counts).reshape(size, order="F")
        assert mask.sum() == one["area"]
        if command == "segment":
            with Image.open(f"out/mask/{name}.png") as image:
                assert np.array_equal(np.asarray(image) > 0, mask > 0)
    run(command, "large", "--report", "again.coco.json", "--cache", "kept", *more)
    assert json.loads(Path("again.coco.json").read_text())["annotations"] == report["annotations"]
    run("detect", "--merge", "r.json", "--report", "m.coco.json")
    merged = json.loads(Path("m.coco.json").read_text())["annotations"]
    assert [one["bbox"] for one in merged] == [one["bbox"] for one in report["annotations"]]


def test_case_and_examiner_stand_in_every_report_about_the_run(run: Command) -> None:
    endings = ["json", "jsonl", "sarif", "html", "xml"]
    reports = [f"--report=r.{ending}" for ending in endings]
    run("detect", "pics", *reports, "--case", "26-117 <x>", "--examiner", "A. Vo")
    for ending in endings:
        text = Path(f"r.{ending}").read_text()
        assert "26-117" in text, ending
        assert "A. Vo" in text, ending
        assert ending in {"json", "jsonl", "sarif"} or "<x>" not in text, ending
    header = json.loads(Path("r.json").read_text())
    assert (header["case"], header["examiner"]) == ("26-117 <x>", "A. Vo")
    run("detect", "--merge", "r.json", "--report", "m.json")
    assert json.loads(Path("m.json").read_text())["case"] == "26-117 <x>"
    run("detect", "--merge", "r.json", "--report", "m.json", "--case", "other")
    assert json.loads(Path("m.json").read_text())["case"] == "other"


def test_sarif_of_an_absolute_path_below_the_working_directory_is_relative(
    run: Command, home: Path
) -> None:
    run("detect", home / "pics", "--report", "r.sarif")
    report = json.loads(Path("r.sarif").read_text())["runs"][0]
    places = [one["locations"][0]["physicalLocation"] for one in report["results"]]
    uris = [place["artifactLocation"]["uri"] for place in places]
    assert uris == ["pics/inpainted.png", "pics/sub/generated.png"]
    base = report["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert base == f"{home.resolve().as_uri()}/"


def test_same_run_twice_gives_the_same_records(run: Command) -> None:
    for name in ("a.json", "b.json"):
        run("detect", "pics", "--report", name)
    first, second = (json.loads(Path(name).read_text()) for name in ("a.json", "b.json"))
    assert first["images"] == second["images"]
    for varying in ("started", "finished"):
        del first[varying], second[varying]
    assert first == second


def test_header_has_what_custody_needs(run: Command) -> None:
    run("detect", "pics", "--report", "r.json", "--fpr", "0.001", "--exit-zero")
    header = json.loads(Path("r.json").read_text())
    assert header["model"]["name"] == "fake"
    assert len(header["model"]["sha256"]) == 64
    assert header["threshold"] == {"inpainted": 0.9, "generated": 0.9}
    assert header["settings"]["device"] == "fake"
    assert header["settings"]["fpr"] == 0.001
    assert {"python", "torch", "pillow"} <= header["environment"].keys()
    assert header["started"] <= header["finished"]
    assert header["command"] == "detect"


def test_inputs_are_only_read(run: Command, home: Path) -> None:
    before = {path: path.read_bytes() for path in (home / "pics").rglob("*.*")}
    run("segment", "pics", "-o", "out", "--heatmap", "--overlay", "--report", "r.html")
    assert {path: path.read_bytes() for path in (home / "pics").rglob("*.*")} == before


def test_localize_prints_boxes(run: Command) -> None:
    lines = run("localize", "pics/inpainted.png").out.splitlines()
    assert lines == ["inpainted\t0.9500\tpics/inpainted.png\t12,8,24,16\t-"]


def test_segment_prints_the_masks(run: Command) -> None:
    lines = run("segment", "pics/inpainted.png", "-o", "out").out.splitlines()
    assert lines == ["inpainted\t0.9500\tpics/inpainted.png\tout/mask/inpainted.png\t-"]


def test_report_into_a_new_folder_replaces_an_old_report(run: Command) -> None:
    for _ in range(2):
        assert run("detect", "pics", "--report", "new/deep/r.json").status == 1
    assert [path.name for path in Path("new/deep").iterdir()] == ["r.json"]
