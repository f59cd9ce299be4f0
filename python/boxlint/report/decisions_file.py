"""Files of decisions: the format that docs/decisions.md describes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from boxlint._files import atomic_write
from boxlint._json import parsed_json
from boxlint.report.decision import Decision, shown

__all__ = ["Content", "read_file", "write_file"]

_FORMAT = "boxlint decisions"
_VERSION = 1
_FIELDS = ("format", "version", "fingerprint", "decisions")


class Content(NamedTuple):
    """What a file holds."""

    decisions: list[Decision]
    annotations_fingerprint: str
    predictions_fingerprint: str | None


def write_file(
    path: str | os.PathLike[str],
    decisions: Iterable[Decision],
    annotations_fingerprint: str,
    predictions_fingerprint: str | None,
) -> None:
    """Writes decisions, a line each, whole or not at all."""
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "fingerprint": {"annotations": annotations_fingerprint, "predictions": predictions_fingerprint},
    }
    lines = ",\n".join(json.dumps(one.as_record(), ensure_ascii=False) for one in decisions)
    text = f'{json.dumps(head)[:-1]}, "decisions": [\n{lines}\n]}}\n'
    with atomic_write(path) as beside:
        beside.write_bytes(text.encode("utf-8", "surrogatepass"))


def read_file(path: str | os.PathLike[str]) -> Content:
    """What a file holds.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is not as described: names the decision, what was found and what is expected.
    """
    try:
        return _content(parsed_json(Path(path).read_bytes()))
    except ValueError as error:
        raise ValueError(f"{path}: expected decisions as boxlint writes them: {error}") from error


def _content(content: Any) -> Content:
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(f'no "format": "{_FORMAT}"; boxlint import makes them of what a labelling tool exports')
    version = content.get("version")
    if version != _VERSION or isinstance(version, bool):
        newer = isinstance(version, int) and version > _VERSION
        raise ValueError(f"version is {shown(version)}, expected {_VERSION}{', as this boxlint is older' * newer}")
    unknown = next((name for name in content if name not in _FIELDS), None)
    if unknown is not None:
        raise ValueError(f"{shown(unknown)} is not known, expected {', '.join(_FIELDS)}")
    fingerprints = _fingerprints(content.get("fingerprint"))
    records = content.get("decisions")
    if not isinstance(records, list):
        raise ValueError(f"decisions is {shown(records)}, expected a list")
    return Content([_decision(position, record) for position, record in enumerate(records)], *fingerprints)


def _fingerprints(given: Any) -> tuple[str, str | None]:
    """That of the annotations and that of the predictions."""
    both = [given.get(name) for name in ("annotations", "predictions")] if isinstance(given, dict) else [None, None]
    if not all(isinstance(one, str) and re.fullmatch("[0-9a-f]{32}", one) for one in both if one is not None):
        both = [None, None]
    if both[0] is None:
        raise ValueError(f"fingerprint is {shown(given)}, expected 32 hex digits for annotations and for predictions")
    return both[0], both[1]


def _decision(position: int, record: Any) -> Decision:
    try:
        return Decision.from_record(record)
    except ValueError as error:
        raise ValueError(f"decisions[{position}]: {error}") from error
