"""`inpaintscan train`: labelled data in, one weights file out."""

from __future__ import annotations

import os
import sys

import typer

from inpaintscan.cli.train_options import TrainOptions, with_train_options
from inpaintscan.errors import ExitStatus

EPILOG = (
    "Start it under torchrun for several GPUs or machines. Examples: inpaintscan train MY_SET "
    "--task multi --init weights.safetensors -o mine.safetensors; inpaintscan train SET --recipe "
    "sideras2023 -o boxes.safetensors; inpaintscan train SET --task ensemble "
    "--member a.safetensors --member b.safetensors --stacker forest -o both.safetensors"
)


@with_train_options
def command(options: TrainOptions) -> ExitStatus:
    """Train a model, or fine-tune one, on your own data."""
    if options.no_progress:
        os.environ["TQDM_DISABLE"] = "1"
    from inpaintscan.cli.train_run import run_train, write_plots

    run_dir = options.run_dir or options.output.with_suffix(".run")
    card = run_train(options, run_dir)
    if int(os.environ.get("RANK", "0")) == 0:
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
