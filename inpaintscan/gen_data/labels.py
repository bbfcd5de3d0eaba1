"""The rows of `labels.csv`: one a written image (masks are not images and have none).

The file of a row is `<split>/<kind>/<image_id>.<ending>`, its mask
`<split>/mask/<image_id>.png`. `label` is `clean`, `inpainted` or `generated`: kind `inpainted` is
the latter when the method synthesises the whole frame, as there every pixel is new. `inpainted` is
0 for `clean`, else 1. The box is half-open, in pixels, around the pixels where the mask is 255
(Adler's rule); it is the whole frame for `generated`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from inpaintscan.data.samples import Label


@dataclass(frozen=True, slots=True)
class Row:
    """One image of the data set."""

    image_id: str
    split: str
    kind: str
    label: Label
    inpainted: int
    xmin: int
    ymin: int
    xmax: int
    ymax: int
    mask_kind: str
    method: str
    source: str
    """Path of the photo below the source folder; what no text can hold is escaped."""
    category: str
    prompt: str
    seed: int


COLUMNS = tuple(field.name for field in fields(Row))


def to_csv(rows: Iterable[Row], *, header: bool) -> str:
    """Return rows as CSV text, lines ended by a line feed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if header:
        writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    return buffer.getvalue()
