"""The page: its data, its first rows as plain HTML, and the program that shows all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from boxlint._kinds import KINDS
from boxlint._text import counted, encodable
from boxlint.dataset import Dataset
from boxlint.report.html.charts import BINS, class_lines, confusion_lines, suspicion_bars
from boxlint.report.html.columns import json_for_script, page_columns
from boxlint.report.html.limits import refuse_limits, refuse_without_packages
from boxlint.report.html.policy import content_security_policy
from boxlint.report.html.static import STATIC_ROWS, static_rows
from boxlint.report.identity import Fingerprint
from boxlint.report.issues import Issues
from boxlint.report.pictures.drawn import Drawn, draw, joined
from boxlint.report.pictures.files import PictureFiles
from boxlint.report.summary import Summary

__all__ = ["Page", "Reported", "make_page"]

_BYTES_OF_MB = 1_000_000
# Crops are made for so many rows at a time, until they fill the page; an image is opened once for all of them.
_ROWS_AT_ONCE = 2000
# Overrides and isolates of the direction of a text, which may turn a score or a name that follows.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), " ")
# Their order is that in which they use each other.
_SCRIPTS = ("data.js", "decisions.js", "drawing.js", "list.js", "cards.js", "page.js")


class Reported(NamedTuple):
    """What a page tells of a report."""

    issues: Issues
    dataset: Dataset
    fingerprint: Fingerprint
    summary: Summary


class PageText(str):
    """The text of a page, which notebooks show as the page, in a frame of its own."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        style = "width: 100%; height: 720px; border: 1px solid #9a9a9a"
        return f'<iframe srcdoc="{escape(self)}" title="Suspected errors" style="{style}"></iframe>'

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # What IPython keeps beside the frame: without this, the whole text a second time.
        printer.text(f"a report page of {counted(len(self), 'character')}")


class Page(NamedTuple):
    """The page, how many rows it has, and what it says that it lacks."""

    html: PageText
    rows: int
    notes: list[str]

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.html.encode())


def make_page(
    reported: Reported,
    path: Path | None,
    images: PictureFiles | None,
    top: int,
    max_mb: float,
    progress: Callable[[int], object],
) -> Page:
    """The page of a report, to be written to a path, or kept; see `Report.to_html`."""
    refuse_limits(top, max_mb)
    refuse_without_packages(pictures=images is not None)
    template = _template()
    issues = reported.issues[:top]
    limit = max_mb * _BYTES_OF_MB
    drawn = _drawn_until(limit, issues, images, progress)
    render = partial(_rendered, template, reported, drawn, path)
    page = render(len(drawn.crops))
    if page.size > limit:
        empty = render(0).size
        if empty > limit:
            raise ValueError(f"max_mb is {max_mb}, and the page takes {empty / _BYTES_OF_MB:.2f} MB without any row")
        while page.size > limit:
            page = render(min(page.rows - 1, int(page.rows * (limit - empty) / (page.size - empty))))
    return page


def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    return environment.from_string(_own_text("page.html.j2"))


def _shown(value: Any) -> Any:
    """A value as the page shows it: in texts, characters that turn what follows them, scores among it, are spaces."""
    return value.translate(_TURNING) if type(value) is str else value


def _own_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _drawn_until(limit: float, issues: Issues, images: PictureFiles | None, progress: Callable[[int], object]) -> Drawn:
    """What is drawn of the issues, up to those whose crops alone are larger than the limit."""
    parts: list[Drawn] = []
    size = 0
    for start in range(0, max(len(issues), 1), _ROWS_AT_ONCE):
        parts.append(draw(issues[start : start + _ROWS_AT_ONCE]._columns, images, progress))
        size += sum(map(len, parts[-1].crops))
        if size > limit:
            break
    return joined(parts)


def _rendered(template: Any, reported: Reported, drawn: Drawn, path: Path | None, rows: int) -> Page:
    """The page of the first rows."""
    from markupsafe import Markup

    issues, shown = reported.issues[:rows], drawn.first(rows)
    # Two lines of a script that are joined must not become one.
    script = "\n".join(map(_own_text, _SCRIPTS))
    style = _own_text("page.css")
    notes = _notes(reported, issues, shown)
    columns = page_columns(issues, reported.dataset, reported.fingerprint, shown, path)
    charts = {
        "classes": class_lines(reported.summary),
        "confusions": confusion_lines(reported.summary),
        "suspicion": suspicion_bars(reported.issues),
    }
    html = template.render(
        policy=content_security_policy(script, style),
        style=Markup(style),
        script=Markup(script),
        data=Markup(json_for_script(columns)),
        rows=static_rows(issues, shown),
        more=max(len(issues) - STATIC_ROWS, 0),
        summary=reported.summary,
        kinds=KINDS,
        bins=BINS,
        notes=notes,
        **charts,
    )
    return Page(PageText(encodable(html)), rows, notes)


def _notes(reported: Reported, issues: Issues, drawn: Drawn) -> list[str]:
    """What the page lacks, and why."""
    notes = []
    left_out = len(reported.issues) - len(issues)
    if left_out:
        notes.append(f"{left_out:,} of {counted(len(reported.issues), 'row')} are left out, the least suspicious ones.")
    here = set(issues["image_index"].tolist())
    for images, what in ((drawn.missing & here, "found"), (drawn.unreadable & here, "read")):
        if images:
            notes.append(f"{counted(len(images), 'image')} could not be {what}: the boxes are drawn on a blank ground.")
    return notes
