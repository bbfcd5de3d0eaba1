"""The whole run: find photos, plan, make, label, audit, describe."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import inpaintscan
from inpaintscan.errors import DataError
from inpaintscan.files import write_text
from inpaintscan.gen_data import journal
from inpaintscan.gen_data.audit import Audit, audit
from inpaintscan.gen_data.captions import find_captions
from inpaintscan.gen_data.job_images import Outcome, check_models
from inpaintscan.gen_data.labels import Row, to_csv
from inpaintscan.gen_data.photos import Photo, find_photos, number_photos
from inpaintscan.gen_data.plan import Job, plan_jobs
from inpaintscan.gen_data.resolved import model_hashes, settle
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.gen_data.sheet import write_sheet
from inpaintscan.gen_data.workers import Batch, run_batches

LABELS = "labels.csv"
DESCRIPTION = "dataset.json"
RESULT = "result"
"""Key of `dataset.json` that is there once the data set is complete."""

Progress = Callable[[int, int], None]
"""Called after each batch with the number of photos (variants) done, and of all."""

Runner = Callable[
    [Sequence[Batch], Sequence[Photo], Path, Settings, int], Iterator[tuple[int, Outcome]]
]
"""Makes batches with so many workers, as `workers.run_batches` does; the order is free."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run went."""

    images: int
    failures: tuple[str, ...]
    """One line for each photo that was skipped."""
    audit: Audit


def generate(
    source: Path | Sequence[Path],
    destination: Path,
    settings: Settings,
    *,
    workers: int = 1,
    resume: bool = False,
    progress: Progress | None = None,
    run: Runner = run_batches,
    sheet: bool = False,
) -> Summary:
    """Make a data set of the photos in `source`; the same bytes for any number of workers.

    `source` is a folder, or a list of files, which are then named by their number.
    `run` says where the work is done: in processes of this machine, or on a cluster. With `sheet`
    a contact sheet shows some of what was made.

    Raises:
        DataError: if there are no photos, the destination holds another data set, or `resume`
            finds one made with other settings.
        InpaintscanError: if a method, a mask kind or a weights file is not there.
    """
    settings = settle(settings)
    check_models(settings)
    photos = _photos(source, destination, settings)
    captions = find_captions(photos, settings.captions)
    jobs = plan_jobs(photos, captions, settings)
    description = describe(photos, settings)
    finished = _open_destination(destination, description, resume=resume)
    if finished is not None:
        return finished

    def make(batches: Sequence[Batch]) -> Iterator[tuple[int, Outcome]]:
        return run(batches, photos, destination, settings, workers)

    done = _make_all(jobs, destination, settings.batch_size, make, progress)
    return _finish(destination, description, done, settings, sheet=sheet)


def _photos(source: Path | Sequence[Path], destination: Path, settings: Settings) -> list[Photo]:
    if not isinstance(source, Path):
        return number_photos(source, settings)
    if destination.resolve().is_relative_to(source.resolve()):
        raise DataError(f"{destination}: lies inside the photos; choose a folder outside with -o")
    return find_photos(source, settings)


def describe(photos: list[Photo], settings: Settings) -> dict[str, Any]:
    """Return the content of `dataset.json`: all that decides the bytes."""
    description = {
        "tool": "inpaintscan",
        "version": inpaintscan.__version__,
        "seed": settings.seed,
        "settings": {item.name: getattr(settings, item.name) for item in fields(Settings)},
        "models": model_hashes(settings),
        "photos": {"count": len(photos), "sha256": _hash_of(photos)},
    }
    # JSON has no type for a choice, which becomes its fields, nor for a path.
    text = json.dumps(description, default=lambda v: asdict(v) if isinstance(v, Choice) else str(v))
    return dict(json.loads(text))


def _hash_of(photos: list[Photo]) -> str:
    """Return the SHA-256 of the names and contents of all photos."""
    lines = "".join(f"{photo.relative}/{photo.sha256}\n" for photo in photos)
    return hashlib.sha256(os.fsencode(lines)).hexdigest()


def _make_all(
    jobs: list[Job],
    destination: Path,
    size: int,
    make: Callable[[Sequence[Batch]], Iterator[tuple[int, Outcome]]],
    progress: Progress | None,
) -> dict[int, Outcome]:
    """Make the batches, of `size` jobs, that are not done yet; return all outcomes by number."""
    log = destination / journal.NAME
    batches = [(first // size, jobs[first : first + size]) for first in range(0, len(jobs), size)]
    done = journal.read_journal(log)
    _write_labels(destination, done)
    waiting = [batch for batch in batches if batch[0] not in done]
    finished = len(jobs) - sum(len(batch[1]) for batch in waiting)
    for number, outcome in make(waiting):
        journal.append_outcome(log, number, outcome)
        done[number] = outcome
        with (destination / LABELS).open("a", encoding="utf-8", newline="") as file:
            file.write(to_csv(outcome.rows, header=False))
        finished += len(batches[number][1])
        if progress is not None:
            progress(finished, len(jobs))
    return done


def _open_destination(
    destination: Path, description: dict[str, Any], *, resume: bool
) -> Summary | None:
    """Make the destination ready, or say why it cannot be used; its summary if it is complete."""
    path = destination / DESCRIPTION
    if not path.exists():
        unfinished = f".{DESCRIPTION}*.tmp"
        if destination.is_dir() and not all(f.match(unfinished) for f in destination.iterdir()):
            raise DataError(f"{destination}: not empty; choose another folder with -o")
        for leftover in destination.glob(unfinished):
            leftover.unlink()
        destination.mkdir(parents=True, exist_ok=True)
        _write_json(path, description)
        return None
    if not resume:
        raise DataError(f"{destination}: holds a data set already; --resume or another -o")
    before = json.loads(path.read_text(encoding="utf-8"))
    result = before.pop(RESULT, None)
    if before != description:
        names = sorted(key for key in description if before.get(key) != description[key])
        raise DataError(f"{path}: made with other {', '.join(names)}; resume with the same ones")
    if result is not None:
        return Summary(result["images"], tuple(result["skipped"]), Audit(**result["audit"]))
    for leftover in destination.rglob(".*.tmp"):
        leftover.unlink(missing_ok=True)
    return None


def _finish(
    destination: Path,
    description: dict[str, Any],
    done: dict[int, Outcome],
    settings: Settings,
    *,
    sheet: bool,
) -> Summary:
    """Put the rows in order, audit the files, and say in `dataset.json` that all is there."""
    rows = _write_labels(destination, done)
    failures = [line for number in sorted(done) for line in done[number].failures]
    files = [
        (
            destination / row.split / row.kind / f"{row.image_id}.{settings.save_as}",
            bool(row.inpainted),
            row.source,
        )
        for row in rows
    ]
    summary = Summary(len(rows), tuple(failures), audit(files, settings.seed))
    if sheet:
        write_sheet(rows, destination, settings.save_as)
    result = {"images": len(rows), "skipped": failures, "audit": asdict(summary.audit)}
    _write_json(destination / DESCRIPTION, {**description, RESULT: result})
    (destination / journal.NAME).unlink(missing_ok=True)
    return summary


def _write_labels(destination: Path, done: dict[int, Outcome]) -> list[Row]:
    """Write `labels.csv` in input order, whole and through a temporary name; return its rows."""
    rows = [row for number in sorted(done) for row in done[number].rows]
    write_text(destination / LABELS, to_csv(rows, header=True))
    return rows


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
