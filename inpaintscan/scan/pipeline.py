"""Paths in, findings out: read ahead, cut, batch across images, put together, in input order."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

from inpaintscan.device import resolve_device, resolve_precision
from inpaintscan.errors import ImageError, UsageError, WeightsError
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile, find_images, read_frames
from inpaintscan.provenance.trust import read_trust_list
from inpaintscan.scan.assemble import ImageScan, to_feed
from inpaintscan.scan.decode import Decoded, Decoder, error_finding
from inpaintscan.scan.line import Line
from inpaintscan.scan.predict import Predictor
from inpaintscan.scan.tiles import OVERLAP
from inpaintscan.scan.verdict import resolve_limits
from inpaintscan.weights import DEFAULT_MODEL, load_network, resolve_model, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from inpaintscan.findings import Evidence
    from inpaintscan.images import ImagePixels
    from inpaintscan.weights import Card

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
    trust_list: str | Path | None = None,
) -> Scanner:
    """Load weights and return a scanner.

    Args:
        model: the name of shipped weights, or a `.safetensors` file.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        precision: `auto` (fp32), `fp32`, `bf16` or `fp16`.
        batch_size: tiles computed at once; None fits it to the free memory.
        workers: threads that read images; None is one a core.
        fpr: share of clean images to be flagged at most; None is 1 %. Excludes `threshold`.
        threshold: score from which an image is a finding, for every class.
        frames: `first` or `all` frames of an animation.
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
    trust = None if trust_list is None else read_trust_list(Path(trust_list))
    path = resolve_model(model)
    place = resolve_device(device)
    number_format = resolve_precision(precision, place)
    network, card = load_network(path)
    if card.task in {"autoencoder", "inpainter"}:
        raise WeightsError(f"{path}: weights of task {card.task} scan nothing")
    fuse = getattr(network, "fuse", None)
    if callable(fuse):
        network = fuse()
    return Scanner(
        predictor=Predictor(network, place, number_format, batch_size),
        card=card,
        model_path=path,
        workers=workers or min(_usable_cores(), MAX_WORKERS),
        fpr=fpr,
        threshold=threshold,
        frames="all" if frames == "all" else "first",
        trust=trust,
    )


class Scanner:
    """Scans images with one network. Made by `load`; calls leave no state behind."""

    def __init__(
        self,
        predictor: Predictor,
        card: Card,
        model_path: Path,
        workers: int = 1,
        fpr: float | None = None,
        threshold: float | None = None,
        frames: Frames = "first",
        trust: str | None = None,
    ) -> None:
        self.card = card
        self.model_path = model_path
        self.model_sha256 = sha256_of(model_path)
        self.limits = resolve_limits(card, fpr, threshold)
        """For each class, the scores from which it is reported and unsure."""
        self._predictor = predictor
        self._feed = to_feed(card)
        self._workers = workers
        self._fpr, self._threshold = fpr, threshold
        self._frames = frames
        self._trust = trust

    def settings(self) -> dict[str, Any]:
        """Return what decides over the results, and nothing that does not: for reports, caches."""
        return {
            "device": str(self._predictor.device),
            "precision": self._predictor.precision,
            "fpr": self._fpr,
            "threshold": self._threshold,
            "thresholds": {name: limit.report for name, limit in self.limits.items()},
            "unsure_thresholds": {name: limit.unsure for name, limit in self.limits.items()},
            "mask_threshold": self.card.mask_threshold,
            "frames": self._frames,
            "fit": self._feed.fit,
            "size": self._feed.size,
            "overlap": OVERLAP if self._feed.fit == "tile" else 0,
        }

    def scan(self, path: str | Path) -> Finding:
        """Scan one image file, the first frame of an animation; an unreadable file is a finding.

        Raises:
            DeviceError: if memory does not suffice for a single tile.
        """
        path = Path(path)
        file = ImageFile(path, str(path), PurePath(path.name), named=True)
        return next(self._scan([file], workers=1))

    def scan_many(self, paths: Iterable[str | Path]) -> Iterator[Finding]:
        """Scan files, and the images below directories, lazily and in input order.

        Raises:
            DeviceError: if memory does not suffice for a single tile.
        """
        return self.scan_files(find_images(paths))

    def scan_files(self, files: Iterable[ImageFile | Finding]) -> Iterator[Finding]:
        """Scan what `find_images` found; its error findings are passed on in their place."""
        return self._scan(files, self._workers)

    def _scan(self, files: Iterable[ImageFile | Finding], workers: int) -> Iterator[Finding]:
        line = Line(self._predictor, self.limits)
        with Decoder(workers, trust=self._trust) as decoder:
            for item in decoder.read(files):
                held = 0
                if isinstance(item, Finding):
                    line.put_finding(item)
                else:
                    held = item.image.pixels.nbytes
                    line.put_image(self._to_scan(item.file, item.image, item.evidence))
                    yield from self._more_frames(line, item)
                del item  # the pixels, before the wait for the next image
                yield from line.pop_ready()
                # Only now, so that a giant is not decoded while another's map is looked through.
                decoder.release(held)
            yield from line.pop_all()

    def _more_frames(self, line: Line, first: Decoded) -> Iterator[Finding]:
        """Put the other frames of an animation in line, one in memory at a time."""
        if self._frames == "first" or first.image.frames == 1:
            return
        frame = 1
        try:
            for image in read_frames(first.file.path, first=1):
                line.put_image(self._to_scan(first.file, image, first.evidence))
                yield from line.pop_ready()
                frame += 1
        except ImageError as error:
            line.put_finding(error_finding(first.file, error, frame))

    def _to_scan(
        self, file: ImageFile, image: ImagePixels, evidence: tuple[Evidence, ...]
    ) -> ImageScan:
        frame = image.frame if self._frames == "all" else None
        return ImageScan(file.name, image, evidence, self.card, self._feed, frame)


def _usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
