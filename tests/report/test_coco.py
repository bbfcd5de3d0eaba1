"""COCO reports, read as pycocotools reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inpaintscan.findings import Box, Finding, ProbMap
from inpaintscan.report import WRITERS, ending_of
from inpaintscan.report.coco import to_rle
from inpaintscan.report.record import NOTHING_WRITTEN
from inpaintscan.scan.regions import find_region_masks, find_regions
from tests.report.samples import FINDINGS, encoded, render


def decode(rle: dict[str, Any]) -> np.ndarray:
    """What `pycocotools.mask` does: runs of 0 and 1 in turn, column by column."""
    values = np.arange(len(rle["counts"])) % 2 == 1
    return np.repeat(values, rle["counts"]).reshape(rle["size"], order="F")


def coco(*findings: Finding, **more: Any) -> dict[str, Any]:
    pairs = [(finding, NOTHING_WRITTEN) for finding in findings] or FINDINGS
    report: dict[str, Any] = json.loads(encoded(render(WRITERS[".coco.json"], pairs, **more)))
    return report


def blobs(height: int, width: int) -> ProbMap:
    """Two blobs, a slanted one and one in the lower right corner, and dust."""
    rows, columns = np.mgrid[: -(-height // 4), : -(-width // 4)]
    grid = np.exp(-(((rows - 8 - columns / 3) / 4) ** 2) - ((columns - 10) / 6) ** 2)
    grid[-7:, -6:] = 0.7
    grid[0, -1] = 0.99
    return ProbMap(grid.astype(np.float32), 4, (height, width), 0.5)


def found(prob_map: ProbMap, verdict: str = "inpainted") -> Finding:
    height, width = prob_map.size_hw
    return replace(FINDINGS[1][0], verdict=verdict, height=height, width=width,
                   regions=find_regions(prob_map), prob_map=prob_map)  # fmt: skip


@given(st.data(), st.integers(1, 9), st.integers(1, 9))
def test_run_lengths_give_the_mask_back(data: st.DataObject, height: int, width: int) -> None:
    cells = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    mask = np.array(cells).reshape(height, width)
    above, left, below, right = data.draw(st.tuples(*[st.integers(0, 3)] * 4))
    whole = np.pad(mask, ((above, below), (left, right)))
    rle = to_rle(mask, Box(left, above, left + width, above + height), whole.shape)
    assert np.array_equal(decode(rle), whole)
    assert all(count > 0 for count in rle["counts"][1:])  # no run is written in two pieces


@pytest.mark.parametrize("size", [(120, 160), (121, 163)])
def test_each_region_has_its_pixels_of_the_mask(size: tuple[int, int]) -> None:
    prob_map = blobs(*size)
    report = coco(found(prob_map))
    regions = find_regions(prob_map)
    assert len(regions) == 2
    masks = []
    for region, one in zip(regions, report["annotations"], strict=True):
        box = region.box
        assert one["bbox"] == [box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin]
        assert one["score"] == region.score
        assert one["category_id"] == 1
        mask = decode(one["segmentation"])
        assert one["area"] == mask.sum()
        tight = np.argwhere(mask)
        assert np.abs(tight.min(0) - [box.ymin, box.xmin]).max() <= 2  # half a cell
        assert np.abs(tight.max(0) + 1 - [box.ymax, box.xmax]).max() <= 2
        masks.append(mask)
    dust = np.zeros(size, bool)
    dust[:8, -8:] = True  # too small for a region
    assert np.array_equal(np.logical_or(*masks), prob_map.mask & ~dust)


def test_the_masks_are_of_the_regions_in_their_order() -> None:
    prob_map = blobs(120, 160)
    regions = [region for region, _, _ in find_region_masks(prob_map)]
    assert tuple(regions) == find_regions(prob_map)


def test_a_clean_image_has_no_annotation_and_a_generated_one_its_whole_frame() -> None:
    report = coco(*(found(blobs(40, 60), verdict) for verdict in ("clean", "generated", "unsure")))
    assert [image["id"] for image in report["images"]] == [1, 2, 3]
    whole, *unsure = report["annotations"]
    assert (whole["image_id"], whole["category_id"], whole["bbox"]) == (2, 2, [0, 0, 60, 40])
    assert decode(whole["segmentation"]).all()
    assert {(one["image_id"], one["category_id"]) for one in unsure} == {(3, 3)}


def test_ids_fit_and_what_was_not_read_is_named() -> None:
    report = coco()
    images = {image["id"] for image in report["images"]}
    categories = {category["id"] for category in report["categories"]}
    assert len(images) == len(FINDINGS) - 1
    numbers = [one["id"] for one in report["annotations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {one["image_id"] for one in report["annotations"]} <= images
    assert {one["category_id"] for one in report["annotations"]} <= categories
    assert report["info"]["not_read"][0]["error"] == "truncated file"
    assert report["info"]["contributor"] == report["info"]["examiner"] == "A. Vo"


def test_without_a_map_there_are_boxes_alone() -> None:
    one = coco(FINDINGS[1][0])["annotations"][0]
    assert (one["bbox"], one["segmentation"], one["area"]) == ([10, 20, 40, 40], [], 1600)


@pytest.mark.parametrize("complete", [True, False])
def test_an_empty_report_is_one(complete: bool) -> None:
    report: dict[str, Any] = json.loads(render(WRITERS[".coco.json"], [], complete=complete))
    assert (report["images"], report["annotations"]) == ([], [])
    assert report["info"]["complete"] is complete


@pytest.mark.parametrize(
    ("name", "ending"),
    [("x.coco.json", ".coco.json"), ("X.COCO.JSON", ".coco.json"), ("coco.json", ".json"),
     ("x.json", ".json"), ("x.coco", None), ("x", None)],
)  # fmt: skip
def test_endings(name: str, ending: str | None) -> None:
    assert ending_of(name) == ending


def test_large_masks_are_of_the_size_of_the_image(tmp_path: Path) -> None:
    prob_map = blobs(2001, 1500)
    annotation = coco(found(prob_map))["annotations"][0]
    assert annotation["segmentation"]["size"] == [2001, 1500]
    assert sum(annotation["segmentation"]["counts"]) == 2001 * 1500
    Image.fromarray(decode(annotation["segmentation"])).save(tmp_path / "mask.png")
