"""What mkdocs needs beside the pages in this folder: pages of other files and of the code, links out of the folder."""

from __future__ import annotations

import ast
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from boxlint._core import EXPLANATIONS
from boxlint.cli.sentences import SENTENCES

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "https://github.com/OWNER/boxlint/blob/main/"  # OWNER as in ci.md
# The README has whole addresses, since PyPI shows it, too: here they are paths again.
ADDRESSES = re.compile(
    r"https://(?:github\.com/OWNER/boxlint/blob|raw\.githubusercontent\.com/OWNER/boxlint)/main/(?=\S+$)", re.MULTILINE
)
# What a browser fetches while a page is read; canonical and the neighbours of a page are addresses alone.
FETCHED = re.compile(
    r'<(?:script|img|iframe|source)\b[^>]*\ssrc(?:set)?="(?P<from>(?:https?:)?//[^"]+)"'
    r'|<link\b(?![^>]*\srel="(?:canonical|next|prev)")[^>]*\shref="(?P<linked>(?:https?:)?//[^"]+)"'
)
# Files of the repository that are pages of the site.
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
# What the home page has above the README: no navigation beside it, and where to go.
HOME = "---\nhide: [navigation]\n---\n\n"
BUTTONS = """
[Get started](docs/getting-started.md){ .md-button .md-button--primary }
[Tutorial](docs/guide/tutorial.md){ .md-button }
[Gallery](docs/gallery.md){ .md-button }
"""
# Modules that users import by name; what `boxlint` itself has stands in _public.py.
MODULES = ("boxlint.parts", "boxlint.benchmark", "boxlint.synthetic")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are not in the folder."""
    from mkdocs.structure.files import File  # is where the site is built; tests call the rest of this file without it

    made = {page: (ROOT / file).read_text() for file, page in PAGES.items()}
    made["index.md"] = HOME + made["index.md"].replace("\n## ", f"{BUTTONS}\n## ", 1)
    made |= {"kinds.md": _kinds(), "reference/python.md": _python(), "reference/command.md": _command()}
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turns links to files of the repository into links to their pages, or to the files where they are no pages."""
    here = page.file.src_uri
    file = next((name for name, made in PAGES.items() if made == here), f"docs/{here}")

    def moved(link: re.Match[str]) -> str:
        target, mark, anchor = link[2].partition("#")
        at = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
        if at not in PAGES and at.startswith("docs/"):
            to = posixpath.relpath(at.removeprefix("docs/"), posixpath.dirname(here) or ".")
        elif at in PAGES:
            to = posixpath.relpath(PAGES[at], posixpath.dirname(here) or ".")
        else:
            to = SOURCE + at
        return f"{link[1]}{to}{mark}{anchor}"

    markdown = re.sub(r"\[([\w/-]+\.md)\]([(\[]?)(?!:)", _titled, markdown)
    return re.sub(r"(\]\(|^\[[^\]]+\]: )(?!https?:|#)([^)\s]+)", moved, ADDRESSES.sub("", markdown), flags=re.MULTILINE)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuses a page that asks another host for something."""
    if fetched := FETCHED.search(output):
        address = fetched["from"] or fetched["linked"]
        raise ValueError(f"{page.file.src_uri} fetches {address}, expected what lies in the site")
    return output


def _titled(label: re.Match[str]) -> str:
    """A link that is called as a file, called as the page; where it leads is what follows, or the name itself."""
    name, follows = label.groups()
    file = next((path for path in (ROOT / name, ROOT / "docs" / name) if path.is_file()), None)
    if file is None:
        return label[0]
    title = file.read_text().partition("# ")[2].partition("\n")[0]
    return f"[{title}]{follows or f'[{name}]'}"


def _kinds() -> str:
    """What `boxlint explain` says of each kind, each with a picture."""
    legend = (
        "The pictures are of drawn scenes. The given box is red, the suggested one blue and dashed, and the annotation "
        "that stays beside a duplicate green and dashed."
    )
    return "\n\n".join(["# The kinds of errors", legend, *(_kind(kind, text) for kind, text in EXPLANATIONS.items())])


def _kind(kind: str, text: str) -> str:
    title, _, rest = text.partition("\n")
    # Their inner headings are the same for each: too deep for the table of contents.
    inner = re.sub(r"^##", "####", rest, flags=re.MULTILINE)
    return f"#{title}\n\n![A row of kind {kind} and its boxes](images/kinds/{kind}.png)\n{inner}"


def _python() -> str:
    """Every public name, documented where it is defined."""
    public = ast.parse((ROOT / "python/boxlint/_public.py").read_text())
    parts = ["# Python", "## boxlint"]
    modules = list(MODULES)
    for statement in public.body:
        if isinstance(statement, ast.ImportFrom):
            public_names = [name.name for name in statement.names if not (name.asname or "").startswith("_")]
            parts += [f"::: {statement.module}.{name}" for name in public_names]
        elif isinstance(statement, ast.Import):
            modules += [name.name for name in statement.names]
    for module in sorted(modules):
        parts += [f"## {module}", f"::: {module}\n    options: {{show_root_heading: false}}"]
    return "\n\n".join(parts)


def _command() -> str:
    """What `--help` prints of each command."""
    parts = ["# Command line"]
    for name in ("", *SENTENCES):
        called = [sys.executable, "-m", "boxlint", *name.split(), "--help"]
        said = subprocess.run(called, check=True, capture_output=True, text=True).stdout
        parts += [f"## boxlint {name}".rstrip(), f"```text\n{said.rstrip()}\n```"]
    return "\n\n".join(parts)
