"""SARIF 2.1.0 (OASIS): the findings alone, for code scanning; never one result a clean image.

A result's fingerprint is made of the image's content, so the alert of one image does not pass to
another that takes its place. GitHub wants a text region; an image has none, so all point at the
first character.
"""

from __future__ import annotations

from typing import IO, Any

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.github import finding_message
from inpaintscan.report.record import Written, to_json, to_record
from inpaintscan.report.run import RunHeader, RunSummary
from inpaintscan.report.uri import BASE_ID, to_folder_uri, to_location

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_RULES: dict[str, tuple[str, str]] = {
    "inpainted": (
        "A region was replaced by synthesised content.",
        "A region of an otherwise camera-made image looks replaced by synthesised content.",
    ),
    "generated": (
        "The whole image came out of a generator.",
        "The whole image looks like the output of a generator, or of a pipeline that regenerates "
        "the whole frame.",
    ),
    "unsure": (
        "The score lies between two thresholds, or the method is blind here.",
        "The score lies below the threshold but above the one that flags 5 % of clean images, or "
        "the method is known to be blind on such an image.",
    ),
    "stated": (
        "The file says that it was made by AI or composed with AI.",
        "Content Credentials, the IPTC digital source type or generation parameters in the file "
        "say that AI made it or a part of it, whatever the pixels look like.",
    ),
    "tampered": (
        "The Content Credentials of the file do not hold.",
        "A signature or hash in the Content Credentials does not fit: file or credentials were "
        "changed after signing.",
    ),
}
_HELP = (
    "A score is a lead for a person who looks, not a proof. Look at the image where the boxes in "
    "the message are, have `inpaintscan segment --heatmap` draw the map, and ask for the original. "
    "Findings that were looked at can be made known with `--baseline`."
)
_WORDS_URI = "https://cv.iptc.org/newscodes/digitalsourcetype/"
_HELP_URIS = {
    "inpainted": f"{_WORDS_URI}compositeWithTrainedAlgorithmicMedia",
    "generated": f"{_WORDS_URI}trainedAlgorithmicMedia",
}
"""What the press calls such an image."""
_SEVERITIES = {"unsure": "2.0"}
"""Of 10, as GitHub ranks alerts; what is not listed is of medium severity, 5.0."""
_LEVELS = dict.fromkeys(_RULES, "warning") | {"unsure": "note"}


class SarifWriter(Writer):
    """Streams one run: the tool and its rules, the results, then how the run ended."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._separator = "\n"
        self._errors: list[dict[str, Any]] = []

    def start(self, header: RunHeader) -> None:
        """Write the tool and open the results."""
        super().start(header)
        self._stream.write(f'{{\n"$schema": {to_json(SCHEMA)},\n"version": "2.1.0",\n"runs": [{{\n')
        self._stream.write(f'"tool": {to_json({"driver": _driver(header)})},\n')
        if header.folder:
            bases = {BASE_ID: {"uri": to_folder_uri(header.folder)}}
            self._stream.write(f'"originalUriBaseIds": {to_json(bases)},\n')
        self._stream.write('"results": [')

    def add(self, finding: Finding, written: Written) -> None:
        """Write a result for a finding, remember an error, pass over all else."""
        if finding.verdict == "error":
            text = finding.error or "cannot be read"
            self._errors.append(_notification("error", finding.path, text, self._header.folder))
            return
        for kind in self._header.kinds(finding):
            result = _result(kind, finding, written, self._header.folder)
            self._stream.write(self._separator + to_json(result))
            self._separator = ",\n"

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Close the results and say how the run went."""
        header = self._header.to_dict()
        invocation: dict[str, Any] = {
            "executionSuccessful": complete,
            "startTimeUtc": self._header.started,
            "endTimeUtc": summary.finished,
            "toolExecutionNotifications": self._errors
            + [
                _notification("warning", item.path, item.reason, self._header.folder)
                for item in summary.unread
            ],
        }
        if self._header.folder:
            invocation["workingDirectory"] = {"uri": to_folder_uri(self._header.folder)}
        totals = summary.to_dict(complete=complete)
        names = ("case", "examiner", "model", "threshold", "fail_on", "settings")
        more = {name: header[name] for name in names if header[name] is not None}
        properties = more | {"counts": totals["counts"], "complete": complete}
        self._stream.write(f'\n],\n"invocations": {to_json([invocation])},\n')
        self._stream.write('"columnKind": "unicodeCodePoints",\n"properties": ')
        self._stream.write(f"{to_json(properties)}\n}}]\n}}\n")


def _driver(header: RunHeader) -> dict[str, Any]:
    return {
        "name": "inpaintscan",
        "version": header.version,
        "semanticVersion": header.version,
        "rules": [
            {
                "id": rule,
                "shortDescription": {"text": short},
                "fullDescription": {"text": full},
                "help": {"text": _HELP},
                "helpUri": _HELP_URIS.get(rule, _WORDS_URI),
                "defaultConfiguration": {"level": _LEVELS[rule]},
                "properties": {
                    "tags": ["security", "image", "forensics"],
                    "security-severity": _SEVERITIES.get(rule, "5.0"),
                },
            }
            for rule, (short, full) in _RULES.items()
        ],
    }


def _result(rule: str, finding: Finding, written: Written, folder: str) -> dict[str, Any]:
    record = to_record(finding, written)
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": list(_RULES).index(rule),
        "level": _LEVELS[rule],
        "message": {"text": finding_message(finding)},
        "locations": [_location(finding.path, folder)],
        "partialFingerprints": _fingerprints(rule, finding),
    }
    if finding.known:
        result["suppressions"] = [{"kind": "external", "justification": "known: in the baseline"}]
    left_out = {"path", "verdict", "error", "known"}
    result["properties"] = {name: record[name] for name in record if name not in left_out}
    return result


def _fingerprints(rule: str, finding: Finding) -> dict[str, str]:
    """Return the identity of a result, once more under the one name and form that GitHub reads.

    Without it the upload makes it of the file's first bytes, which many photos share.
    """
    frame = finding.frame or 0
    return {
        "imageSha256/v1": f"{rule}:{finding.sha256}:{frame}",
        "primaryLocationLineHash": f"{str(finding.sha256)[:16]}:{frame + 1}",
    }


def _location(path: str, folder: str) -> dict[str, Any]:
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    return {"physicalLocation": {"artifactLocation": to_location(path, folder), "region": region}}


def _notification(level: str, path: str, text: str, folder: str) -> dict[str, Any]:
    location = {"physicalLocation": {"artifactLocation": to_location(path, folder)}}
    return {"level": level, "message": {"text": text}, "locations": [location]}
