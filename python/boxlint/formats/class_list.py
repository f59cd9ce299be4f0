"""The names of classes that a caller gives to a reader."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from boxlint._core import CLASS_LIMIT
from boxlint._text import listed
from boxlint.formats.unreadable import text_of
from boxlint.inspection.findings import Finding

__all__ = ["LINE_ENDINGS", "YAML_ENDINGS", "ClassNames", "class_list", "expect_order", "repeated_names"]

# How files of names end: data.yaml; classes.txt and obj.names, which have a name a line.
YAML_ENDINGS, LINE_ENDINGS = (".yaml", ".yml"), (".txt", ".names")

ClassNames = Sequence[str] | Mapping[int, str] | Mapping[str, str]


def class_list(names: Any) -> list[str]:
    """The name of each class id, from a list or from a dict by class id, whose keys may be texts such as "0".

    Raises
    ------
    TypeError
        If names is a single text or no list, or a name is no text.
    ValueError
        If an id is no integer from 0, or has no name.
    """
    if isinstance(names, os.PathLike) or (isinstance(names, str) and names.endswith(YAML_ENDINGS + LINE_ENDINGS)):
        file = os.fspath(names)
        lines, loaded = f"open({file!r}).read().splitlines()", f"yaml.safe_load(open({file!r}))['names']"
        read = loaded if file.endswith(YAML_ENDINGS) else lines
        raise TypeError(f"names is the file {file!r}, expected a list of the names in it: {read}")
    if isinstance(names, (str, bytes)):
        example = [name.strip() for name in names.split(",")] if isinstance(names, str) else [names]
        raise TypeError(f"names is the single text {names!r:.80}, expected a list of names such as {example!r:.80}")
    if isinstance(names, Mapping):
        names = _by_id(names)
    if isinstance(names, (set, frozenset)) or not isinstance(names, Iterable):
        found = type(names).__name__
        raise TypeError(f"names: expected a list, whose order says which class id is which, found {found}")
    in_order = list(names)
    for class_id, name in enumerate(in_order):
        if isinstance(name, bool) or not isinstance(name, (str, int)):
            hint = ": quote it in the YAML file" if isinstance(name, bool) else ""
            raise TypeError(f"names: class {class_id} is {name!r}, expected a text{hint}")
    return [str(name) for name in in_order]


def expect_order(classes: list[str], file: Path) -> None:
    """Raises ValueError if a file lists the same names in another order."""
    try:
        lines = [line.strip() for line in text_of(file).splitlines() if line.strip()]
    except ValueError:
        return
    if lines != classes and sorted(lines) == sorted(classes):
        raise ValueError(f"{file} lists the classes in another order than names: expected names={lines}")


def repeated_names(classes: Sequence[str]) -> Iterator[Finding]:
    """A finding about classes of the same name, but for upper and lower case."""
    uses = Counter(name.casefold() for name in classes)
    same = [(class_id, name) for class_id, name in enumerate(classes) if uses[name.casefold()] > 1]
    if same:
        first = same[0]
        other = next(one for one in same[1:] if one[1].casefold() == first[1].casefold())
        example = f"classes {first[0]} and {other[0]} are {first[1]!r} and {other[1]!r}"
        yield Finding("repeated_name", "classes", len(same), example)


def _by_id(names: Mapping[Any, Any]) -> list[Any]:
    ids: dict[int, Any] = {}
    for key, name in names.items():
        try:
            class_id = int(key)
        except (TypeError, ValueError):
            class_id = -1
        if class_id < 0 or (not isinstance(key, str) and class_id != key):
            raise ValueError(f"names has the key {key!r}, expected class ids from 0")
        if class_id >= CLASS_LIMIT:
            raise ValueError(f"names has the class id {class_id}, expected at most {CLASS_LIMIT - 1}")
        if class_id in ids:
            raise ValueError(f"names has class {class_id} twice")
        ids[class_id] = name
    missing = sorted(set(range(max(ids, default=-1) + 1)) - set(ids))
    if missing:
        raise ValueError(
            f"names has no class {listed(missing, 5)}, expected a name for each class id from 0 to {max(ids)}: "
            "give those that no box has any name"
        )
    return [ids[class_id] for class_id in sorted(ids)]
