"""`inpaintscan eval`: how well models do on labelled data sets."""

from __future__ import annotations

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus, UsageError
from inpaintscan.jobs.eval_options import FILLS, FIT, MODELS, EvalOptions
from inpaintscan.option import given_options

EPILOG = """\b
Examples:
  inpaintscan eval DATASET
  inpaintscan eval DATASET --model mine.safetensors --model inpaintscan --by method
  inpaintscan eval DATASET --perturb jpeg:50..100,resize:0.5 --plots plots --report figures.html
  inpaintscan eval --clean PHOTOS --min image_auc=0.9 DATASET
  inpaintscan eval --quality DATASET

Decisions use the threshold in each model's file. Figures named `best` are upper bounds: they use
the threshold that is best on the same data. Exit status: 0 done, 1 a --min was missed, 2 an error,
or an image that could not be measured.
"""


def command(options: EvalOptions) -> ExitStatus:
    """Measure models on labelled data: images, boxes, pixels, calibration, robustness."""
    progress = image_progress(options)
    if options.fit_niqe is not None:
        from inpaintscan.jobs.eval_quality import fit_niqe

        _check_options(options, FIT)
        return fit_niqe(options, progress)
    if options.quality is not None:
        from inpaintscan.jobs.eval_quality import measure_quality

        _check_options(options, FILLS)
        return measure_quality(options, progress)
    from inpaintscan.jobs.eval_run import run_eval

    _check_options(options, MODELS)
    return run_eval(options, progress)


def _check_options(options: EvalOptions, measured: str) -> None:
    """Refuse an option that would be ignored."""
    for flag, option in given_options(options).values():
        if option.only and measured not in option.only:
            raise UsageError(f"{flag} is for {' and '.join(option.only)}, not for {measured}")
