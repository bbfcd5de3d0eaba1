"""COCO: boxes and masks as data-set tools read them, one annotation per region.

Masks are run lengths down the columns, uncompressed, as pycocotools writes and reads them: how many
pixels are outside, then inside, then outside, and so on. The box is that of the report, xmin, ymin,
width and height; the mask is the one that `segment` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Box, Finding
from inpaintscan.report import Writer
from inpaintscan.report.record import Written, to_json, to_record
from inpaintscan.report.run import RunHeader, RunSummary
from inpaintscan.report.target import Spool

CATEGORIES = {"inpainted": 1, "generated": 2, "unsure": 3}
"""The verdicts that have annotations, and their numbers."""


class CocoWriter(Writer):
    """Streams the images and sets the annotations aside, which come after them."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._annotations = Spool()
        self._images = self._regions = 0
        self._unread: list[dict[str, str]] = []

    def start(self, header: RunHeader) -> None:
        """Open the list of images."""
        super().start(header)
        self._stream.write('{\n"images": [')

    def add(self, finding: Finding, written: Written) -> None:
        """Write one image and set its annotations aside; an unreadable one has no size to give."""
        if finding.width is None or finding.height is None:
            error = finding.error or "cannot be read"
            self._unread.append({"file_name": finding.path, "error": error})
            return
        self._images += 1
        self._write(self._stream, self._images, _image(self._images, finding, written))
        for annotation in _annotations(finding):
            self._regions += 1
            fields = {"id": self._regions, "image_id": self._images} | annotation
            self._write(self._annotations, self._regions, fields)

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write annotations, categories and what the run was."""
        self._stream.write('\n],\n"annotations": [')
        for piece in self._annotations.drain():
            self._stream.write(piece)
        categories = [
            {"id": number, "name": name, "supercategory": "manipulation"}
            for name, number in CATEGORIES.items()
        ]
        self._stream.write(f'\n],\n"categories": {to_json(categories)},\n"licenses": [],\n')
        info = {
            "description": f"inpaintscan {self._header.command}",
            "version": self._header.version,
            "year": int(self._header.started[:4]),
            "contributor": self._header.examiner or "",
            "date_created": summary.finished,
            **{name: value for name, value in self._header.to_dict().items() if name != "version"},
            **summary.to_dict(complete=complete),
            "not_read": self._unread,
        }
        self._stream.write(f'"info": {to_json(info)}\n}}\n')

    @staticmethod
    def _write(stream: IO[str] | Spool, number: int, fields: dict[str, Any]) -> None:
        stream.write(("\n" if number == 1 else ",\n") + to_json(fields))


def _image(number: int, finding: Finding, written: Written) -> dict[str, Any]:
    record = to_record(finding, written)
    kept = ("width", "height", "sha256", "verdict", "score", "stated", "frame", "mask", "known")
    return {"id": number, "file_name": record["path"], **{name: record[name] for name in kept}}


def _annotations(finding: Finding) -> Iterator[dict[str, Any]]:
    """Yield the annotations of an image without their numbers; none of a clean one.

    A generated image has one, its whole frame. Without a map, as in merged reports, there are
    boxes alone.
    """
    if finding.verdict not in CATEGORIES or finding.width is None or finding.height is None:
        return
    shared = {"category_id": CATEGORIES[finding.verdict], "iscrowd": 0}
    size_hw = (finding.height, finding.width)
    if finding.verdict == "generated":
        whole = {"size": list(size_hw), "counts": [0, finding.width * finding.height]}
        yield shared | _place(Box(0, 0, finding.width, finding.height), whole, finding.score)
        return
    masks: dict[Box, list[dict[str, Any]]] = {}
    if finding.prob_map is not None:
        from inpaintscan.scan.regions import find_region_masks

        for region, window, mask in find_region_masks(finding.prob_map):
            masks.setdefault(region.box, []).append(to_rle(mask, window, size_hw))
    for region in finding.regions:
        found = masks.get(region.box)
        yield shared | _place(region.box, found.pop(0) if found else None, region.score)


def _place(box: Box, rle: dict[str, Any] | None, score: float | None) -> dict[str, Any]:
    width, height = box.xmax - box.xmin, box.ymax - box.ymin
    area = width * height if rle is None else sum(rle["counts"][1::2])
    segmentation = [] if rle is None else rle
    fields = {"bbox": [box.xmin, box.ymin, width, height], "area": area}
    return fields | {
        "segmentation": segmentation,
        "score": None if score is None else round(score, 6),
    }


def to_rle(mask: NDArray[np.bool_], window: Box, size_hw: tuple[int, int]) -> dict[str, Any]:
    """Return the run lengths, down the columns, of an image that is false outside of a window.

    `mask` is bool (window height, window width), `size_hw` the size of the image.
    """
    height, width = size_hw
    columns = np.zeros((mask.shape[1], mask.shape[0] + 2), dtype=np.int8)
    columns[:, 1:-1] = mask.T
    change = np.diff(columns, axis=1)
    column, start = np.nonzero(change == 1)
    stop = np.nonzero(change == -1)[1]
    first = (column + window.xmin) * height + window.ymin
    edges = np.stack([first + start, first + stop], axis=1).ravel()
    # A run that ends at the foot of a column goes on at the head of the next.
    kept = np.ones(edges.size, dtype=bool)
    touching = np.flatnonzero(edges[1:-1:2] == edges[2::2])
    kept[2 * touching + 1] = kept[2 * touching + 2] = False
    counts = np.diff(edges[kept], prepend=0, append=height * width)
    if len(counts) > 1 and counts[-1] == 0:
        counts = counts[:-1]
    return {"size": [height, width], "counts": counts.tolist()}
