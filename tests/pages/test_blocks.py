"""Every block of code of the pages runs, or is listed in not_run.py with the reason why it does not."""

from __future__ import annotations

import re
from pathlib import Path

import not_run
import page_starts
import pytest
from blocks import PAGES, READERS, ROOT, Block, blocks, command_path, commands, indented, name_of, run

from commands import installed

BLOCKS = [block for page in PAGES for block in blocks(page)]
WIDTH = 132
LANGUAGES = {"python", "sh", "console", "diff", "text", *READERS}


def is_listed(block: Block) -> bool:
    return (block.page, block.first_line) in not_run.BLOCKS


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
def test_the_blocks_run_in_order(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", command_path(installed(tmp_path / "bin")))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    names = page_starts.names_for(name_of(page))
    for block in blocks(page):
        if not is_listed(block):
            run(block, names, tuple(not_run.COMMANDS))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_all_code_is_in_blocks_of_a_known_language(page: Path) -> None:
    assert indented(page) == []
    assert [str(block) for block in blocks(page) if block.language not in LANGUAGES] == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name_of)
def test_lines_of_prose_are_not_too_long(page: Path) -> None:
    """Tables, headings and the places that links lead to cannot be broken."""
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in text.splitlines() if not re.match(r"\s*(\||#|<|!\[|\[[^\]]+\]: )", line)]
    assert [line for line in lines if len(line) > WIDTH] == []


def test_text_hides_no_command() -> None:
    hidden = re.compile(r"^(\$ |>>> |boxlint |import |pip |make )", re.MULTILINE)
    assert [str(block) for block in BLOCKS if block.language == "text" and hidden.search(block.text)] == []


def test_nothing_is_listed_that_is_not_there() -> None:
    assert set(not_run.BLOCKS) - {(block.page, block.first_line) for block in BLOCKS} == set()
    written = [command for block in BLOCKS if block.language == "sh" for command in commands(block)]
    assert [start for start in not_run.COMMANDS if not any(one.startswith(start) for one in written)] == []


@pytest.mark.parametrize("block", [block for block in BLOCKS if is_listed(block)], ids=str)
def test_what_is_not_run_is_python_at_least(block: Block) -> None:
    compile(block.text, block.page, "exec")


def test_reasons_name_targets_and_files_that_exist() -> None:
    reasons = " ".join([*not_run.BLOCKS.values(), *not_run.COMMANDS.values()])
    assert {name for name in re.findall(r"tests/[\w/]+\.py", reasons) if not (ROOT / name).is_file()} == set()
    written = [command for block in BLOCKS if block.language == "sh" for command in commands(block)]
    targets = re.findall(r"\bmake ([a-z-]+)", " ".join([*re.findall(r"make test[a-z-]*", reasons), *written]))
    assert set(targets) - set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) == set()


def test_extras_that_are_named_exist() -> None:
    project = READERS["toml"]((ROOT / "pyproject.toml").read_text())["project"]
    named = re.findall(r"'(?:\.|boxlint)?\[([a-z,]+)\]'", " ".join(page.read_text() for page in PAGES))
    assert {extra for some in named for extra in some.split(",")} <= set(project["optional-dependencies"])
    assert named
