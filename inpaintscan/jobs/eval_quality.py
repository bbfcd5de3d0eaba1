"""`eval --quality` and `eval --fit-niqe`: the quality of fills, from options to exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inpaintscan.errors import DataError, ExitStatus, ImageError, UsageError
from inpaintscan.eval.measures.group_metrics import QUALITY_METRICS, Resampling
from inpaintscan.eval.quality.fid import load_inception
from inpaintscan.eval.quality.fills import measure_fills, quality_rows, read_fills
from inpaintscan.eval.quality.niqe import fit_pristine
from inpaintscan.eval.quality.pristine import read_pristine, write_pristine
from inpaintscan.eval.reports.files import check_report, write_report
from inpaintscan.eval.reports.tables import Report
from inpaintscan.eval.rows import parse_gate
from inpaintscan.images import ImageFile, find_images, read_image
from inpaintscan.jobs.eval_options import EvalOptions
from inpaintscan.jobs.eval_run import gate_status, show_rows
from inpaintscan.jobs.messages import Progress, say, unseen
from inpaintscan.report.run import utc_now

FEW_FOR_FID = 10_000
"""Below so many images its authors advise against FID (Heusel et al. 2017)."""


def measure_quality(options: EvalOptions, progress: Progress = unseen) -> ExitStatus:
    """Measure the fills of a gen-data folder, show and write the figures.

    Raises:
        InpaintscanError: if the folder, NIQE's model or Inception's weights do not serve, or the
            packages for FID are missing.
    """
    started = utc_now()
    folder = options.quality
    if folder is None:
        raise UsageError("--quality needs a folder made by gen-data")
    gates = [parse_gate(text) for text in options.minimum]
    for path in options.report:
        check_report(path)
    samples = read_fills(folder)
    pristine = read_pristine()
    extract = load_inception(options.inception, options.device) if options.fid else None
    if extract is not None and len(samples) < FEW_FOR_FID and not options.quiet:
        say(
            f"FID of few images, here {len(samples):,} and fewer a group, is too high: "
            "compare it only with an FID of as many"
        )
    fills = []
    with progress(len(samples)) as show:
        for fill in measure_fills(samples, pristine, extract):
            fills.append(fill)
            show(len(fills))
    resampling = Resampling(options.resample, options.bootstrap, options.seed)
    rows = quality_rows(folder.as_posix(), fills, resampling)
    show_rows(rows, (), QUALITY_METRICS)
    settings = {"quality": folder.as_posix(), "resample": options.resample,
                "bootstrap": options.bootstrap, "seed": options.seed}  # fmt: skip
    report = Report(rows, (), settings, started, utc_now(), QUALITY_METRICS)
    for path in options.report:
        write_report(path, report)
    return gate_status(rows, gates)


def fit_niqe(options: EvalOptions, progress: Progress = unseen) -> ExitStatus:
    """Fit NIQE's model of pristine photos on a folder.

    Raises:
        InpaintscanError: if there is nothing to fit on or no file to write.
    """
    folder, output = options.fit_niqe, options.output
    if folder is None or output is None:
        raise UsageError("--fit-niqe FOLDER needs --output FILE, such as -o niqe.safetensors")
    if output.suffix != ".safetensors":
        raise UsageError(f"--output {output}: end it in .safetensors")
    files = [item for item in find_images([folder]) if isinstance(item, ImageFile)]
    if not files:
        raise DataError(f"{folder}: no image in this folder")
    with progress(len(files)) as show:
        model = fit_pristine(_pixels([file.path for file in files], show))
    write_pristine(output, model, f"{model.photos} photos of {folder.name}")
    if not options.quiet:
        say(f"{output}: fitted on {model.patches:,} patches of {model.photos:,} photos")
    return ExitStatus.CLEAN


def _pixels(paths: list[Path], show: Callable[[int], object]) -> Iterator[NDArray[np.uint8]]:
    for number, path in enumerate(paths):
        try:
            yield read_image(path).pixels
        except ImageError as error:
            say(f"{error}; left out")
        show(number + 1)
