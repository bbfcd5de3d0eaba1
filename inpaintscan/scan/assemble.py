"""One image on its way from tiles to its finding."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import WeightsError
from inpaintscan.findings import Box, Evidence, Finding, ProbMap, Region, Scores
from inpaintscan.images import ImagePixels
from inpaintscan.provenance.stated import to_stated
from inpaintscan.scan.carrier import facts_of
from inpaintscan.scan.feed import Feed
from inpaintscan.scan.measures import NAMES, measure, moved, top_mean
from inpaintscan.scan.predict import Answer
from inpaintscan.scan.regions import find_regions, mask_area
from inpaintscan.scan.tiles import MapStitcher, Tile, cut_tiles, read_tile
from inpaintscan.scan.verdict import (
    LimitTable,
    calibrated_scores,
    decide,
    find_doubts,
    logit,
    scored_classes,
)
from inpaintscan.scan.views import views_of
from inpaintscan.weights import Card

Judge = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Shift = Callable[[float], float]

TOP_SHARE = 0.01
"""Share of a map's cells whose mean is the score where a network has no score head."""
_TOP = NAMES.index(f"content_top_{TOP_SHARE:g}")


class ImageScan:
    """The tiles of one image, the answers so far, and in the end the finding.

    Answers come in the order of the tiles. Tiles are read from the pixels one by one; once all are
    read nothing here holds the pixels.
    """

    def __init__(
        self,
        name: str,
        image: ImagePixels,
        evidence: tuple[Evidence, ...],
        card: Card,
        feed: Feed,
        frame: int | None = None,
        content: bytes | None = None,
    ) -> None:
        height, width = image.pixels.shape[:2]
        self._card, self._feed = card, feed
        self._size_hw = (height, width)
        self._pixels: NDArray[np.uint8] | None = image.pixels
        self._blind, doubts = find_doubts(image)
        self._doubts = (*doubts, *image.notes)
        if frame is None and image.frames > 1:
            parts = "pages" if image.format == "TIFF" else "frames"
            self._doubts += (f"first of {image.frames} {parts} (--frames all scans every one)",)
        self._facts = facts_of(image)
        self.views = None if feed.view is None else views_of(image.pixels, feed.view)
        """What the whole look is shown, uint8 (n, side, side, 3); None for other networks."""
        self.view_logits: NDArray[np.float32] | None = None
        self._blank = Finding(
            path=name,
            verdict="error",
            sha256=image.sha256 or None,
            bytes=image.bytes or None,
            format=image.format or None,
            width=width,
            height=height,
            frame=frame,
            evidence=evidence,
            stated=to_stated(evidence),
            content=content,
        )
        if feed.fit == "tile":
            self.tiles = cut_tiles(self._size_hw, feed.size, feed.multiple, feed.stride)
        else:
            self.tiles = (Tile(0, 0, feed.size, feed.size),)
        self._stitcher: MapStitcher | None = None
        self._more: list[MapStitcher] = []
        self._more_logits: list[NDArray[np.float32]] = []
        self._whole_map: NDArray[np.float32] | None = None
        self._logits: list[NDArray[np.float32]] = []
        self._boxes: list[NDArray[np.float32]] = []
        self._answers = 0
        self._finite = True

    @property
    def content(self) -> bytes | None:
        """The file as it was read, if it is kept for pictures."""
        return self._blank.content

    @property
    def is_done(self) -> bool:
        """Whether every tile has its answer."""
        return self._answers == len(self.tiles)

    def read(self, tile: Tile) -> NDArray[np.uint8]:
        """Return a tile's pixels, uint8 (tile.height, tile.width, 3); the last one frees all."""
        assert self._pixels is not None, "tiles are read once, in order"
        if self._feed.fit == "tile":
            pixels = read_tile(self._pixels, tile)
        else:
            side = (self._feed.size, self._feed.size)
            resized = Image.fromarray(self._pixels).resize(side, Image.Resampling.BILINEAR)
            pixels = np.array(resized)
        if tile == self.tiles[-1]:
            self._pixels = None
        return pixels

    def add(self, tile: Tile, answer: Answer) -> None:
        """Take in the answer for a tile.

        Raises:
            WeightsError: if the network answers with other shapes than its card says.
        """
        self._answers += 1
        self._check_shapes(tile, answer)
        if not answer.is_finite():
            self._finite = False
            return
        if answer.prob_map is not None:
            self._add_map(tile, answer.prob_map)
        if self._feed.view is not None:
            self._add_for_judge(tile, answer)
        if answer.score_logits is not None:
            self._logits.append(answer.score_logits)
        if answer.box_xyxy is not None:
            self._boxes.append(answer.box_xyxy)

    def _check_shapes(self, tile: Tile, answer: Answer) -> None:
        stride = self._feed.stride
        cells = (tile.height // stride, tile.width // stride)
        prob_map, scores, box = answer.prob_map, answer.score_logits, answer.box_xyxy
        fits = (
            prob_map is None or self._feed.fit == "resize" or prob_map.shape == cells,
            scores is None or len(scores) >= len(self._card.classes),
            box is None or box.shape == (4,),
        )
        if not all(fits):
            raise WeightsError(
                f"weights {self._card.name!r}: the network's answers do not have the stride and "
                "the classes that stand in its card"
            )

    def _add_for_judge(self, tile: Tile, answer: Answer) -> None:
        if not self._more:
            self._more = [MapStitcher(self._size_hw, self._feed.stride) for _ in answer.more_maps]
        for stitcher, values in zip(self._more, answer.more_maps, strict=True):
            stitcher.add(tile, values)
        assert answer.more_scores is not None, "a network with a judge has a second look"
        self._more_logits.append(answer.more_scores)

    def _add_map(self, tile: Tile, prob_map: NDArray[np.float32]) -> None:
        stride = self._feed.stride
        if self._feed.fit == "resize":
            height, width = (math.ceil(side / stride) for side in self._size_hw)
            scaled = Image.fromarray(prob_map).resize((width, height), Image.Resampling.BILINEAR)
            self._whole_map = np.asarray(scaled, dtype=np.float32)
            return
        if self._stitcher is None:
            self._stitcher = MapStitcher(self._size_hw, stride)
        self._stitcher.add(tile, prob_map)

    def finish(
        self, limits: LimitTable, judge: Judge | None = None, shift: Shift | None = None
    ) -> Finding:
        """Return the finding of a done image.

        Of a network that has a judge, `judge` gives the score logits of an image from its measures
        and `shift` says by how much its map is moved.
        """
        if not self._finite:
            why = "the network answered with values that are no numbers; try --precision fp32"
            return replace(self._blank, error=why)
        prob_map = self._prob_map()
        measures = self.measures() if self.view_logits is not None else None
        if prob_map is not None and measures is not None and shift is not None:
            prob_map = replace(prob_map, grid=moved(prob_map.grid, shift(float(measures[_TOP]))))
        logits = self._class_logits(prob_map, measures, judge)
        scores = calibrated_scores(logits, self._card)
        verdict, why_unsure = decide(scores, limits.of(self._facts.carrier), self._blind)
        reasons = (*why_unsure, *self._doubts)
        regions: tuple[Region, ...] = ()
        if verdict in {"inpainted", "unsure"}:
            regions = self._regions(prob_map, scores)
            if verdict == "inpainted" and not regions:
                reasons = (*reasons, "no region stands out")
        return replace(
            self._blank,
            verdict=verdict,
            reasons=reasons,
            scores=scores,
            area=None if prob_map is None else mask_area(verdict, prob_map),
            regions=regions,
            prob_map=prob_map,
            logits=logits,
            carrier=self._facts.carrier,
            measures=measures,
        )

    def _prob_map(self) -> ProbMap | None:
        grid = self._stitcher.finish() if self._stitcher is not None else self._whole_map
        if grid is None:
            return None
        return ProbMap(grid, self._feed.stride, self._size_hw, self._card.mask_threshold)

    def measures(self) -> NDArray[np.float32]:
        """Return what a judge judges a done image by, float32; see `scan/measures.py`."""
        assert self.view_logits is not None
        replaced, synthetic, content = (stitcher.finish() for stitcher in self._more)
        return measure(
            (replaced, synthetic, content),
            np.concatenate([np.stack(self._logits), np.stack(self._more_logits)], axis=1),
            self.view_logits,
            self._facts,
        )

    def _class_logits(
        self, prob_map: ProbMap | None, measures: NDArray[np.float32] | None, judge: Judge | None
    ) -> dict[str, float]:
        """Return one logit for each class.

        The judge's, if there is one; else inpainted is the worst tile's and generated the mean of
        all.
        """
        columns = {name: self._card.classes.index(name) for name in scored_classes(self._card)}
        if judge is not None and measures is not None:
            judged = judge(measures)
            return {name: float(judged[column]) for name, column in columns.items()}
        if self._logits:
            tiles = np.stack(self._logits)
            classes = {name: tiles[:, column] for name, column in columns.items()}
            return {
                name: float(logits.max() if name == "inpainted" else logits.mean())
                for name, logits in classes.items()
            }
        if prob_map is None:
            raise WeightsError(f"weights {self._card.name!r}: neither a map nor scores came out")
        return {"inpainted": logit(top_mean(prob_map.grid, TOP_SHARE))}

    def _regions(self, prob_map: ProbMap | None, scores: Scores) -> tuple[Region, ...]:
        if prob_map is not None:
            return find_regions(prob_map)
        if not self._boxes:
            return ()
        best = 0
        if self._logits and "inpainted" in self._card.classes:
            index = self._card.classes.index("inpainted")
            best = int(np.argmax([logits[index] for logits in self._logits]))
        box = self._to_image(self._boxes[best], self.tiles[best])
        pixels = (box.xmax - box.xmin) * (box.ymax - box.ymin)
        share = pixels / (self._size_hw[0] * self._size_hw[1])
        return (Region(scores.inpainted, round(share, 6), box),) if pixels > 0 else ()

    def _to_image(self, box_xyxy: NDArray[np.float32], tile: Tile) -> Box:
        """Turn a box in [0, 1] of a tile into whole pixels of the image."""
        height, width = self._size_hw
        across, down = (width, height) if self._feed.fit == "resize" else (tile.width, tile.height)
        xmin, ymin, xmax, ymax = (float(side) for side in np.clip(box_xyxy, 0.0, 1.0))
        return Box(
            xmin=min(tile.left + math.floor(xmin * across), width),
            ymin=min(tile.top + math.floor(ymin * down), height),
            xmax=min(tile.left + math.ceil(xmax * across), width),
            ymax=min(tile.top + math.ceil(ymax * down), height),
        )
