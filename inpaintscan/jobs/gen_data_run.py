"""The options of `inpaintscan gen-data`, and the data set that they ask for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from inpaintscan.gen_data.settings import RUN, WHAT, Settings
from inpaintscan.jobs.scan_options import Engine
from inpaintscan.option import Option

if TYPE_CHECKING:
    from inpaintscan.gen_data.data_set import Progress, Runner, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class GenDataOptions(Settings):
    """The settings of a data set, of which photos it is made, and how."""

    source: Annotated[
        Path,
        Option("Arguments", "Folder of photos, with its sub-folders.", "SRC", is_argument=True),
    ]
    output: Annotated[
        Path, Option(WHAT, "Folder to write the data set to.", "DST", flags="--output -o")
    ]
    workers: Annotated[
        int | None, Option(RUN, "Processes (default: one per core).", "N", least=1)
    ] = None
    engine: Annotated[
        Engine,
        Option(
            RUN,
            "Use processes of this machine, or a Ray cluster whose machines share SRC and DST "
            "(default local).",
        ),
    ] = "local"
    resume: Annotated[bool, Option(RUN, "Continue an interrupted run.")] = False
    quiet: Annotated[
        bool, Option(RUN, "Print only errors on standard error.", flags="--quiet -q")
    ] = False
    verbose: Annotated[
        bool, Option(RUN, "Print tracebacks of internal errors.", flags="--verbose -v")
    ] = False
    no_progress: Annotated[bool, Option(RUN, "Show no progress bar.")] = False


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

        run, workers = partial(run_on_ray, quiet=options.quiet), 0
    return generate(
        options.source,
        options.output,
        options,
        workers=options.workers or workers,
        resume=options.resume,
        progress=progress,
        run=run,
    )
