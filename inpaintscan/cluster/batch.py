"""Bytes and names in, records out: what Ray Data, Spark, Dask or a process pool calls."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from inpaintscan.errors import UsageError
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile
from inpaintscan.images.rules import MAX_PIXELS
from inpaintscan.report.record import to_record
from inpaintscan.scan import Scanner
from inpaintscan.scan.sources import file_of_bytes
from inpaintscan.weights import DEFAULT_MODEL

_LOADING = threading.Lock()


def scan_batch(
    contents: Iterable[bytes | None],
    names: Iterable[str],
    *,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    precision: str = "auto",
    batch_size: int | None = None,
    threads: int | None = None,
    fpr: float | None = None,
    threshold: float | None = None,
    frames: str = "first",
    max_pixels: int = MAX_PIXELS,
    strict: bool = False,
    trust_list: str | Path | None = None,
) -> list[dict[str, Any]]:
    """Scan image files that are in memory and return their records, in input order.

    `contents` are the bytes of each file; None, as in an empty cell of a table, is an error record.
    `names` are what the records have for their `path`, and need not be unique. `threads` are those
    of the network and for decoding; None is what the scheduler or PyTorch set. All others are the
    options of `inpaintscan.load`; files that they name must be readable for the process, and a GPU
    that the scheduler assigned is found by the device `auto`.

    The network is loaded once per process and set of options, on the first call. The function
    itself is small: pickling it, or a `functools.partial` of it, loads no torch.

    Returns:
        The records of the report, as `dict`s of JSON types. A file that cannot be read is a record
        whose verdict is `error`.

    Raises:
        InpaintscanError: if an option does not exist or does not fit, or if there are not as many
            names as contents.
    """
    with _LOADING:  # or two threads would load it twice
        scanner = _load(
            model,
            threads,
            device=device,
            precision=precision,
            batch_size=batch_size,
            fpr=fpr,
            threshold=threshold,
            frames=frames,
            max_pixels=max_pixels,
            strict=strict,
            trust_list=trust_list,
        )
    contents, names = list(contents), list(names)
    if len(contents) != len(names):
        raise UsageError(f"{len(contents)} images but {len(names)} names: one name per image")
    items = map(_to_item, contents, names)
    return [to_record(finding) for finding in scanner.scan_files(items)]


@lru_cache(maxsize=2)
def _load(model: str, threads: int | None, **options: Any) -> Scanner:  # noqa: ANN401
    if threads is not None and threads < 1:
        raise UsageError(f"threads {threads}: must be at least 1")
    from inpaintscan.device import use_threads
    from inpaintscan.scan import load

    use_threads(threads)
    return load(model, workers=threads, **options)


def _to_item(content: bytes | None, name: str) -> ImageFile | Finding:
    text = str(name).encode("utf-8", "backslashreplace").decode()
    if content is None:
        return Finding(text, "error", error="no content")
    return file_of_bytes(bytes(content), text)
