"""The rows of `boxlint check` as SARIF 2.1.0, which code scanning services show and track."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from boxlint._core import EXPLANATIONS, VERSION
from boxlint._kinds import Kind
from boxlint._text import in_address
from boxlint.cli.places import Place, Places
from boxlint.formats.source import Source
from boxlint.report.issue import Issue, change_of_class, image_of
from boxlint.report.issues import LIKELY
from boxlint.report.report import Report
from boxlint.report.summary import WORTH_A_LOOK

__all__ = ["write_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def write_sarif(report: Report, source: Source, path: Path) -> None:
    """Writes a log of one run: a rule for each kind, with the text of `boxlint explain`, and a result for each row.

    All results at once would take a gigabyte for 500,000 rows, and minutes in which Python collects garbage.
    """
    run = {
        "tool": {
            "driver": {"name": "boxlint", "semanticVersion": VERSION, "rules": [_rule(kind) for kind in report.kinds]}
        },
        "columnKind": "unicodeCodePoints",
        "properties": {"fingerprint": report.fingerprint._asdict(), "minSuspicion": report.min_suspicion},
        "results": [],
    }
    end = "]}]}"
    head = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}).removesuffix(end)
    places = Places(source)
    with path.open("w", encoding="utf-8") as out:
        out.write(head)
        for number, issue in enumerate(report):
            result = json.dumps(_result(issue, report.kinds.index(issue.kind), places.of(issue)))
            out.write(f", {result}" if number else result)
        out.write(end)


def _rule(kind: Kind) -> dict[str, Any]:
    text = EXPLANATIONS[kind]
    # The first paragraph under the first heading says what it is.
    paragraph = " ".join(text.split("\n\n")[2].split())
    return {
        "id": kind,
        "shortDescription": {"text": paragraph.partition(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": paragraph},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": "warning"},
    }


def _result(issue: Issue, rule: int, place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(place.path), "region": {"startLine": place.line}}
    }
    if issue.image_name is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": issue.image_name, "kind": "image"}]
    return {
        "ruleId": issue.kind,
        "ruleIndex": rule,
        "level": _level(issue.suspicion),
        "rank": round(100 * issue.suspicion, 2),
        "message": {"text": f"{image_of(issue)}: {change_of_class(issue)}: {issue.reason}."},
        "locations": [location],
        # GitHub knows a result again by the first key alone.
        "partialFingerprints": {"primaryLocationLineHash": f"{issue.issue_id}:1", "issueId/v1": issue.issue_id},
        "properties": {name: value for name, value in issue._asdict().items() if value is not None},
    }


def _artifact(path: str) -> dict[str, str]:
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": in_address(path), "uriBaseId": "%SRCROOT%"}


def _level(suspicion: float) -> str:
    if suspicion >= LIKELY:
        return "error"
    return "warning" if suspicion >= WORTH_A_LOOK else "note"
