"""Parsing JSON that Python can hold whole."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["parsed_json"]


def parsed_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises
    ------
    ValueError
        If it is no JSON, or nested too deeply.

    >>> parsed_json('{"a": [1]}')
    {'a': [1]}
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("lists or objects are nested too deeply") from error
