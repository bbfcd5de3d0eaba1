"""HTML: one self-contained page to sort, filter and look closer, that loads nothing."""

from __future__ import annotations

from typing import IO

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.page import build_page, header_for_page, record_for_page, to_script_json
from inpaintscan.report.page.pictures import PictureBudget
from inpaintscan.report.record import Written, to_record
from inpaintscan.report.run import RunHeader, RunSummary


class HtmlWriter(Writer):
    """Streams the page: its head, two inert script elements per image, the totals and the script.

    The first element is the record with its thumbnail; the second holds the larger pictures, which
    the page parses when that image is opened.
    """

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._page = build_page()
        self._pictures = PictureBudget()
        self._count = 0

    def start(self, header: RunHeader) -> None:
        """Write the page up to the records."""
        super().start(header)
        self._stream.write(self._page.before.replace("{{header}}", header_for_page(header)))

    def add(self, finding: Finding, written: Written) -> None:
        """Write one record and its pictures, made of the bytes that were scanned."""
        thumbnail, pictures = self._pictures.render(finding)
        fields = record_for_page(to_record(finding, written)) | {"thumbnail": thumbnail}
        record = to_script_json(fields)
        self._stream.write(f'<script type="application/json" class="record">{record}</script>\n')
        if pictures:
            self._stream.write(
                f'<script type="application/json" id="pictures-{self._count}">'
                f"{to_script_json(pictures)}</script>\n"
            )
        self._count += 1

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write the totals and the rest of the page."""
        totals = to_script_json(summary.to_dict(complete=complete))
        self._stream.write(self._page.after.replace("{{summary}}", totals))
