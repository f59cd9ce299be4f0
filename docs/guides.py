"""Runs the examples of the guides and rewrites the output that stands below each: `python docs/guides.py [PAGE...]`."""

from __future__ import annotations

import doctest
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path += [str(DOCS.parent / "tests"), str(DOCS.parent / "tests" / "pages")]  # for what a page starts from


def main() -> None:
    """Rewrites the pages given, or every guide, in place."""
    import page_starts

    every = [DOCS / "getting-started.md", *sorted((DOCS / "guide").glob("*.md"))]
    for page in [Path(given).resolve() for given in sys.argv[1:]] or every:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            given = page_starts.names_for(page.relative_to(DOCS.parent).as_posix())
            page.write_text(rewritten(page.read_text(), given))


def rewritten(text: str, given: dict[str, Any]) -> str:
    """The page with what its examples print now, where those names are given to them."""
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

    Runner().run(doctest.DocTest(examples, given, "guide", None, 0, text), clear_globs=False)
    lines = text.splitlines(keepends=True)
    for example in reversed(examples):
        start = example.lineno + example.source.count("\n")
        lines[start : start + example.want.count("\n")] = [said[example.lineno]]
    return "".join(lines)


if __name__ == "__main__":
    main()
