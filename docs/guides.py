"""Runs the examples of docs/guide/*.md and rewrites the output that stands below each: `python docs/guides.py`."""

from __future__ import annotations

import doctest
import os
import tempfile
from pathlib import Path
from typing import Any

GUIDES = Path(__file__).with_name("guide")


def main() -> None:
    """Rewrites every guide in place."""
    for page in sorted(GUIDES.resolve().glob("*.md")):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            page.write_text(rewritten(page.read_text()))


def rewritten(text: str) -> str:
    """The page with what its examples print now."""
    parsed = doctest.DocTestParser().parse(text)
    examples = [part for part in parsed if isinstance(part, doctest.Example)]
    said: dict[int, str] = {}

    class Runner(doctest.DocTestRunner):
        def report_success(self, out: Any, test: Any, example: Any, got: str) -> None:
            said[example.lineno] = got

        def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
            said[example.lineno] = got

        def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
            raise exc_info[1]

    Runner().run(doctest.DocTest(examples, {}, "guide", None, 0, text), clear_globs=False)
    lines = text.splitlines(keepends=True)
    for example in reversed(examples):
        start = example.lineno + example.source.count("\n")
        lines[start : start + example.want.count("\n")] = [said[example.lineno]]
    return "".join(lines)


if __name__ == "__main__":
    main()
