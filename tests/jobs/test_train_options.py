"""Which settings of train can be changed, and for which task."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.errors import UsageError
from inpaintscan.jobs.train_options import TrainOptions, check_options


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": 0.1}, "no setting 'lr' to change"),
        ({"momentum": 0.5}, "no setting 'momentum' to change"),
        ({"steps": 5}, "--steps is not for --task detect"),
        ({"loss": "bce-dice"}, "--loss bce-dice: --task detect takes bce"),
    ],
)
def test_a_change_that_train_does_not_know_is_refused(
    changes: dict[str, object], message: str
) -> None:
    options = TrainOptions(data=(), output=Path("x.safetensors"), changes=changes)
    with pytest.raises(UsageError, match=message):
        check_options(options, "detect")


def test_a_change_to_the_default_counts_as_given() -> None:
    options = TrainOptions(data=(), output=Path("x.safetensors"), changes={"epochs": 10})
    check_options(options, "detect")
    with pytest.raises(UsageError, match="--epochs is not for --task multi"):
        check_options(options, "multi")
