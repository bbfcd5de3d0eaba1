"""Paths in, findings out: read ahead, cut, batch across images, put together, in input order."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from inpaintscan.device import resolve_device, resolve_precision
from inpaintscan.errors import ImageError, UsageError, WeightsError
from inpaintscan.files import sha256_of
from inpaintscan.findings import Finding
from inpaintscan.images import DEFAULT_RULES, ImageFile, ImagePixels, Rules, decode_frames
from inpaintscan.images.rules import CEILING, MAX_PIXELS
from inpaintscan.provenance.c2pa import read_trust_list
from inpaintscan.scan.assemble import ImageScan
from inpaintscan.scan.decode import Decoded, Decoder, error_finding
from inpaintscan.scan.feed import to_feed
from inpaintscan.scan.line import Line
from inpaintscan.scan.predict import Predictor
from inpaintscan.scan.sources import Item, Source, find_sources, to_item
from inpaintscan.scan.tiles import OVERLAP
from inpaintscan.scan.verdict import resolve_limits
from inpaintscan.weights import DEFAULT_MODEL, Card, load_network, resolve_model

if TYPE_CHECKING:
    from torch import nn


MAX_WORKERS = 16

Frames = Literal["first", "all"]


def load(
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    precision: str = "auto",
    batch_size: int | None = None,
    workers: int | None = None,
    fpr: float | None = None,
    threshold: float | None = None,
    frames: str = "first",
    max_pixels: int = MAX_PIXELS,
    strict: bool = False,
    trust_list: str | Path | None = None,
) -> Scanner:
    """Load weights and return a scanner.

    Args:
        model: the name of shipped weights, or a `.safetensors` file.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        precision: `auto` (fp32), `fp32`, `bf16` or `fp16`.
        batch_size: tiles computed at once; None fits it to the free memory.
        workers: threads that read images; None is one per core.
        fpr: share of clean images to be flagged at most; None is 1 %. Excludes `threshold`.
        threshold: score from which an image is a finding, for every class.
        frames: `first` or `all` frames of an animation.
        max_pixels: pixels of the largest image that is read.
        strict: whether damage that browsers forgive makes an image an error.
        trust_list: a PEM file of certificates; signers whose chain ends there are trusted.

    Raises:
        InpaintscanError: if any of them does not exist or does not fit.
    """
    if batch_size is not None and batch_size < 1:
        raise UsageError(f"batch size {batch_size}: must be at least 1")
    if workers is not None and workers < 1:
        raise UsageError(f"workers {workers}: must be at least 1")
    if frames not in {"first", "all"}:
        raise UsageError(f"frames {frames!r}: must be first or all")
    if not 1 <= max_pixels <= CEILING:
        raise UsageError(f"max_pixels {max_pixels}: must be between 1 and {CEILING}")
    trust = None if trust_list is None else read_trust_list(Path(trust_list))
    path = resolve_model(model)
    place = resolve_device(device)
    number_format = resolve_precision(precision, place)
    network, card = load_network(path)
    if card.task in {"autoencoder", "inpainter"}:
        raise WeightsError(f"{path}: weights of task {card.task} cannot scan images")
    return Scanner(
        predictor=Predictor(_fused(network), place, number_format, batch_size),
        card=card,
        model_path=path,
        workers=workers or min(_usable_cores(), MAX_WORKERS),
        fpr=fpr,
        threshold=threshold,
        frames="all" if frames == "all" else "first",
        rules=Rules(max_pixels, strict),
        trust=trust,
    )


def load_trained(network: nn.Module, card: Card, device: str = "auto") -> Scanner:
    """Return a scanner of a network in memory, which has no file yet and is left as it is.

    Its card may lack thresholds: an image is a finding from a score of 0.5 on.
    """
    predictor = Predictor(_fused(copy.deepcopy(network).eval()), resolve_device(device), "fp32")
    workers = min(_usable_cores(), MAX_WORKERS)
    return Scanner(predictor, card, workers=workers, threshold=0.5)


def _fused(network: nn.Module) -> nn.Module:
    """Return the network ready for inference; it may be changed in place."""
    fuse = getattr(network, "fuse", None)
    if not callable(fuse):
        return network
    fused: nn.Module = fuse()
    return fused


class Scanner:
    """Scans images with one network. Made by `load`; calls leave no state behind."""

    def __init__(
        self,
        predictor: Predictor,
        card: Card,
        model_path: Path | None = None,
        workers: int = 1,
        fpr: float | None = None,
        threshold: float | None = None,
        frames: Frames = "first",
        rules: Rules = DEFAULT_RULES,
        trust: str | None = None,
    ) -> None:
        self.card = card
        self.model_path = model_path
        self.model_sha256 = "" if model_path is None else sha256_of(model_path)
        self.limits = resolve_limits(card, fpr, threshold)
        """For each class, the scores from which it is reported and unsure."""
        self._predictor = predictor
        self._feed = to_feed(card)
        self._workers = workers
        self._fpr, self._threshold = fpr, threshold
        self._frames = frames
        self._rules = rules
        self._trust = trust

    def settings(self) -> dict[str, Any]:
        """Return what decides over the results, and nothing that does not: for reports, caches."""
        limits = self.limits.default
        return {
            "device": str(self._predictor.device),
            "precision": self._predictor.precision,
            "fpr": self._fpr,
            "threshold": self._threshold,
            "thresholds": {name: limit.report for name, limit in limits.items()},
            "unsure_thresholds": {name: limit.unsure for name, limit in limits.items()},
            "carrier_thresholds": self.limits.reported_by_carrier(),
            "mask_threshold": self.card.mask_threshold,
            "frames": self._frames,
            "max_pixels": self._rules.max_pixels,
            "strict": self._rules.strict,
            "fit": self._feed.fit,
            "size": self._feed.size,
            "overlap": OVERLAP if self._feed.fit == "tile" else 0,
        }

    def scan(self, source: Source, name: str | None = None) -> Finding:
        """Scan one image, the first frame of an animation; an unreadable one is a finding.

        `source` is a path, the bytes of an image file, a file open for reading bytes, a PIL image,
        or a uint8 array (H, W), (H, W, 3) RGB or (H, W, 4). `name` is the path that the finding
        shows. What has no file has no hash, and no metadata to be evidence.

        Raises:
            DeviceError: if memory does not suffice for a single tile.
            UsageError: if the source is of another type.
        """
        return next(self._scan([to_item(source, name)], workers=1))

    def scan_many(self, sources: Iterable[Source]) -> Iterator[Finding]:
        """Scan images, and those below directories, lazily, batched and in input order.

        Each source is one that `scan` takes.

        Raises:
            DeviceError: if memory does not suffice for a single tile.
            UsageError: if a source is of another type.
        """
        return self._scan(find_sources(sources), self._workers)

    def scan_files(
        self, files: Iterable[ImageFile | Finding], *, keep_content: bool = False
    ) -> Iterator[Finding]:
        """Scan what `find_images` found; its error findings are passed on in their place.

        With `keep_content` findings hold the bytes of their files, to make pictures of.
        """
        return self._scan(files, self._workers, keep_content=keep_content)

    def _scan(
        self, files: Iterable[Item], workers: int, *, keep_content: bool = False
    ) -> Iterator[Finding]:
        line = Line(self._predictor, self.limits)
        with Decoder(workers, rules=self._rules, trust=self._trust) as decoder:
            for item in decoder.read(files):
                held = 0
                if isinstance(item, Finding):
                    line.put_finding(item)
                else:
                    held = item.image.pixels.nbytes
                    line.put_image(self._to_scan(item, item.image, keep_content))
                    yield from self._more_frames(line, item, keep_content)
                del item  # the pixels, before the wait for the next image
                yield from line.pop_ready()
                # Only now, so that a giant is not decoded while another's map is looked through.
                decoder.release(held)
            yield from line.pop_all()

    def _more_frames(self, line: Line, first: Decoded, keep_content: bool) -> Iterator[Finding]:
        """Put the other frames of an animation in line, one in memory at a time."""
        if self._frames == "first" or first.image.frames == 1:
            return
        frame = 1
        try:
            for image in decode_frames(first.content, first=1, rules=self._rules):
                line.put_image(self._to_scan(first, image, keep_content))
                yield from line.pop_ready()
                frame += 1
        except ImageError as error:
            line.put_finding(error_finding(first.file, error, frame))

    def _to_scan(self, decoded: Decoded, image: ImagePixels, keep_content: bool) -> ImageScan:
        frame = image.frame if self._frames == "all" else None
        content = decoded.content.data if keep_content else None
        return ImageScan(
            decoded.file.name, image, decoded.evidence, self.card, self._feed, frame, content
        )


def _usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
