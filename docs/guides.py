"""Runs the examples of the guides and rewrites the output that stands below each: `python docs/guides.py [PAGE...]`."""

from __future__ import annotations

import doctest
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.append(str(DOCS.parent / "tests"))  # for the models that stand in


def main() -> None:
    """Rewrites the pages given, or every guide, in place."""
    import guide_models

    every = [DOCS / "getting-started.md", *sorted((DOCS / "guide").glob("*.md"))]
    for page in [Path(given).resolve() for given in sys.argv[1:]] or every:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            given = guide_models.MODELS.get(page.stem, {})
            if given:
                guide_models.write_files()
            page.write_text(rewritten(page.read_text(), dict(given)))


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
