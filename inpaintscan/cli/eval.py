"""`inpaintscan eval`: how well models do on labelled data sets."""

from __future__ import annotations

from dataclasses import fields

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus, UsageError
from inpaintscan.jobs.eval_options import EvalOptions, with_eval_options
from inpaintscan.jobs.scan_options import ScanOptions

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
MODELS, QUALITY, FIT = "models", "--quality", "--fit-niqe"
_ONLY = {
    **dict.fromkeys(("quality", "fid", "inception"), (QUALITY,)),
    **dict.fromkeys(("fit_niqe", "output"), (FIT,)),
    **dict.fromkeys(("report", "resample", "bootstrap", "seed", "minimum"), (MODELS, QUALITY)),
}
"""What options are for; all others are for models alone."""
_WRITTEN = {"datasets": "DATASETS", "minimum": "--min"}


@with_eval_options
def command(options: EvalOptions, shared: ScanOptions) -> ExitStatus:
    """Measure models on labelled data: images, boxes, pixels, calibration, robustness."""
    progress = image_progress(shared)
    if options.fit_niqe is not None:
        from inpaintscan.jobs.eval_quality import fit_niqe

        _check_options(options, FIT)
        return fit_niqe(options, shared, progress)
    if options.quality is not None:
        from inpaintscan.jobs.eval_quality import measure_quality

        _check_options(options, QUALITY)
        return measure_quality(options, shared, progress)
    from inpaintscan.jobs.eval_run import run_eval

    _check_options(options, MODELS)
    return run_eval(options, shared, progress)


def _check_options(options: EvalOptions, measured: str) -> None:
    """Refuse an option that would be ignored."""
    for item in fields(options):
        own = _ONLY.get(item.name, (MODELS,))
        if measured not in own and getattr(options, item.name) != item.default:
            name = _WRITTEN.get(item.name, f"--{item.name.replace('_', '-')}")
            raise UsageError(f"{name} is for {' and '.join(own)}, not for {measured}")
