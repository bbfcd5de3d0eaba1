"""Several models on several data sets, each as it is and under each perturbation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from inpaintscan.eval.datasets import TestSet
from inpaintscan.eval.evaluate import evaluate
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.perturb import Perturbation
from inpaintscan.eval.rows import Measured, Model
from inpaintscan.scan import Scanner
from inpaintscan.weights import Card

POOLED = "all data sets"


def to_model(card: Card, sha256: str, name: str) -> Model:
    """Return a model as reports name it, with the kind it was trained on if its card says."""
    trained_on = card.training.get("kinds") or card.training.get("kind") or ""
    if isinstance(trained_on, list | tuple):
        trained_on = "+".join(map(str, trained_on))
    return Model(name, sha256, str(trained_on))


def measure(
    scanner: Scanner,
    model: Model,
    test_sets: Sequence[TestSet],
    perturbations: Sequence[Perturbation] = (),
    on_image: Callable[[ImageResult], None] = lambda _: None,
) -> Iterator[Measured]:
    """Yield one model's results on each data set, first unchanged, then perturbed."""
    for test_set in test_sets:
        for perturbation in (None, *perturbations):
            results = []
            for result in evaluate(scanner, test_set.samples, perturbation):
                results.append(result)
                on_image(result)
            label = "" if perturbation is None else perturbation.label
            kept = tuple(result for result in results if not result.cut_away)
            yield Measured(model, test_set.name, kept, label, len(results) - len(kept))


def pool_measured(measured: Sequence[Measured]) -> list[Measured]:
    """Return, for each model and perturbation, the results of all data sets as one."""
    merged: dict[tuple[Model, str], list[ImageResult]] = {}
    for one in measured:
        merged.setdefault((one.model, one.perturbation), []).extend(one.results)
    return [
        Measured(model, POOLED, tuple(results), perturbation)
        for (model, perturbation), results in merged.items()
    ]
