"""What goes wrong inside the engine, or for lack of memory and threads, is an ordinary exception, or nothing at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset, _core
from crowds import made, scores
from starved import IMAGES, calls

HERE = Path(__file__).parent


class TestPanics:
    """A function of the engine, which trusts its arguments, with offsets beyond the scores."""

    @pytest.mark.parametrize("images", [1, 1000])
    def test_a_panic_is_one_runtime_error(self, images: int, capfd: pytest.CaptureFixture[str]) -> None:
        offsets = np.arange(images + 1) * 100
        with pytest.raises(RuntimeError, match=r"fault of boxlint, please report it: .* rust/core/src/\S+:\d+:\d+$"):
            _core.pooled_scores(np.zeros(3), offsets, None)
        assert capfd.readouterr() == ("", "")

    def test_the_next_call_works(self) -> None:
        with pytest.raises(RuntimeError):
            _core.pooled_scores(np.zeros(3), np.arange(1000) * 100, None)
        assert len(boxlint.check(*made(0)).image_scores) == 1000


def test_arrays_that_another_thread_writes_to_meanwhile() -> None:
    """Boxes keep what they were made of."""
    annotations, predictions = made(0)
    arrays: dict[str, Any] = {
        name: np.array(getattr(predictions, name)) for name in ("xyxy", "class_id", "score", "offsets")
    }
    boxes, stop = Boxes(**arrays), threading.Event()

    def write() -> None:
        while not stop.is_set():
            for array in arrays.values():
                array[:] = np.random.default_rng().integers(-(2**30), 2**30, array.shape)

    expected = boxlint.check(annotations, predictions)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(10):
            found = boxlint.check(annotations, boxes)
            np.testing.assert_array_equal(found.image_scores, expected.image_scores)
    finally:
        stop.set()
        thread.join()


WITHOUT_THREADS = """
import os
import boxlint
from crowds import scores
threads = len(os.listdir("/proc/self/task"))  # numpy has some
print(scores(0).tobytes().hex() == open("expected").read(), len(os.listdir("/proc/self/task")) - threads)
child = os.fork()
if child == 0:
    os._exit(scores(0).tobytes().hex() != open("expected").read())
print(os.waitpid(child, 0)[1])
"""


def test_where_no_thread_is_to_be_had_the_calling_one_works(tmp_path: Path) -> None:
    (tmp_path / "expected").write_text(scores(0).tobytes().hex())
    # So large a stack has no place in memory.
    environment = {**os.environ, "RUST_MIN_STACK": str(2**52), "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    command = [sys.executable, "-c", WITHOUT_THREADS]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "0"]


MODEL_OF_MANY_CLASSES = """
import resource
import sys
from pathlib import Path
import numpy as np
from boxlint._core import Statistics

CLASSES = 1_000_000
scores = np.zeros((CLASSES, 6), np.int64)
scores[:, 0], scores[:, 2] = np.arange(CLASSES), 1
nothing = [np.empty((0, columns), np.int64) for columns in (4, 3, 4, 4)]
counts = Statistics(CLASSES, scores, *nothing)
Statistics(1000, scores[:1000], *nothing).omitted  # starts the threads
in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + (int(sys.argv[1]) << 20),) * 2)
try:
    print(counts.omitted)
except MemoryError:
    print("MemoryError")
"""


class TestMemory:
    """Calls that are left so many megabytes more than they have."""

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("starved")
        boxlint.write_coco(Dataset(*made(0, IMAGES)), folder / "annotations.json", folder / "detections.json")
        texts = [{"id": f"a{number}", "file_name": f"b{number}"} for number in range(600_000)]
        (folder / "texts.json").write_text(json.dumps({"images": texts, "annotations": [], "categories": []}))
        return folder

    @pytest.mark.parametrize("megabytes", [0, 70, 100])
    @pytest.mark.parametrize("name", calls(Path()))
    def test_running_out_is_a_memory_error(self, name: str, megabytes: int, folder: Path) -> None:
        command = [sys.executable, str(HERE / "starved.py"), name, str(megabytes), str(folder)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout in ("MemoryError\n", *(["done\n"] if megabytes or name == "score lists" else []))

    @pytest.mark.parametrize("megabytes", [40, 80])
    def test_models_of_many_classes_end_with_a_memory_error(self, megabytes: int) -> None:
        command = [sys.executable, "-c", MODEL_OF_MANY_CLASSES, str(megabytes)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "MemoryError\n", "")
