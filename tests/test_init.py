from __future__ import annotations

import inpaintscan


def test_completion_in_an_interactive_session_offers_what_is_there() -> None:
    assert {"Scanner", "load"} <= set(dir(inpaintscan))
    assert all(hasattr(inpaintscan, name) for name in dir(inpaintscan))
