"""Parsing JSON that Python can hold whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

__all__ = ["parsed_json"]


def parsed_json(text: str | bytes, of_object: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """The value of a JSON text; ``of_object`` makes something else of each object, the inner ones first.

    Raises
    ------
    ValueError
        If it is no JSON, or nested too deeply.

    >>> parsed_json('{"a": [1]}')
    {'a': [1]}
    """
    try:
        return json.loads(text, object_hook=of_object or _as_it_is)
    except RecursionError as error:
        raise ValueError("lists or objects are nested too deeply") from error


def _as_it_is(record: dict[str, Any]) -> dict[str, Any]:
    """Here code of Python runs, so that signals are heard: the parser alone would keep Ctrl-C waiting until its end."""
    return record
