"""`inpaintscan eval`: how well models do on labelled data sets."""

from __future__ import annotations

from inpaintscan.cli.eval_options import EvalOptions, with_eval_options
from inpaintscan.cli.options import ScanOptions
from inpaintscan.errors import ExitStatus

EPILOG = """\b
Examples:
  inpaintscan eval DATASET
  inpaintscan eval DATASET --model mine.safetensors --model inpaintscan --by method
  inpaintscan eval DATASET --perturb jpeg:50..100,resize:0.5 --plots plots --report figures.html
  inpaintscan eval --clean PHOTOS --min image_auc=0.9 DATASET
  inpaintscan eval --quality DATASET

Decisions are the model's own, at its shipped threshold; figures named `best` are upper bounds,
chosen on the data they are reported for. Exit status: 0 done, 1 a --min was missed, 2 an error, or
an image that could not be measured.
"""


@with_eval_options
def command(options: EvalOptions, shared: ScanOptions) -> ExitStatus:
    """Measure models on labelled data: images, boxes, pixels, calibration, robustness."""
    if options.fit_niqe is not None or options.quality is not None:
        from inpaintscan.cli.eval_quality import fit_niqe, measure_quality

        if options.fit_niqe is not None:
            return fit_niqe(options, shared)
        return measure_quality(options, shared)
    from inpaintscan.cli.eval_run import run_eval

    return run_eval(options, shared)
