"""How a report shows its issues in their images: as figures, and as a page."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from boxlint._files import atomic_write
from boxlint.report.columns import IssueColumns
from boxlint.report.html.limits import MAX_MB, TOP
from boxlint.report.identity import Fingerprint
from boxlint.report.issues import Issues
from boxlint.report.pickled import whole
from boxlint.report.pictures.files import PictureFiles, files_of, refuse_without_pillow
from boxlint.report.summary import Summary
from boxlint.report.tables import Tabular

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from boxlint.report.html.page import Page

__all__ = ["Pictured"]

Self = TypeVar("Self", bound="Pictured")


class Pictured(Tabular):
    """What has issues, and shows them in their images."""

    @property
    @abstractmethod
    def issues(self) -> Issues:
        """The rows."""

    @property
    @abstractmethod
    def fingerprint(self) -> Fingerprint:
        """What names the data set."""

    @abstractmethod
    def summary(self) -> Summary:
        """What was found."""

    @abstractmethod
    def _of(self: Self, columns: IssueColumns, **changed: Any) -> Self:
        """The same with these rows."""

    def with_images(self: Self, images: PictureFiles) -> Self:
        """The report with its images: tables in a notebook have their crops; `show`, `plot` and `to_html` find them.

        Parameters
        ----------
        images:
            The folder of the images, which are found by their names, or by their stems; or a list with the path of
            each image, None where there is none.

        Raises
        ------
        ValueError
            If the folder holds none of the images, or the report has lost its data set, by pickling.
        OSError
            If there is no such folder.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> images = [None] * 50  # or the folder, such as "images"
        >>> report = check(make_scenes(50).dataset).with_images(images)
        >>> len(report.top(3, "swap").show().axes)
        3
        """
        refuse_without_pillow()
        columns = self.issues._columns
        dataset = whole(columns.dataset)
        return self._of(columns.with_images(files_of(dataset, images, np.arange(len(dataset)))))

    def show(self, n: int = 12, *, images: PictureFiles | None = None) -> Figure:
        """Draws the n most suspicious rows, as `Issues.show` does."""
        return self.issues.show(n, images=images)

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        images: PictureFiles | None = None,
        top: int = TOP,
        max_mb: float = MAX_MB,
    ) -> str | None:
        """Writes a page that shows each row in its picture, to decide on it; or returns its text if there is no path.

        The page is one file, which needs no network and loads nothing. See docs/review.md. Needs jinja2, and pillow
        for the pictures. As the last value of a cell, the text is the page in a frame; give ``top`` there, as the
        notebook keeps the page.

        Parameters
        ----------
        path:
            Where to write it. The page shows whole images where it finds them from there.
        images:
            Their folder or their paths, as for `with_images`, whose are taken if it is not given. Boxes are drawn on a
            blank ground where a file is lacking or cannot be read.
        top:
            How many of the most suspicious rows it has at most.
        max_mb:
            Its size at most, in megabytes of 1,000,000 bytes: the least suspicious rows are left out.

        Raises
        ------
        ValueError
            If the folder holds none of the images, there is no room for the page without rows, or the report has lost
            its data set, by pickling.
        OSError
            If there is no such folder, or the file cannot be written.

        Examples
        --------
        >>> from boxlint import check
        >>> from boxlint.synthetic import make_scenes
        >>> page = check(make_scenes(50).dataset).to_html(top=10)
        >>> page[:15]
        '<!doctype html>'
        """
        if path is None:
            return self._page(path, images, top, max_mb).html
        with atomic_write(path) as beside:
            beside.write_text(self._page(path, images, top, max_mb).html, "utf-8")
        return None

    def _page(
        self,
        path: str | os.PathLike[str] | None,
        images: PictureFiles | None,
        top: int,
        max_mb: float,
        progress: Callable[[int], object] = lambda done: None,
    ) -> Page:
        """The page to be written to a path; ``progress`` is called with the number of pictures made since."""
        from boxlint.report.html.page import Reported, make_page

        columns = self.issues._columns
        images = columns.images if images is None else images
        reported = Reported(self.issues, whole(columns.dataset), self.fingerprint, self.summary())
        return make_page(reported, None if path is None else Path(path), images, top, max_mb, progress)
