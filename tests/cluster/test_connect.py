"""What is said when Ray cannot be had."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from inpaintscan.cluster.connect import connected
from inpaintscan.errors import ClusterError

ray: Any = pytest.importorskip("ray")


def test_a_ray_that_does_not_start_in_time_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(**_options: object) -> NoReturn:
        raise Exception("The current node timed out during startup.\nThis may happen when busy.")  # noqa: TRY002

    stopped: list[bool] = []
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", start)
    monkeypatch.setattr(ray, "shutdown", lambda: stopped.append(True))
    said = "no Ray cluster on this machine: The current node timed out during startup."
    with pytest.raises(ClusterError, match=said), connected():
        pytest.fail("there is no cluster")
    assert stopped == [True]
