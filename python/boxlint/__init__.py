"""Finds label errors in object-detection data sets.

Given the annotated boxes and a detector's predicted boxes, boxlint says which images and boxes are probably wrong.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from boxlint._public import *  # noqa: F403


# Importing numpy and all of the package takes a fifth of a second, which `boxlint --version` must not wait for. Nothing
# of it is imported here, so that the command can end silently if it is interrupted meanwhile.
def __getattr__(name: str) -> _Any:
    public = vars(_import_module("boxlint._public"))
    if name != "__all__" and name not in public["__all__"]:
        raise AttributeError(f"module 'boxlint' has no attribute {name!r}")
    globals().update({given: public[given] for given in (*public["__all__"], "__all__")})
    return public[name]


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
