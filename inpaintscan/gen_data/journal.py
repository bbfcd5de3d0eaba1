"""What is done so far, so that a killed run goes on without a wrong or missing row.

One JSON line a batch, appended after its files are in place. A line that was cut off by the kill
does not end in a line feed: its batch is made again, to the same bytes. So is one of an earlier
version, whose rows have other columns.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from inpaintscan.gen_data.job_images import Outcome
from inpaintscan.gen_data.labels import COLUMNS, Row

NAME = ".gen-data.jsonl"


def read_journal(path: Path) -> dict[int, Outcome]:
    """Return the outcome of each finished batch by its number; cut the file after the last."""
    done: dict[int, Outcome] = {}
    if not path.exists():
        return done
    intact = 0
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        entry = json.loads(line)
        if any(row.keys() != set(COLUMNS) for row in entry["rows"]):
            break
        done[entry["batch"]] = Outcome(
            [Row(**row) for row in entry["rows"]], list(entry["failures"])
        )
        intact += len(line)
    os.truncate(path, intact)
    return done


def append_outcome(path: Path, batch: int, outcome: Outcome) -> None:
    """Add a batch's line in one write."""
    entry = {
        "batch": batch,
        "rows": [asdict(row) for row in outcome.rows],
        "failures": outcome.failures,
    }
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
    with path.open("ab", buffering=0) as file:
        file.write(line.encode())
        os.fsync(file.fileno())
