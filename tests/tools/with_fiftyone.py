"""Imports a FiftyOneDataset folder, tags it and exports it again, as a user does. Run by FiftyOne's Python.

The database is named by FIFTYONE_DATABASE_URI. What reviewers say comes as JSON on standard input.
"""

from __future__ import annotations

import json
import sys

import fiftyone


def main(folder: str, output: str) -> None:
    kind = fiftyone.types.FiftyOneDataset
    dataset = fiftyone.Dataset.from_dir(folder, dataset_type=kind)
    said = {one["issue_id"]: one for one in json.load(sys.stdin)}
    for sample in dataset.iter_samples(autosave=True):
        for detection in sample.issues.detections:
            one = said.get(json.loads(detection.boxlint)["issue"]["issue_id"])
            if one is not None:
                detection.tags.append(one["verdict"])
                detection.note = one["note"]
                detection.label = one["label"] or detection.label
                if one["box"]:
                    x1, y1, x2, y2 = one["box"]
                    width, height = sample.metadata.width, sample.metadata.height
                    detection.bounding_box = [x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height]
    # The fields are those of the schema, so that the App shows and filters them.
    fields = dataset.get_field_schema(flat=True)
    assert {"suspicion", "issues.detections.kind", "issues.detections.reason"} <= set(fields), sorted(fields)
    by_suspicion = dataset.sort_by("suspicion", reverse=True).values("filepath")
    dataset.export(export_dir=output, dataset_type=kind, export_media=False)
    print(json.dumps({"tags": dataset.count_label_tags(), "order": by_suspicion}))
    dataset.delete()


if __name__ == "__main__":
    main(*sys.argv[1:])
