"""The data of the page: columns of the issues, of their images and of the boxes there, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boxlint._kinds import KINDS
from boxlint.dataset import Dataset
from boxlint.report.html.neighbours import neighbours
from boxlint.report.identity import Fingerprint
from boxlint.report.issues import Issues
from boxlint.report.pictures.drawn import Drawn
from boxlint.report.pictures.files import link_to

__all__ = ["json_for_script", "page_columns"]

Array = NDArray[Any]


def page_columns(
    issues: Issues, dataset: Dataset, fingerprint: Fingerprint, drawn: Drawn, page: Path | None
) -> dict[str, Any]:
    """The data of a page that is written to a file, or to none.

    Ids are JSON texts: as numbers, long ones would be rounded.
    """
    images, image = np.unique(issues["image_index"], return_inverse=True)
    indices = {name: issues[name].tolist() for name in ("annotation_index", "kept_annotation_index")}
    # Positions among the predictions that the page shows: where there are several detectors, the fused ones.
    fused = issues._columns.rows.prediction.tolist()
    indices["prediction_index"] = [None if index < 0 else index for index in fused]
    annotated: list[set[int]] = [set() for _ in images]
    predicted: list[set[int]] = [set() for _ in images]
    for name, column in indices.items():
        of_image = predicted if name == "prediction_index" else annotated
        for position, index in zip(image.tolist(), column, strict=True):
            of_image[position] |= set() if index is None else {index}
    return {
        "fingerprint": fingerprint._asdict(),
        "kinds": KINDS,
        "class_names": None if dataset.class_names is None else list(map(str, dataset.class_names)),
        "images": {
            "index": images.tolist(),
            "id": _json_texts(_taken(dataset.image_ids, images)),
            "name": _taken(dataset.image_names, images),
            "size": [drawn.sizes.get(number) for number in images.tolist()],
            "orientation": [_orientation(drawn, number) for number in images.tolist()],
            "link": [None if page is None else _link(drawn, number, page) for number in images.tolist()],
        },
        "annotations": neighbours(dataset.annotations, images, annotated, drawn.regions, image),
        "predictions": neighbours(dataset.predictions, images, predicted, drawn.regions, image),
        "issues": _issue_columns(issues, image, drawn.regions) | indices | {"crop": drawn.crops},
    }


def _issue_columns(issues: Issues, image: Array, regions: Array) -> dict[str, Any]:
    given = {name: issues[name].tolist() for name in ("issue_id", "reason", "given_class", "suggested_class")}
    return given | {
        "kind": [KINDS.index(kind) for kind in issues["kind"].tolist()],
        "suspicion": issues["suspicion"].tolist(),
        "image": image.tolist(),
        "annotation_id": _json_texts(issues["annotation_id"].tolist()),
        "score": [None if score is None else round(score, 4) for score in issues["score"].tolist()],
        "given_box": _boxes(issues["given_box"]),
        "suggested_box": _boxes(issues["suggested_box"]),
        "region": [[float(f"{side:.6g}") for side in region] for region in regions.tolist()],
    }


def json_for_script(value: Any) -> str:
    """JSON that can stand in an element ``script``: nothing in it ends the element, or starts a comment.

    >>> json_for_script("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _link(drawn: Drawn, image: int, page: Path) -> str | None:
    picture = drawn.pictures.get(image)
    return None if picture is None else link_to(picture.file, page)


def _orientation(drawn: Drawn, image: int) -> int | None:
    """How browsers turn the file of an image, which is to be undone; None if the boxes are those of the turned one."""
    picture = drawn.pictures.get(image)
    return None if picture is None or picture.turned else picture.orientation


def _boxes(column: Any) -> list[list[float] | None]:
    return [None if box[0] is None else box for box in column.tolist()]


def _json_texts(values: Sequence[Any]) -> list[str | None]:
    return [None if value is None else json.dumps(value) for value in values]


def _taken(values: Any, images: Array) -> list[Any]:
    if values is None:
        return [None] * len(images)
    return np.asarray(values)[images].tolist() if isinstance(values, np.ndarray) else [values[at] for at in images]
