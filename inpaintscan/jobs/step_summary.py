"""The summary page of a GitHub step: Markdown, appended to the file that GitHub names."""

from __future__ import annotations

import io
import os
from pathlib import Path

from inpaintscan.jobs.messages import say
from inpaintscan.report.target import ENCODING_ERRORS

VARIABLE = "GITHUB_STEP_SUMMARY"


class StepSummary(io.StringIO):
    """Text that is appended to the step's page at the end of the run."""

    @staticmethod
    def is_wanted() -> bool:
        """Whether the run is a step of a GitHub workflow."""
        return bool(os.environ.get(VARIABLE))

    def append(self) -> None:
        """Append the text; a page that cannot be written is no reason to fail."""
        try:
            path = Path(os.environ[VARIABLE])
            with path.open("a", encoding="utf-8", errors=ENCODING_ERRORS) as file:
                file.write(self.getvalue())
        except OSError as error:
            say(f"{VARIABLE}: the summary cannot be written: {error.strerror or error}")
