"""The code blocks of the pages, and how each language is run."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, and what it holds."""

    page: str
    line: int
    language: str
    text: str

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0].strip()

    def __str__(self) -> str:
        return f"{self.page}, line {self.line}: {self.first_line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text()
    found = re.finditer(r"^( *)```(\S*)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [
        Block(name_of(page), text.count("\n", 0, one.start(3)) + 1, one[2], textwrap.dedent(one[3])) for one in found
    ]


def indented(page: Path) -> list[str]:
    """Lines of code without a fence, which nothing would run: four spaces in, after an empty line, outside of lists."""
    without = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\n\n    (\S.*)", without)


def commands(block: Block) -> Iterator[str]:
    """The commands of a block of a shell, without their comments."""
    lines = block.text.replace("\\\n", "").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    for line in lines:
        if command := line.partition(" # ")[0].strip():
            yield command


def run_python(block: Block, names: dict[str, Any], compared: bool = True) -> None:
    """Runs a block with the names of those before it, to which its own are added; compares what examples print."""
    if block.text.startswith(">>>") and not compared:
        for example in doctest.DocTestParser().get_examples(block.text):
            exec(compile("\n" * (block.line - 1 + example.lineno) + example.source, block.page, "exec"), names)
    elif block.text.startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(block.text, {}, block.page, block.page, block.line - 1)
        test.globs = names
        said: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
        assert runner.run(test, out=said.append, clear_globs=False).failed == 0, "".join(said)
    else:
        exec(compile("\n" * (block.line - 1) + block.text, block.page, "exec"), names)


def run_command(command: str) -> str:
    """What a command prints in the current folder. 1 is how a gate says no; no other code but 0 is fine."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    allowed = {0, 1} if "--fail-over" in command else {0}
    assert done.returncode in allowed, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def refuse_unless_shown(block: Block, printed: str) -> None:
    """Compares the output in a block of a console, in which `...` stands for lines that are left out."""
    lines = iter(printed.splitlines())
    for line in block.text.splitlines():
        shown = line.rstrip()
        assert shown == "..." or shown.startswith("$ ") or shown in lines, shown


def added(block: Block) -> Block:
    """The lines that a diff adds, as Python."""
    lines = [line[1:] for line in block.text.splitlines() if line.startswith("+")]
    return Block(block.page, block.line, "python", "\n".join(lines))


# Data, which is read.
READERS: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}


def run(block: Block, names: dict[str, Any], left_out: tuple[str, ...], compared: bool = True) -> None:
    """Runs or reads a block, without the commands that begin as in `left_out`; output is compared with the page's."""
    if block.language == "python":
        run_python(block, names, compared)
    elif block.language == "diff":
        run_python(added(block), names)
    elif block.language in ("sh", "console"):
        printed = [run_command(one) for one in commands(block) if not one.startswith(left_out)]
        if block.language == "console":
            refuse_unless_shown(block, "".join(printed))
    elif block.language != "text":
        READERS[block.language](block.text)


def command_path(folder: Path) -> str:
    """PATH, with a folder first."""
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
