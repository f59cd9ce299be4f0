"""Tables of bad inputs, each with the exception that it must meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def table(*rows: tuple[str, Any, str]) -> list[Any]:
    """Parameters of a test: each row is a sentence that names it, the bad input, and the refusal."""
    return [pytest.param(bad, refusal, id=sentence) for sentence, bad, refusal in rows]


def assert_refused(call: Callable[[], object], refusal: str) -> None:
    """The call raises exactly this type with this message."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - compared in full below
        call()
    assert f"{type(caught.value).__name__}: {caught.value}" == refusal
