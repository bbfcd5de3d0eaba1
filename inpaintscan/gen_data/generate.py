"""The whole run: find photos, plan, make, label, describe."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import inpaintscan
from inpaintscan.errors import DataError
from inpaintscan.gen_data import journal
from inpaintscan.gen_data.inpainters import check_name
from inpaintscan.gen_data.labels import Row, to_csv
from inpaintscan.gen_data.make import Outcome, autoencoders, plan_jobs
from inpaintscan.gen_data.photos import find_photos
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.gen_data.workers import run_batches

LABELS = "labels.csv"
DESCRIPTION = "dataset.json"

Progress = Callable[[int, int, Outcome], None]
"""Called after each batch with photos done, photos in all, and the batch's outcome."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run went."""

    rows: tuple[Row, ...]
    failures: tuple[str, ...]


def generate(
    source: Path,
    destination: Path,
    settings: Settings,
    *,
    workers: int = 1,
    resume: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Make a data set of the photos in `source`; the same bytes for any number of workers.

    Raises:
        DataError: if there are no photos, the destination holds another data set, or `resume`
            finds one made with other settings.
    """
    for choice in settings.methods:
        check_name(choice)
    photos = find_photos(source, settings)
    jobs = plan_jobs(photos, settings)
    description = describe(settings, [photo.relative for photo in photos])
    log = destination / journal.NAME
    _open_destination(destination, description, resume=resume)
    size = settings.batch_size
    batches = [(first // size, jobs[first : first + size]) for first in range(0, len(jobs), size)]
    done = journal.read_journal(log)
    _write_labels(destination, done)
    waiting = [batch for batch in batches if batch[0] not in done]
    finished = len(jobs) - sum(len(batch[1]) for batch in waiting)
    sizes = {number: len(batch) for number, batch in batches}
    for number, outcome in run_batches(waiting, photos, destination, settings, workers):
        journal.append_outcome(log, number, outcome)
        done[number] = outcome
        with (destination / LABELS).open("a", encoding="utf-8", newline="") as file:
            file.write(to_csv(outcome.rows, header=False))
        finished += sizes[number]
        if progress is not None:
            progress(finished, len(jobs), outcome)
    rows = _write_labels(destination, done)
    failures = [line for number in sorted(done) for line in done[number].failures]
    log.unlink(missing_ok=True)
    return Summary(tuple(rows), tuple(failures))


def describe(settings: Settings, relatives: list[str]) -> dict[str, Any]:
    """Return the content of `dataset.json`: all that decides the bytes."""
    return {
        "tool": "inpaintscan",
        "version": inpaintscan.__version__,
        "settings": json.loads(json.dumps(asdict(settings))),
        "models": model_hashes(settings),
        "photos": len(relatives),
    }


def model_hashes(settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of each weights file that may be used, by the name it was given."""
    from inpaintscan.weights import resolve_model, sha256_of

    choices = [*settings.methods, *(autoencoders(settings) if "fakefake" in settings.kinds else ())]
    names = {choice.argument for choice in choices if choice.argument} | set(settings.vae)
    hashes = {}
    for name in sorted(names):
        folder = Path(name)
        files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else [resolve_model(name)]
        hashes.update({f"{name}/{file.name}" if folder.is_dir() else name: sha256_of(file) for file in files})
    return hashes


def _open_destination(destination: Path, description: dict[str, Any], *, resume: bool) -> None:
    """Make the destination ready, or say why it cannot be used."""
    path = destination / DESCRIPTION
    if path.exists():
        if not resume:
            raise DataError(f"{destination}: holds a data set already; --resume or another -o")
        if json.loads(path.read_text(encoding="utf-8")) != description:
            raise DataError(
                f"{path}: made with other settings, photos or version; resume with the same ones"
            )
        return
    if destination.is_dir() and any(destination.iterdir()):
        raise DataError(f"{destination}: not empty; choose another folder with -o")
    destination.mkdir(parents=True, exist_ok=True)
    _write_text(path, json.dumps(description, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _write_labels(destination: Path, done: dict[int, Outcome]) -> list[Row]:
    """Write `labels.csv` in input order, whole and through a temporary name; return its rows."""
    rows = [row for number in sorted(done) for row in done[number].rows]
    _write_text(destination / LABELS, to_csv(rows, header=True))
    return rows


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="")
    temporary.replace(path)


__all__ = ["Choice", "Settings", "Summary", "describe", "generate"]
