"""Every function that a Rust crate shows is called in an example of its file: its own, or that of its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

RUST = Path(__file__).parents[1] / "rust"
SHOWN = re.compile(r"^pub use ([^;]+);", re.MULTILINE)
IMPL = re.compile(r"impl(?:<[^>]*>)? (\w+)(?:<.*>)? (?:where|\{)")
FUNCTION = re.compile(r"(    )?pub (?:const )?fn (\w+)")


def shown(source: Path) -> set[str]:
    """The names that others can use: `lib.rs` and the modules that it shows list them."""
    files = [source / "lib.rs", *(source / f"{name}/mod.rs" for name in public_modules(source))]
    return {name for file in files for names in SHOWN.findall(file.read_text()) for name in re.findall(r"\w+", names)}


def public_modules(source: Path) -> list[str]:
    return re.findall(r"^pub mod (\w+);", (source / "lib.rs").read_text(), re.MULTILINE)


def functions(code: str) -> Iterator[tuple[str, str]]:
    """The public functions of a file, each with what has to be shown for others to call it: its type, or itself."""
    owner = ""
    for line in code.splitlines():
        if found := IMPL.match(line):
            owner = found[1]
        elif re.match(r"impl|mod|\}", line):
            owner = ""
        if found := FUNCTION.match(line):
            yield (owner if found[1] else found[2]), found[2]


def examples(code: str) -> str:
    documented = "\n".join(re.findall(r"^\s*//[/!] ?(.*)$", code, re.MULTILINE))
    return "\n".join(re.findall(r"^```\n(.*?)^```", documented, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("crate", ["core", "io"])
def test_every_public_function_is_called_in_an_example(crate: str) -> None:
    source = RUST / crate / "src"
    names = shown(source)
    found, lacking = 0, []
    for file in sorted(source.rglob("*.rs")):
        code = file.read_text()
        called = examples(code)
        for owner, name in functions(code):
            if owner in names:
                found += 1
                if not re.search(rf"\b{name}(?:::<\w+>)?\(|::{name}\b", called):
                    lacking.append(f"{file.relative_to(RUST)}: {owner}::{name}")
    assert lacking == []
    assert found > 30
