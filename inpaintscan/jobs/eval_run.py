"""One evaluation, from options to exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any

from inpaintscan.errors import ExitStatus, MissingExtraError, UsageError
from inpaintscan.eval.datasets import TestSet, group_fields, read_clean_set, read_test_set
from inpaintscan.eval.measures.group_metrics import Resampling
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.perturb import Perturbation, parse_perturbations
from inpaintscan.eval.photos import join_photos
from inpaintscan.eval.reports.files import check_report, per_image_csv, write_file, write_report
from inpaintscan.eval.reports.plots import check_plots
from inpaintscan.eval.reports.printing import matrices_to_tsv, print_matrices, print_rows
from inpaintscan.eval.reports.study_plots import draw_figures
from inpaintscan.eval.reports.tables import Matrix, Report, to_matrices, to_tsv
from inpaintscan.eval.rows import Gate, Measured, Model, Row, check_metrics, parse_gate, to_rows
from inpaintscan.eval.study import measure, pool_measured, to_model
from inpaintscan.jobs.eval_options import EvalOptions
from inpaintscan.jobs.messages import Progress, say, unseen
from inpaintscan.jobs.scan_options import ComputingOptions, ScanOptions
from inpaintscan.jobs.scan_settings import ScanSettings, read_settings
from inpaintscan.report.run import read_environment, utc_now
from inpaintscan.weights import DEFAULT_MODEL

MATRIX_METRICS = ("pixel_iou", "pixel_f1", "image_balanced_accuracy", "image_auc")
_SHOWN_ERRORS = 5
_TOLD = (
    "split", "holes", "by", "perturb", "threshold", "fpr", "device", "precision", "resample",
    "bootstrap", "seed",
)  # fmt: skip
"""Options that decide the figures, as reports tell them."""


def run_eval(options: EvalOptions, progress: Progress = unseen) -> ExitStatus:
    """Measure every model on every data set, show and write the figures.

    Raises:
        InpaintscanError: for what the user has to change before anything can be measured.
    """
    started = utc_now()
    shown = check_metrics(options.metric)
    gates = [parse_gate(text) for text in options.minimum]
    perturbations = parse_perturbations(options.perturb or "")
    for path in options.report:
        check_report(path)
    if options.plots is not None:
        check_plots()
    models = read_models(options)
    test_sets = _read_test_sets(options)
    measured = list(_measure_all(models, progress, test_sets, perturbations))
    rows = _rows(options, test_sets, measured)
    matrices = to_matrices(rows, options.metric or MATRIX_METRICS) if options.matrix else []
    show_rows(rows, matrices, shown)
    report = Report(
        rows=rows,
        measured=measured,
        settings=_settings(options),
        started=started,
        finished=utc_now(),
        shown=shown,
        matrices=matrices,
        plots=_plots(options, rows, measured, matrices),
    )
    for path in options.report:
        write_report(path, report)
    if options.per_image is not None:
        write_file(options.per_image, per_image_csv(measured))
    if options.plots is not None:
        for name, content in report.plots.items():
            write_file(options.plots / name, content)
    return _status(rows, measured, gates)


def read_models(options: EvalOptions) -> list[tuple[Model, ScanSettings]]:
    """Return each model and its checked settings; one that shares its name gets its file's."""
    computing = {item.name: getattr(options, item.name) for item in fields(ComputingOptions)}
    given = options.model or (DEFAULT_MODEL,)
    settings = [read_settings(ScanOptions(model=name, **computing)) for name in given]
    names = [one.card.name for one in settings]
    models = []
    for file, one in zip(given, settings, strict=True):
        name = one.card.name if names.count(one.card.name) == 1 else file
        models.append((to_model(one.card, one.model_sha256, name), one))
    return models


def _read_test_sets(options: EvalOptions) -> list[TestSet]:
    paths = options.datasets
    labelled = [
        read_test_set(path, options.split, options.holes, options.allow_outside) for path in paths
    ]
    test_sets = [*labelled, *(read_clean_set(path) for path in options.clean)]
    if not test_sets:
        raise UsageError("nothing to measure on; name a data set, or a folder with --clean")
    joined = iter(join_photos([sample for one in test_sets for sample in one.samples]))
    return [replace(one, samples=tuple(islice(joined, len(one.samples)))) for one in test_sets]


def _measure_all(
    models: Sequence[tuple[Model, ScanSettings]],
    progress: Progress,
    test_sets: Sequence[TestSet],
    perturbations: Sequence[Perturbation],
) -> Iterator[Measured]:
    images = sum(len(one.samples) for one in test_sets)
    total = images * len(models) * (1 + len(perturbations))
    with progress(total) as show:
        done = 0

        def count(_: ImageResult) -> None:
            nonlocal done
            done += 1
            show(done)

        for model, settings in models:
            scanner = settings.open_scanner()
            yield from measure(scanner, model, test_sets, perturbations, count)


def _rows(
    options: EvalOptions, test_sets: Sequence[TestSet], measured: Sequence[Measured]
) -> list[Row]:
    """Return the rows by data set, then model, then perturbation; the pooled ones last."""
    resampling = Resampling(options.resample, options.bootstrap, options.seed)
    wanted: tuple[str, ...] = options.by
    if options.matrix:
        wanted = tuple(dict.fromkeys((*wanted, "kind")))
    rows = []
    for test_set in test_sets:
        own = [one for one in measured if one.dataset == test_set.name]
        rows += to_rows(own, group_fields(test_set, wanted), resampling)
    if options.pool and len(test_sets) > 1:
        rows += to_rows(pool_measured(measured), wanted, resampling)
    return rows


def show_rows(rows: Sequence[Row], matrices: Sequence[Matrix], shown: Sequence[str]) -> None:
    """Print the figures: tables on a terminal, tab-separated lines in a pipe."""
    if not sys.stdout.isatty():
        sys.stdout.write(to_tsv(rows, shown) + matrices_to_tsv(matrices))
        return
    from rich.console import Console

    console = Console(markup=False)  # names may hold brackets
    print_rows(console, rows, shown)
    print_matrices(console, matrices)


def _plots(
    options: EvalOptions,
    rows: Sequence[Row],
    measured: Sequence[Measured],
    matrices: Sequence[Matrix],
) -> dict[str, bytes]:
    """Return the plots by file name, where a folder or a page wants them."""
    wants_page = any(path.suffix.lower() == ".html" for path in options.report)
    if options.plots is None and not wants_page:
        return {}
    try:
        suffixes = (".png",) if options.plots is None else (".png", ".svg")
        return draw_figures(rows, measured, matrices, suffixes)
    except MissingExtraError as error:  # a page is worth having without them
        say(f"no plots in the page; {error}")
        return {}


def _settings(options: EvalOptions) -> dict[str, Any]:
    return {
        "datasets": [path.as_posix() for path in options.datasets],
        "clean": [path.as_posix() for path in options.clean],
        **{name: getattr(options, name) for name in _TOLD},
        "environment": read_environment(),
    }


def _status(rows: Sequence[Row], measured: Sequence[Measured], gates: Sequence[Gate]) -> ExitStatus:
    """Say what went wrong and was missed; an image that could not be measured outranks a miss."""
    errors = [one.error for each in measured for one in each.results if one.error is not None]
    for error in errors[:_SHOWN_ERRORS]:
        say(error)
    if errors:
        say(f"{len(errors):,} images could not be measured and are left out of the figures")
    for one in measured:
        if one.cut_away:
            left = f"{one.cut_away:,} images keep nothing of what was replaced and are left out"
            say(f"{one.dataset}, {one.model.name}, {one.perturbation}: {left}")
    status = gate_status(rows, gates)
    return ExitStatus.ERROR if errors else status


def gate_status(rows: Sequence[Row], gates: Sequence[Gate]) -> ExitStatus:
    """Say which figures that had to be reached were not."""
    missed = [line for gate in gates for line in gate.misses(rows)]
    for line in missed:
        say(line)
    return ExitStatus.FINDINGS if missed else ExitStatus.CLEAN
