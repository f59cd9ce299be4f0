"""Which file of a Rust crate uses names of which other file.

A path such as ``crate::overlaps::PreparedBoxes`` leads to the file that defines the name, however many ``pub use`` it
passes on the way. A file that only declares modules and shows their names (``mod``, ``pub use``) does not depend on
them. Comments, strings and tests within a file (``#[cfg(test)]``) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Segments = tuple[str, ...]

_TEXT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|\bb?r(\#*)".*?"\1|"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^'\\])'""",
    re.DOTALL,
)
_TESTS = re.compile(r"#\[cfg\(test\)\]\s*mod\s+\w+\s*\{")
_INLINE = re.compile(r"\bmod\s+(\w+)\s*\{")
_USE = re.compile(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")
_PATH = re.compile(r"\b(?<!::)(\w+)((?:::\w+)+)")
_DEFINITION = re.compile(r"\b(?:fn|struct|enum|trait|type|const|static|union|macro_rules!)\s+(?:mut\s+)?(\w+)")


@dataclass
class Module:
    """A module: the file it stands in, its code, and the names that ``use`` brings into it."""

    file: Path
    code: str
    names: dict[str, Segments] = field(default_factory=dict)
    globs: list[Segments] = field(default_factory=list)


class Crate:
    """The modules of a crate, by their path within it; the root has the path ``()``.

    Parameters
    ----------
    source:
        Its folder of source files, which holds ``lib.rs``.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.modules: dict[Segments, Module] = {}
        for file in sorted(source.rglob("*.rs")):
            within = file.relative_to(source).with_suffix("").parts
            path = within[:-1] if within[-1] in ("mod", "lib") else within
            self._add(path, file, _without_tests(_TEXT.sub(" ", file.read_text())))
        for path, module in self.modules.items():
            for _, tree in _USE.findall(module.code):
                for segments, name in _expanded(tree):
                    target = self._absolute(path, segments)
                    if target is None:
                        continue
                    if name == "*":
                        module.globs.append(target[:-1])
                    else:
                        module.names[name] = target

    def _add(self, path: Segments, file: Path, code: str) -> None:
        """Adds a module, and those that stand within its code."""
        inline = _INLINE.search(code)
        while inline:
            end = _closing(code, inline.end() - 1)
            self._add((*path, inline[1]), file, code[inline.end() : end])
            code = code[: inline.start()] + code[end + 1 :]
            inline = _INLINE.search(code)
        self.modules[path] = Module(file, code)

    def imports(self) -> dict[str, set[str]]:
        """File -> the other files whose names it uses, as paths below the source folder."""
        found: dict[str, set[str]] = {self._name(module): set() for module in self.modules.values()}
        for path, module in self.modules.items():
            for target in self._used(path, module):
                used = self.modules[self._resolved(target)]
                if used.file != module.file:
                    found[self._name(module)].add(self._name(used))
        return found

    def _name(self, module: Module) -> str:
        return module.file.relative_to(self.source).as_posix()

    def _used(self, path: Segments, module: Module) -> Iterator[Segments]:
        """The paths that a module uses, but for those of its own children that it only shows."""
        for public, tree in _USE.findall(module.code):
            for segments, _ in _expanded(tree):
                target = self._absolute(path, segments)
                if target is not None and not (public and target[: len(path)] == path):
                    yield target
        for first, rest in _PATH.findall(_USE.sub(" ", module.code)):
            target = self._absolute(path, (first, *rest.split("::")[1:]))
            if target is not None:
                yield target

    def _absolute(self, path: Segments, segments: Segments) -> Segments | None:
        """A path written in a module, from the root of the crate; None for names from elsewhere."""
        if segments[0] == "crate":
            return segments[1:]
        if segments[0] == "self":
            return path + segments[1:]
        if segments[0] == "super":
            return self._absolute(path[:-1], ("self", *segments[1:]) if segments[1:2] != ("super",) else segments[1:])
        return path + segments if (*path, segments[0]) in self.modules else None

    def _resolved(self, target: Segments) -> Segments:
        """The module that defines what a path leads to."""
        module: Segments = ()
        for position, name in enumerate(target):
            if (*module, name) in self.modules:
                module = (*module, name)
                continue
            rest = target[position + 1 :]
            here = self.modules[module]
            if name in here.names:
                return self._resolved(here.names[name] + rest)
            if name not in _DEFINITION.findall(here.code):
                for glob in here.globs:
                    shown = self._resolved((*glob, name))
                    if name in _DEFINITION.findall(self.modules[shown].code):
                        return shown
            break
        return module


def _without_tests(code: str) -> str:
    tests = _TESTS.search(code)
    while tests:
        code = code[: tests.start()] + code[_closing(code, tests.end() - 1) + 1 :]
        tests = _TESTS.search(code)
    return code


def _closing(code: str, opening: int) -> int:
    """Where the brace closes that opens at a position."""
    depth = 0
    for position in range(opening, len(code)):
        depth += {"{": 1, "}": -1}.get(code[position], 0)
        if depth == 0:
            return position
    raise ValueError("a brace is never closed")


def _expanded(tree: str) -> Iterator[tuple[Segments, str]]:
    """Each path in the tree of a ``use``, and the name under which it is known there."""
    head, brace, rest = tree.partition("{")
    if not brace:
        path, _, name = (part.strip() for part in tree.partition(" as "))
        segments = tuple(segment.strip() for segment in path.split("::"))
        if segments[-1] == "self" and len(segments) > 1:
            segments = segments[:-1]
        yield segments, name or segments[-1]
        return
    for branch in _branches(rest[: rest.rindex("}")]):
        yield from _expanded(head + branch)


def _branches(text: str) -> Iterator[str]:
    """The parts between the commas that stand in no inner braces."""
    depth, start = 0, 0
    for position, character in enumerate(text + ","):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            if text[start:position].strip():
                yield text[start:position].strip()
            start = position + 1
