"""As if the library for Content Credentials were not installed."""

from __future__ import annotations

import importlib.util

import pytest


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
