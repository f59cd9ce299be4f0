"""Tries an installed boxlint, with its extras cli and report: `python smoke.py`, away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import boxlint
from boxlint import rank


def main() -> None:
    """Runs the demo, and finds in Python what the command found."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "demo"
        subprocess.run([sys.executable, "-m", "boxlint", "demo", str(folder), "--images", "50", "--quiet"], check=True)
        if not (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>"):
            sys.exit("demo wrote no page")
        dataset = boxlint.read_coco(folder / "annotations.json", folder / "detections.json")
        report = boxlint.check(dataset)
        boxlint.write_coco(report.apply(), folder / "fixed.json", keep=folder / "annotations.json")
        scores = rank.get_label_quality_scores(dataset.annotations, dataset.predictions, verbose=False)
        single = dataset.annotations.xyxy.astype(np.float32)
        boxlint.Boxes(single, dataset.annotations.class_id, offsets=dataset.annotations.offsets)
    if not (report["suspicion"][0] > 0.5 and 0 <= scores.min() < 0.5):
        sys.exit(f"found nothing: suspicion {report['suspicion'][0]}, lowest score {scores.min()}")
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"boxlint {boxlint.__version__} works with Python {python} and numpy {np.__version__} on {sys.platform}")


if __name__ == "__main__":
    main()
