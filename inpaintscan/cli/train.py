"""`inpaintscan train`: labelled data in, one weights file out."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from inpaintscan.errors import ExitStatus, MissingExtraError
from inpaintscan.jobs.messages import say, tell
from inpaintscan.jobs.train_options import TrainOptions

EPILOG = """\b
Examples:
  inpaintscan train SET --task multi --init weights.safetensors -o mine.safetensors
  inpaintscan train REAL_FAKE --task detect --arch resnet50 -o detector.safetensors
  inpaintscan train SET --recipe sideras2023 -o boxes.safetensors
  inpaintscan train SET --task ensemble --member A --member B -o both.safetensors
  torchrun --nproc-per-node 4 -m inpaintscan train SET --task segment -o masks.safetensors
"""


def command(options: TrainOptions) -> ExitStatus:
    """Train a model, or fine-tune one, on your own data."""
    if options.no_progress or options.quiet:
        os.environ["TQDM_DISABLE"] = "1"
    from inpaintscan.device import auto_device
    from inpaintscan.jobs.train_run import first_process, run_train, write_plots

    run_dir = options.run_dir or options.output.with_suffix(".run")
    try:
        with auto_device(options.device), _validations_shown(options):
            card = run_train(options, run_dir)
    except KeyboardInterrupt:
        if first_process():
            say(_how_to_go_on(run_dir))
        return ExitStatus.INTERRUPTED
    if first_process():
        try:
            plots = write_plots(run_dir)
        except MissingExtraError as error:
            plots = []
            if not options.quiet:
                tell(str(error))
        figures = card.training.get("validation", {})
        shown = ", ".join(
            f"{name} {value:.4g}" for name, value in figures.items() if not name.startswith("minus")
        )
        if not options.quiet:
            if shown:
                tell(f"validation: {shown}")
            for plot in plots:
                tell(f"plot: {plot}")
        typer.echo(options.output)
    return ExitStatus.CLEAN


@contextmanager
def _validations_shown(options: TrainOptions) -> Iterator[None]:
    """Show a line for each validation where no bar shows it: in a pipe, a log, a batch job."""
    logger = logging.getLogger("inpaintscan.train")
    shown = not options.quiet and (options.no_progress or not sys.stderr.isatty())
    before = logger.level
    handler = _Lines()
    if shown:
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _Lines(logging.Handler):
    """Writes what is logged as lines of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        say(record.getMessage())


def _how_to_go_on(run_dir: Path) -> str:
    if (run_dir / "checkpoint.safetensors").exists():
        return "interrupted; the same command with --resume goes on from the last validation"
    return "interrupted before the first validation; start the same command again"
