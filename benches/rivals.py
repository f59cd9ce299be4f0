"""Speed beside hotcoco: reading COCO files, and finding label errors in what was read.

Needs real data in ../shared/data beside the checkout, or in the folder BOXLINT_DATA.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import hotcoco
import numpy as np

import boxlint
from speed import best_of, say
from workload import DATA

TIMES = 20


def main() -> None:
    """Prints all figures."""
    if not DATA.is_dir():
        print(f"{DATA} does not exist: reading and checking are not measured beside hotcoco")
        return
    voc = DATA / "voc2007_test"
    reading("voc2007_test", voc / "annotations.json", voc / "detections_yolov2.json")
    coco = DATA / "coco_val2017"
    reading("coco_val2017", coco / "annotations.json", coco / "detections_yolov2.json")
    with tempfile.TemporaryDirectory() as folder:
        reading("voc2007_test 20 times", *repeated(voc, Path(folder)))
        reading("coco_val2017 with made-up masks", masked(coco, Path(folder)), coco / "detections_yolov2.json")
    checking(voc / "annotations.json", voc / "detections_yolov2.json")


def reading(name: str, annotations: Path, detections: Path) -> None:
    """COCO files to columns, beside hotcoco's reading of the same files."""
    ours, theirs = best_of(
        TIMES,
        lambda: boxlint.read_coco(annotations, detections),
        lambda: hotcoco.COCO(str(annotations)).load_res(str(detections)),
    )
    size = annotations.stat().st_size + detections.stat().st_size
    say(f"reading {name}", f"{ours * 1e3:.1f} ms, {size / ours / 1e6:,.0f} MB/s")
    say("  times hotcoco", f"{ours / theirs:.2f}", "at most 0.5")


def checking(annotations: Path, detections: Path) -> None:
    """A data set to the list of suspected errors, beside hotcoco's evaluation and diagnostics."""
    dataset = boxlint.read_coco(annotations, detections)
    truth = hotcoco.COCO(str(annotations))
    results = truth.load_res(str(detections))
    ours, theirs = best_of(TIMES, lambda: boxlint.check(dataset), lambda: diagnose(truth, results))
    say("checking voc2007_test", f"{ours * 1e3:.1f} ms")
    say("  times as fast as hotcoco's evaluate and image_diagnostics", f"{theirs / ours:.1f}", "at least 3")


def diagnose(truth: hotcoco.COCO, results: hotcoco.COCO) -> None:
    """What hotcoco tells of a data set."""
    evaluation = hotcoco.COCOeval(truth, results, "bbox")
    evaluation.evaluate()
    evaluation.image_diagnostics()


def repeated(source: Path, folder: Path) -> tuple[Path, Path]:
    """The data set 20 times, with new image ids, as one large file of annotations and one of detections."""
    annotations = json.loads((source / "annotations.json").read_text())
    detections = json.loads((source / "detections_yolov2.json").read_text())
    copies = range(20)

    def again(records: list[dict[str, object]], key: str) -> list[dict[str, object]]:
        return [{**record, key: int(str(record[key])) + 10_000 * copy} for copy in copies for record in records]

    large = {
        "images": again(annotations["images"], "id"),
        "annotations": [
            {**record, "id": row + 1} for row, record in enumerate(again(annotations["annotations"], "image_id"))
        ],
        "categories": annotations["categories"],
    }
    paths = folder / "annotations.json", folder / "detections.json"
    paths[0].write_text(json.dumps(large))
    paths[1].write_text(json.dumps(again(detections, "image_id")))
    return paths


def masked(source: Path, folder: Path) -> Path:
    """The annotations with an outline each, of 8 to 60 points, as in the files of COCO."""
    generator = np.random.default_rng(0)
    annotations = json.loads((source / "annotations.json").read_text())
    for record in annotations["annotations"]:
        record["segmentation"] = [generator.uniform(0, 640, 2 * generator.integers(8, 60)).round(2).tolist()]
    path = folder / "masked.json"
    path.write_text(json.dumps(annotations))
    return path


if __name__ == "__main__":
    main()
