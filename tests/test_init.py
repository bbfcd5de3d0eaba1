from __future__ import annotations

import inpaintscan


def test_completion_in_an_interactive_session_offers_what_is_there() -> None:
    names = {"Box", "Evidence", "Finding", "Region", "Scanner", "load"}
    assert names <= set(dir(inpaintscan))
    assert all(hasattr(inpaintscan, name) for name in dir(inpaintscan))
