"""A scanner of the stub network, whose answer is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.scan import Scanner, load


@pytest.fixture
def scanner(stub_weights: Path) -> Scanner:
    return load(str(stub_weights), device="cpu", workers=2)
