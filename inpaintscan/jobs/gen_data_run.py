"""From the options of `gen-data` to a data set."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.workers import run_batches
from inpaintscan.jobs.gen_data_options import to_settings

if TYPE_CHECKING:
    from inpaintscan.gen_data.data_set import Progress, Runner, Summary
    from inpaintscan.jobs.gen_data_options import GenDataOptions


def run_gen_data(options: GenDataOptions, progress: Progress | None = None) -> Summary:
    """Make the data set that the options ask for, in processes of this machine or on a cluster.

    Raises:
        InpaintscanError: for what the user has to change before it can be made.
    """
    run: Runner = run_batches
    workers = os.cpu_count() or 1
    if options.engine == "ray":
        from inpaintscan.cluster.make_data import run_on_ray

        run, workers = partial(run_on_ray, quiet=options.quiet), 0
    return generate(
        options.source,
        options.output,
        to_settings(options),
        workers=options.workers or workers,
        resume=options.resume,
        progress=progress,
        run=run,
    )
