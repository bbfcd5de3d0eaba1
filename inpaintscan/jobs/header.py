"""What the reports of a run say of it, before its first image."""

from __future__ import annotations

from typing import Any

from inpaintscan.cluster.uris import shown_uri
from inpaintscan.jobs.scan_settings import ScanSettings
from inpaintscan.report.run import RunHeader, read_environment, working_folder


def to_header(
    command: str,
    settings: ScanSettings,
    resolved: dict[str, Any],
    started: str,
) -> RunHeader:
    """Return the header of a run, from what was asked for and what its scanner `resolved`."""
    options = settings.options
    table = settings.limits()
    limits = table.default
    given = {
        "unsure_thresholds": {name: limit.unsure for name, limit in limits.items()},
        "carrier_thresholds": table.reported_by_carrier(),
        "paths": [shown_uri(path) for path in options.paths],
        "frames": options.frames,
        "threshold": options.threshold,
        "fpr": options.fpr,
        "include": list(options.include),
        "exclude": list(options.exclude),
        "shard": options.shard and "{}/{}".format(*options.shard),
        "trust_list": None if options.trust_list is None else str(options.trust_list),
        "baseline": None if options.baseline is None else str(options.baseline),
    }
    return RunHeader(
        command=command,
        model=settings.card.name,
        model_sha256=settings.model_sha256,
        threshold={name: limit.report for name, limit in limits.items()},
        settings=resolved | given,
        started=started,
        fail_on=options.fail_on,
        environment=read_environment(),
        case=options.case,
        examiner=options.examiner,
        folder=working_folder(),
    )
