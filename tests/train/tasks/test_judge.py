"""The judge: weights that let no source dominate, and a fit that learns what can be learnt."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaintscan.errors import DataError
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.train.tasks.judge import (
    CLASSES,
    ENOUGH,
    JudgeSettings,
    fit_judge,
    refit_judge,
    targets,
)

SMALL = {"widths": (8, 8, 16, 16, 16), "decoder_width": 16}


def test_weights_of_a_class_are_halved_between_its_images_and_the_rest() -> None:
    labels = ["clean"] * 5 + ["inpainted"] * 2 + ["generated"] * 3
    truth, weight = targets(labels, ["a", "a", "a", "a", "b", "a", "b", "c", "c", "c"], 0.25)
    for column in range(len(CLASSES)):
        own = truth[:, column] == 1
        assert float(weight[own, column].sum()) == pytest.approx(0.5)
        assert float(weight[~own, column].sum()) == pytest.approx(0.5)


def test_a_large_source_weighs_less_for_each_image() -> None:
    labels = ["clean"] * 101 + ["generated"]
    _, weight = targets(labels, ["large"] * 100 + ["small", "x"], 0.25)
    column = CLASSES.index("generated")
    assert float(weight[100, column]) == pytest.approx(10 * float(weight[0, column]), rel=1e-4)


def test_learns_which_measure_tells() -> None:
    rng = np.random.default_rng(0)
    measures = rng.normal(0, 1, (300, 4)).astype(np.float32)
    labels = np.array(["clean", "inpainted", "generated"])[rng.integers(3, size=300)]
    measures[labels == "inpainted", 1] += 3
    measures[labels == "generated", 2] += 3
    network = TwoLook(measures=4, traces=SMALL)
    fit_judge(network, measures, labels.tolist(), ["one"] * 300, JudgeSettings(steps=200))
    with torch.no_grad():
        probe = network.judge(torch.tensor([[0.0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 0]]))
    assert probe.argmax(dim=0).tolist() == [0, 1]
    assert (probe[2] < 0).all()


def test_is_the_same_for_the_same_seed() -> None:
    measures = np.random.default_rng(1).normal(0, 1, (20, 4)).astype(np.float32)
    labels = ["clean", "inpainted"] * 10
    judged = []
    for _ in range(2):
        torch.manual_seed(3)
        network = TwoLook(measures=4, traces=SMALL)
        fit_judge(network, measures, labels, ["one"] * 20, JudgeSettings(steps=20))
        judged.append(network.judge(torch.from_numpy(measures)))
    assert torch.equal(judged[0], judged[1])


def test_nothing_of_an_earlier_fit_is_left() -> None:
    measures, labels, sources = made_up(60)
    network = TwoLook(measures=4, traces=SMALL)
    settings = JudgeSettings(steps=30)
    fit_judge(network, measures, labels, sources, settings)
    first = network.judge(torch.from_numpy(measures)).detach()
    turned = [{"clean": "generated", "generated": "clean"}.get(label, label) for label in labels]
    fit_judge(network, measures, turned, sources, settings)
    fit_judge(network, measures, labels, sources, settings)
    assert torch.equal(network.judge(torch.from_numpy(measures)), first)


def test_needs_clean_images() -> None:
    network = TwoLook(measures=4, traces=SMALL)
    with pytest.raises(DataError, match="needs clean"):
        fit_judge(network, np.zeros((2, 4), np.float32), ["inpainted"] * 2, ["a", "b"])


def made_up(count: int) -> tuple[np.ndarray, list[str], list[str]]:
    """Return measures of which one tells a class, the labels, and ten sources."""
    rng = np.random.default_rng(5)
    labels = np.array(["clean", *CLASSES])[np.arange(count) % 3]
    measures = rng.normal(0, 1, (count, 4)).astype(np.float32)
    measures[labels == "inpainted", 1] += 3
    measures[labels == "generated", 2] += 3
    return measures, labels.tolist(), [f"source {number // 3 % 10}" for number in range(count)]


def test_logits_of_a_judge_fitted_anew_are_out_of_fold() -> None:
    measures, labels, sources = made_up(6 * ENOUGH)
    network = TwoLook(measures=4, traces=SMALL)
    settings = JudgeSettings(steps=100)
    logits = refit_judge(network, measures, labels, sources, settings)
    assert logits is not None
    truth = np.array(labels)
    for column, name in enumerate(CLASSES):
        assert (
            logits[truth == name, column].mean() > 1 > 0 > logits[truth == "clean", column].mean()
        )
    with torch.no_grad():
        of_all = network.judge(torch.from_numpy(measures)).numpy()
    assert not np.allclose(of_all, logits, atol=1e-3), "no image was judged by a fit on itself"
    # A source whose labels lie is learnt by heart only by a judge that was fitted on it.
    odd = np.array(sources) == "source 0"
    lying = [
        ("generated" if odd[n] and label == "clean" else label) for n, label in enumerate(labels)
    ]
    again = refit_judge(network, measures, lying, sources, settings)
    assert again is not None
    assert again[odd & (truth == "clean"), 1].mean() < 0


def test_too_few_images_leave_the_judge_alone() -> None:
    measures, labels, sources = made_up(6 * ENOUGH)
    network = TwoLook(measures=4, traces=SMALL)
    before = network.judge(torch.from_numpy(measures)).detach()
    few = 3 * ENOUGH - 3
    assert refit_judge(network, measures[:few], labels[:few], sources[:few]) is None
    assert refit_judge(network, measures, labels, ["one"] * len(labels)) is None
    assert torch.equal(network.judge(torch.from_numpy(measures)), before)


def test_crops_train_the_native_looks_alone() -> None:
    network = TwoLook(measures=4, traces=SMALL)
    network.keep_whole_look()
    trained = {name.split(".")[0] for name, p in network.named_parameters() if p.requires_grad}
    assert trained == {"traces", "content"}
