"""A picture of some of what was made: original, fill with its mask outlined, mask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from inpaintscan.data import Sample
from inpaintscan.data.contact_sheet import Cell, draw_sheet, small_picture, thumbnail
from inpaintscan.data.samples import read_mask_levels
from inpaintscan.files import replacing
from inpaintscan.gen_data.labels import Row
from inpaintscan.gen_data.masks.draw import FULL
from inpaintscan.images import show_path
from inpaintscan.images.find import CONTACT_SHEET

MOST = 12
"""Fills that are shown."""
_FILLS = ("realfake", "inpainted", "fakefake")
_QUALITY = 90


def write_sheet(rows: Sequence[Row], destination: Path, ending: str) -> None:
    """Write a contact sheet of a data set, if it holds any fill; `ending` is its images'."""
    chosen = choose_fills(rows)
    if not chosen:
        return
    cells = [cell for row in chosen for cell in _cells(row, destination, ending)]
    # The folder is not named: a set has the same bytes wherever it is made.
    title = f"{len(chosen)} of {len(rows)} images, with their originals and masks"
    with replacing(destination / CONTACT_SHEET) as temporary:
        draw_sheet(cells, title).save(temporary, "JPEG", quality=_QUALITY, subsampling=0)


def choose_fills(rows: Sequence[Row]) -> list[Row]:
    """Return at most `MOST` rows of fills, of as many methods and photos as there are, in order.

    Of each image the one pasted into its photo, if there is one: that shows how well it fits.
    """
    fills: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = row.split, row.image_id
        if row.kind in _FILLS and (
            key not in fills or _FILLS.index(row.kind) < _FILLS.index(fills[key].kind)
        ):
            fills[key] = row
    met: Counter[str] = Counter()
    ranked = []
    for number, row in enumerate(fills.values()):
        ranked.append((met[row.method], number, row))
        met[row.method] += 1
    chosen = sorted(ranked, key=lambda one: one[:2])[:MOST]
    return [row for *_, row in sorted(chosen, key=lambda one: one[1])]


def _cells(row: Row, destination: Path, ending: str) -> Iterator[Cell]:
    folder, file = destination / row.split, f"{row.image_id}.{ending}"
    mask = folder / "mask" / f"{row.image_id}.png"
    original = Sample(folder / "original" / file, "clean")
    outline = mask if mask.is_file() else None
    fill = Sample(folder / row.kind / file, row.label, outline, mask_level=FULL)
    untouched = thumbnail(original)
    yield Cell(untouched, "original" if untouched else "original not kept", row.source)
    yield Cell(thumbnail(fill), f"{row.kind}: {row.method}", show_path(row.image_id))
    if outline is None:
        yield Cell(None, "mask not kept", "")
    else:
        yield Cell(small_picture(read_mask_levels(mask)), f"mask: {row.mask_kind}", "")
