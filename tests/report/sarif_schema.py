"""What SARIF 2.1.0 (OASIS, 2020) asks of the parts that are written here, as a JSON schema.

Objects are closed, so a misspelt property fails; property bags are open, as in the standard. It was
compared, property by property, with the whole SARIF 2.1.0 schema that Microsoft's SARIF Multitool
5.7 ships, and is nowhere laxer; the reports were validated against that one too, and by the tool's
rules for GitHub. `required` holds what the standard and GitHub's code scanning require.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
POSITION = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
UTC = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
BAG = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": TEXT, "uniqueItems": True}},
}


def closed(required: list[str], **properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties | {"properties": BAG},
        "additionalProperties": False,
    }


def array(items: dict[str, Any], *, least: int = 0, unique: bool = False) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "uniqueItems": unique}


MESSAGE = closed(["text"], text=TEXT, markdown=TEXT)
REGION = closed(
    ["startLine", "startColumn", "endLine", "endColumn"],
    startLine=POSITION,
    startColumn=POSITION,
    endLine=POSITION,
    endColumn=POSITION,
)
ARTIFACT = closed(["uri"], uri={"type": "string", "pattern": r"^[!#-\[\]_a-z~%]+$"}, uriBaseId=TEXT)
FOLDER = closed(["uri"], uri={"type": "string", "pattern": "^file:///.*/$"})
LOCATION = closed(
    ["physicalLocation"],
    physicalLocation=closed(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION),
)
RULE = closed(
    ["id", "shortDescription", "fullDescription", "help"],
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    helpUri={"type": "string", "pattern": "^https://"},
    defaultConfiguration=closed([], level=LEVEL, enabled={"type": "boolean"}),
)
DRIVER = closed(
    ["name", "rules"],
    name=TEXT,
    version=TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules=array(RULE, unique=True),
)
FINGERPRINTS = {
    "type": "object",
    "required": ["primaryLocationLineHash"],
    "properties": {"primaryLocationLineHash": {"type": "string", "pattern": "^[0-9a-f]{16}:[1-9]"}},
    "additionalProperties": TEXT,
}
RESULT = closed(
    ["ruleId", "message", "locations", "partialFingerprints"],
    ruleId=TEXT,
    ruleIndex=COUNT,
    level=LEVEL,
    message=MESSAGE,
    locations=array(LOCATION, least=1),
    partialFingerprints=FINGERPRINTS,
    suppressions=array(
        closed(["kind"], kind={"enum": ["inSource", "external"]}, justification=TEXT), unique=True
    ),
)
NOTIFICATION = closed(
    ["message"], message=MESSAGE, level=LEVEL, locations=array(LOCATION, unique=True)
)
INVOCATION = closed(
    ["executionSuccessful"],
    executionSuccessful={"type": "boolean"},
    startTimeUtc=UTC,
    endTimeUtc=UTC,
    toolExecutionNotifications=array(NOTIFICATION),
    workingDirectory=FOLDER,
)
RUN = closed(
    ["tool", "results"],
    tool=closed(["driver"], driver=DRIVER),
    results=array(RESULT),
    originalUriBaseIds={"type": "object", "additionalProperties": FOLDER},
    invocations=array(INVOCATION),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
)
SARIF = closed(
    ["$schema", "version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs=array(RUN),
)
