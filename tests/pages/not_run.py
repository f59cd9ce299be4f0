"""Blocks and commands of the pages that the tests do not run, each with the reason, and what runs them elsewhere."""

from __future__ import annotations

_MODEL = (
    "needs the framework and a trained model, as make test-guides has them; what follows it is run with "
    "tests/pages/guide_models.py in its place"
)
# Not to be had by pip in the same way: see CONTRIBUTING.md.
_SOURCE = f"{_MODEL}, if the framework was built there"

# (Page, first line of the block) -> why it is not run.
BLOCKS = {
    ("docs/guide/detectron2.md", "import cv2"): _SOURCE,
    ("docs/guide/hugging-face.md", "import torch"): _MODEL,
    ("docs/guide/mmdetection.md", "from mmengine.config import Config"): _SOURCE,
    ("docs/guide/out-of-fold.md", "from ultralytics import YOLO"): _MODEL,
    ("docs/guide/torchvision.md", "import torch"): _MODEL,
    ("docs/guide/ultralytics.md", "from ultralytics import YOLO"): _MODEL,
    ("docs/review.md", "import fiftyone"): "needs FiftyOne; make test-review-tools does the same steps",
    ("docs/scale.md", "import ray"): "needs Ray; make test-ray runs it",
    ("docs/scale.md", "from pyspark.sql import SparkSession"): "needs Spark and Java; make test-spark runs it",
    ("docs/scale.md", "import polars"): "reads /data; tests/engines/test_recipes.py runs it in another folder",
    ("docs/scale.md", "import duckdb"): "reads /data; tests/engines/test_recipes.py runs it in another folder",
    ("docs/scale.md", "import daft"): "needs Daft; make test-ray runs it",
    ("docs/scale.md", "from pathlib import Path"): "needs Dask; make test-ray runs it",
}

# How a command begins -> why it is not run.
COMMANDS = {
    "boxlint demo": "draws 200 images; tests/test_cli.py runs it with fewer",
    "make": "targets of the Makefile, run in the checkout by whoever runs these tests; that they exist is tested",
    "pip": "installs packages; that the extras exist is tested",
    "yolo": "needs Ultralytics and a trained model; make test-guides runs it",
    "labelme": "opens a window; make test-review-tools drives it",
}
