"""Finds label errors in object-detection data sets.

Given the annotated boxes and a detector's predicted boxes, boxlint says which images and boxes are probably wrong.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any
from warnings import warn as _warn

from boxlint._core import DEBUG_BUILD as _DEBUG_BUILD

if _TYPE_CHECKING:
    from boxlint._public import *  # noqa: F403


# Importing numpy and all of the package takes a fifth of a second, which `boxlint --version` must not wait for.
def __getattr__(name: str) -> _Any:
    public = vars(_import_module("boxlint._public"))
    if name != "__all__" and name not in public["__all__"]:
        raise AttributeError(f"module 'boxlint' has no attribute {name!r}")
    globals().update({given: public[given] for given in (*public["__all__"], "__all__")})
    return public[name]


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))


if _DEBUG_BUILD:
    _warn("boxlint is a debug build, many times slower than a release build", RuntimeWarning, stacklevel=2)
