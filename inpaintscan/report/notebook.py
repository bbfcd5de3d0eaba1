"""A finding as a notebook shows it: a few lines and a small heatmap, as HTML."""

from __future__ import annotations

from html import escape

import numpy as np
from PIL import Image

from inpaintscan.findings import Finding
from inpaintscan.images import show_path
from inpaintscan.report.page.pictures import to_data_address
from inpaintscan.report.plain import stated_text

_SIDE = 256
_MOST_ROWS = 10


def to_notebook(finding: Finding) -> str:
    """Return HTML that needs nothing from outside; every text in it is escaped."""
    score = "" if finding.score is None else f", score {finding.score:.4f}"
    lines = [f"<b>{escape(finding.verdict)}</b>{score}", f"<code>{_text(finding.path)}</code>"]
    if finding.error is not None:
        lines.append(_text(finding.error))
    if finding.stated is not None:
        lines.append(_text(stated_text(finding)))
    lines += [_text(reason) for reason in finding.reasons]
    lines += [
        f"region {region.score:.2f}: {region.box.xmin}, {region.box.ymin} to "
        f"{region.box.xmax}, {region.box.ymax}"
        for region in finding.regions[:_MOST_ROWS]
    ]
    lines += [f"{_text(item.kind)}: {_text(item.value)}" for item in finding.evidence[:_MOST_ROWS]]
    return f"<div>{'<br>'.join(lines)}{_heatmap(finding)}</div>"


def _text(text: str) -> str:
    return escape(show_path(text))


def _heatmap(finding: Finding) -> str:
    """Return the probability map as a small grey picture, white = replaced; or nothing."""
    if finding.prob_map is None:
        return ""
    levels = np.rint(finding.prob_map.grid * 255).astype(np.uint8)
    image = Image.fromarray(levels)
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return f'<br><img alt="heatmap" src="{to_data_address(image, "PNG")}">'
