"""The kinds of error that `boxlint.check` tells apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from boxlint._arguments import as_list

__all__ = ["BADLOC", "DUPLICATE", "KINDS", "MISSING", "SPURIOUS", "SWAP", "Kind", "kinds_of"]

#: An object without annotation, a wrong class, a badly placed box, an annotation where nothing is, and a second
#: annotation of an object.
Kind = Literal["missing", "swap", "badloc", "spurious", "duplicate"]

KINDS: tuple[Kind, ...] = get_args(Kind)
# Their numbers in the engine, which has them in the same order.
MISSING, SWAP, BADLOC, SPURIOUS, DUPLICATE = range(len(KINDS))


def kinds_of(kinds: str | Iterable[str], argument: str = "kinds") -> tuple[Kind, ...]:
    """The kinds given, one or several, in the order of `KINDS`.

    Raises
    ------
    ValueError
        If one is unknown.
    TypeError
        If these are no texts.
    """
    wanted = [kinds] if isinstance(kinds, str) else as_list(argument, kinds, "one kind or several")
    unknown = [kind for kind in wanted if kind not in KINDS]
    if unknown:
        raise ValueError(f"{argument}: unknown kind {unknown[0]!r}, expected some of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in wanted)
