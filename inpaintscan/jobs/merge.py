"""`detect --merge`: the reports of shards as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from inpaintscan.errors import ExitStatus, ImageError, UsageError
from inpaintscan.findings import Finding
from inpaintscan.images import read_content
from inpaintscan.images.rules import ALREADY_READ
from inpaintscan.jobs.baseline import read_known, read_report
from inpaintscan.jobs.inputs import read_paths
from inpaintscan.jobs.messages import exit_status, say, totals_text
from inpaintscan.jobs.reports import Reports
from inpaintscan.jobs.scan_options import ScanOptions, read_shard
from inpaintscan.report.record import from_record
from inpaintscan.report.run import RunHeader, Unread, finding_kinds, working_folder
from inpaintscan.report.words import limits_text

_PART_OF_SETTINGS = ("shard", "paths")
"""Settings that may differ between the parts."""
_GIVEN = {
    "frames", "threshold", "fpr", "max_pixels", "strict", "include", "exclude",
    "unsure_thresholds", "carrier_thresholds",
}  # fmt: skip
"""Settings that a part has even where it held no image, so that no scanner resolved the others."""
_NAMED_SHARDS = 10
Part = tuple[str, dict[str, Any], list[dict[str, Any]]]
"""The name of a report, its header and its records."""


def merge_reports(options: ScanOptions, more_reports: Sequence[Path] = ()) -> ExitStatus:
    """Write the reports of `options` from the records of the reports that its paths name.

    Records are sorted as a scan of the whole folder would have found them.

    Raises:
        UsageError: if the reports do not belong together.
    """
    names = read_paths(options)
    known = read_known(options.baseline, options.fail_on)
    parts = [(name, *read_report(Path(name))) for name in names]
    if not parts:
        raise UsageError("--merge: no reports")
    header = replace(
        _merged_header(parts, options.fail_on),
        case=options.case or _shared(parts, "case"),
        examiner=options.examiner or _shared(parts, "examiner"),
        folder=working_folder(),
    )
    records = _merged_records(parts)
    missing = _missing_shards(header.settings["merged"])
    report_paths = [*options.report, *more_reports]
    has_page = any(path.suffix.lower() == ".html" for path in report_paths)
    reports = Reports(report_paths, options.format, options.show)
    complete = not missing and all(part.get("complete") is True for _, part, _ in parts)
    reports.start(header)
    for record in records:
        finding, written = from_record(record)
        if set(finding_kinds(finding)) & set(options.fail_on) and finding.sha256 in known:
            finding = replace(finding, known=True)
        reports.add(_with_content(finding) if has_page else finding, written)
    reports.summary.unread = _merged_unread([part for _, part, _ in parts])
    reports.summary.skipped = max(_skipped(part) for _, part, _ in parts)
    finished = max(part.get("finished", part["started"]) for _, part, _ in parts)
    reports.finish(complete=complete, finished=finished)
    if not options.quiet:
        origin = "1 report" if len(parts) == 1 else f"{len(parts)} reports"
        say(f"{totals_text(reports.summary)}, from {origin}; {limits_text(header)}")
        if missing:
            say(f"no report of shard {', '.join(missing)}: the merged one is partial")
        elif not complete:
            say("one of the reports is of an interrupted scan: the merged one is partial too")
    if not complete or reports.failed:
        return ExitStatus.ERROR
    return exit_status(reports.summary, exit_zero=options.exit_zero)


def _with_content(finding: Finding) -> Finding:
    """Return a finding with its file's bytes, if the file is still the one that was scanned."""
    try:
        content = read_content(Path(finding.path), rules=ALREADY_READ)
    except ImageError:
        return finding
    same = content.sha256 == finding.sha256
    return replace(finding, content=content.data) if same else finding


def _merged_header(parts: Sequence[Part], fail_on: tuple[str, ...]) -> RunHeader:
    """Return the header that all parts share.

    Raises:
        UsageError: if they differ in what decides a record.
    """
    first_name, first, _ = next((part for part in parts if not _scanned_nothing(part)), parts[0])
    for name, part, records in parts:
        for field in ("version", "model", "threshold"):
            if part.get(field) != first.get(field):
                raise UsageError(f"{name}: made with another {field} than {first_name}")
        settings, others = _comparable(part), _comparable(first)
        if _scanned_nothing((name, part, records)):
            shared = settings.keys() & others.keys() & _GIVEN
            settings, others = ({key: one[key] for key in shared} for one in (settings, others))
        if settings != others:
            raise UsageError(f"{name}: made with other settings than {first_name}")
    shards = [part["settings"].get("shard") for _, part, _ in parts]
    return RunHeader(
        command=first["command"],
        model=first["model"]["name"],
        model_sha256=first["model"]["sha256"],
        threshold=first["threshold"],
        settings=first["settings"] | {"shard": None, "merged": shards},
        started=min(part["started"] for _, part, _ in parts),
        fail_on=fail_on,
        version=first["version"],
        environment=first["environment"],
    )


def _scanned_nothing(part: Part) -> bool:
    """Tell whether a part held no image, so that its settings are those that were given alone."""
    _, header, records = part
    unresolved = "model_sha256" in header.get("settings", {})  # what was asked for, no more
    return unresolved and all(record.get("verdict") == "error" for record in records)


def _skipped(part: dict[str, Any]) -> int:
    counts: dict[str, int] = part.get("counts", {"skipped": 0})  # none: cut off before its end
    return counts["skipped"]


def _shared(parts: Sequence[Part], field: str) -> str | None:
    """Return the texts of a header field, each once, or None where no part has any."""
    texts = dict.fromkeys(part.get(field) for _, part, _ in parts)
    return ", ".join(str(text) for text in texts if text) or None


def _merged_unread(headers: Sequence[dict[str, Any]]) -> list[Unread]:
    """Return the pictures that were passed over, each once: every shard lists them all."""
    found = (
        Unread(item["path"], item["reason"])
        for header in headers
        for item in header.get("skipped", ())  # none: cut off before its end
    )
    return list(dict.fromkeys(found))


def _missing_shards(given: Sequence[str | None]) -> list[str]:
    """Return which of the N parts of a scan have no report, as `I/N`."""
    shards = {read_shard(text) for text in given if text is not None}
    missing = []
    for count in sorted({shard[1] for shard in shards if shard is not None}):
        absent = (part for part in range(1, count + 1) if (part, count) not in shards)
        missing += [f"{part}/{count}" for part in islice(absent, _NAMED_SHARDS + 1)]
    if len(missing) > _NAMED_SHARDS:
        return [*missing[:_NAMED_SHARDS], "and more"]
    return missing


def _comparable(header: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = header.get("settings", {})
    return {name: value for name, value in settings.items() if name not in _PART_OF_SETTINGS}


def _merged_records(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return all records in the order of their paths.

    Raises:
        UsageError: if two parts hold the same image.
    """
    merged: list[dict[str, Any]] = []
    owners: dict[str, int] = {}
    for number, (name, _, records) in enumerate(parts):
        for record in records:
            owner = owners.setdefault(record["path"], number)
            if owner != number:
                raise UsageError(f"{name}: {record['path']} is in {parts[owner][0]} too")
            merged.append(record)
    return sorted(merged, key=lambda record: record["path"].split("/"))
