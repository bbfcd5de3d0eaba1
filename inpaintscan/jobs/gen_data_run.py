"""The options of `inpaintscan gen-data`, and the data set that they ask for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inpaintscan.gen_data.settings import RUN, WHAT, Settings
from inpaintscan.jobs.messages import say, silent
from inpaintscan.jobs.scan_options import Engine
from inpaintscan.option import option

if TYPE_CHECKING:
    from inpaintscan.gen_data.data_set import Progress, Runner, Summary


@dataclass(frozen=True, kw_only=True)
class PlaceOptions:
    """Of which photos a data set is made, and where it goes."""

    source: Path = option(
        ..., "Arguments", "Folder of photos, with its sub-folders.", "SRC", is_argument=True
    )
    output: Path = option(..., WHAT, "Folder to write the data set to.", "DST", flags="--output -o")


@dataclass(frozen=True, kw_only=True)
class GenDataOptions(Settings, PlaceOptions):
    """The settings of a data set, its places, and how it is made."""

    no_contact_sheet: bool = option(
        False, WHAT, "Write no DST/contact-sheet.jpg, which shows some of what was made."
    )
    workers: int | None = option(None, RUN, "Processes (default: one per core).", "N", least=1)
    engine: Engine = option(
        "local",
        RUN,
        "Use processes of this machine, or a Ray cluster whose machines share SRC and DST "
        "(default local).",
    )
    resume: bool = option(False, RUN, "Continue an interrupted run.")
    quiet: bool = option(False, RUN, "Print only errors on standard error.", flags="--quiet -q")
    verbose: bool = option(False, RUN, "Print tracebacks of internal errors.", flags="--verbose -v")
    no_progress: bool = option(False, RUN, "Show no progress bar.")


def run_gen_data(options: GenDataOptions, progress: Progress | None = None) -> Summary:
    """Make the data set that the options ask for, in processes of this machine or on a cluster.

    Raises:
        InpaintscanError: for what the user has to change before it can be made.
    """
    from inpaintscan.gen_data.data_set import generate
    from inpaintscan.gen_data.workers import run_batches

    run: Runner = run_batches
    workers = os.cpu_count() or 1
    if options.engine == "ray":
        from inpaintscan.cluster.make_data import run_on_ray

        run, workers = partial(run_on_ray, say=silent if options.quiet else say), 0
    return generate(
        options.source,
        options.output,
        options,
        workers=options.workers or workers,
        resume=options.resume,
        progress=progress,
        run=run,
        sheet=not options.no_contact_sheet,
    )
