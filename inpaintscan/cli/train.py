"""`inpaintscan train`: labelled data in, one weights file out."""

from __future__ import annotations

import os
import sys

import typer

from inpaintscan.cli.train_options import TrainOptions, with_train_options
from inpaintscan.errors import ExitStatus

EPILOG = """\b
Examples:
  inpaintscan train SET --task multi --init weights.safetensors -o mine.safetensors
  inpaintscan train REAL_FAKE --task detect --arch resnet50 -o detector.safetensors
  inpaintscan train SET --recipe sideras2023 -o boxes.safetensors
  inpaintscan train SET --task ensemble --member A --member B -o both.safetensors
  torchrun --nproc-per-node 4 -m inpaintscan train SET --task segment -o masks.safetensors
"""


@with_train_options
def command(options: TrainOptions) -> ExitStatus:
    """Train a model, or fine-tune one, on your own data."""
    if options.no_progress:
        os.environ["TQDM_DISABLE"] = "1"
    from inpaintscan.cli.train_run import first_process, run_train, write_plots

    run_dir = options.run_dir or options.output.with_suffix(".run")
    card = run_train(options, run_dir)
    if first_process():
        plots = write_plots(run_dir)
        figures = card.training.get("validation", {})
        shown = ", ".join(
            f"{name} {value:.4g}" for name, value in figures.items() if not name.startswith("minus")
        )
        sys.stderr.write(f"validation: {shown}\n" if shown else "")
        for plot in plots:
            sys.stderr.write(f"plot: {plot}\n")
        typer.echo(options.output)
    return ExitStatus.CLEAN
