"""`detect --merge`: the reports of shards as one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inpaintscan.cli.baseline import read_known, read_report
from inpaintscan.cli.inputs import read_paths
from inpaintscan.cli.reports import Reports
from inpaintscan.cli.settings import read_fail_on, read_shard
from inpaintscan.cli.summary import exit_status, say, totals_text
from inpaintscan.errors import DataError, ExitStatus, UsageError
from inpaintscan.report.record import from_record
from inpaintscan.report.run import RunHeader, Unread, finding_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inpaintscan.cli.options import ScanOptions

_PART_OF_SETTINGS = ("shard", "paths")
"""Settings that may differ between the parts."""


def merge_reports(options: ScanOptions, more_reports: Sequence[Path] = ()) -> ExitStatus:
    """Write the reports of `options` from the records of the reports that its paths name.

    Records are sorted as a scan of the whole folder would have found them.

    Raises:
        UsageError: if the reports do not belong together.
    """
    from dataclasses import replace

    names = read_paths(options)
    fail_on = read_fail_on(options.fail_on)
    known = read_known(options.baseline, fail_on)
    parts = [(name, *read_report(Path(name))) for name in names]
    if not parts:
        raise UsageError("--merge: no reports")
    header = _merged_header(parts, fail_on)
    records = _merged_records(parts)
    reports = Reports(
        [*(options.report or ()), *more_reports], options.format and options.format.value
    )
    missing = _missing_shards(header.settings["merged"])
    complete = not missing and all(part.get("complete") is True for _, part, _ in parts)
    reports.start(header)
    for record in records:
        finding, written = from_record(record)
        if set(finding_kinds(finding)) & set(fail_on) and finding.sha256 in known:
            finding = replace(finding, known=True)
        reports.add(finding, written)
    reports.summary.unread = _merged_unread([part for _, part, _ in parts])
    reports.summary.skipped = max(part["counts"]["skipped"] for _, part, _ in parts)
    finished = max(part["finished"] for _, part, _ in parts)
    reports.finish(complete=complete, finished=finished)
    if not options.quiet:
        say(f"{totals_text(reports.summary)}, from {len(parts)} reports")
        if missing:
            say(f"no report of shard {', '.join(missing)}: the merged one is partial")
        elif not complete:
            say("one of the reports is of an interrupted scan: the merged one is partial too")
    if not complete:
        return ExitStatus.ERROR
    return exit_status(reports.summary, exit_zero=options.exit_zero)


def _merged_header(
    parts: Sequence[tuple[str, dict[str, Any], list[dict[str, Any]]]], fail_on: tuple[str, ...]
) -> RunHeader:
    """Return the header that all parts share.

    Raises:
        UsageError: if they differ in what decides a record.
    """
    first_name, first, _ = parts[0]
    for name, part, _ in parts[1:]:
        for field in ("version", "model", "threshold"):
            if part.get(field) != first.get(field):
                raise UsageError(f"{name}: made with another {field} than {first_name}")
        if _comparable(part) != _comparable(first):
            raise UsageError(f"{name}: made with other settings than {first_name}")
    try:
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
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{first_name}: a report without {error}") from error


def _merged_unread(headers: Sequence[dict[str, Any]]) -> list[Unread]:
    """Return the pictures that were passed over, each once: every shard lists them all.

    Raises:
        UsageError: if one is no such entry.
    """
    try:
        found = [
            Unread(str(item["path"]), str(item["reason"]))
            for header in headers
            for item in header.get("skipped", [])
        ]
    except (KeyError, TypeError) as error:
        raise UsageError(f"--merge: not a report of inpaintscan ({error})") from error
    return list(dict.fromkeys(found))


def _missing_shards(given: Sequence[str | None]) -> list[str]:
    """Return which of the N parts of a scan have no report, as `I/N`."""
    shards = {read_shard(text) for text in given if text is not None}
    counts = sorted({shard[1] for shard in shards if shard is not None})
    whole = [(part, count) for count in counts for part in range(1, count + 1)]
    return [f"{part}/{count}" for part, count in whole if (part, count) not in shards]


def _comparable(header: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = header.get("settings", {})
    return {name: value for name, value in settings.items() if name not in _PART_OF_SETTINGS}


def _merged_records(
    parts: Sequence[tuple[str, dict[str, Any], list[dict[str, Any]]]],
) -> list[dict[str, Any]]:
    """Return all records in the order of their paths.

    Raises:
        UsageError: if two parts hold the same image, or a record is none.
    """
    merged: list[dict[str, Any]] = []
    owners: dict[str, int] = {}
    for number, (name, _, records) in enumerate(parts):
        for record in records:
            try:
                from_record(record)
            except DataError as error:
                raise UsageError(f"{name}: {error}") from error
            owner = owners.setdefault(record["path"], number)
            if owner != number:
                raise UsageError(f"{name}: {record['path']} is in {parts[owner][0]} too")
            merged.append(record)
    return sorted(merged, key=lambda record: record["path"].split("/"))
