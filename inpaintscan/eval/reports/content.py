"""What a report of an evaluation holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inpaintscan.eval.reports.tables import Matrix
from inpaintscan.eval.rows import Measured, Row


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows."""

    rows: Sequence[Row]
    measured: Sequence[Measured]
    settings: Mapping[str, Any]
    started: str
    """UTC, ISO 8601."""
    finished: str
    shown: Sequence[str]
    """The metrics of the HTML tables."""
    matrices: Sequence[Matrix] = ()
    plots: Mapping[str, bytes] = field(default_factory=dict)
    """PNG files by name."""
