"""Reads a folder as CVAT by datumaro's importer, and prints each image with its boxes. Run by datumaro's Python."""

from __future__ import annotations

import json
import sys
from typing import Any

from datumaro import Dataset


def main(folder: str) -> None:
    dataset = Dataset.import_from(folder, "cvat")
    labels = [category.name for category in dataset.categories()[next(iter(dataset.categories()))]]
    images: dict[str, Any] = {
        item.id: {
            "size": list(item.media.size),
            "boxes": [
                {"label": labels[box.label], "points": list(box.points), **box.attributes} for box in item.annotations
            ],
        }
        for item in dataset
    }
    print(json.dumps(images))


if __name__ == "__main__":
    main(sys.argv[1])
