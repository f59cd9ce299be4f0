"""`check_parquet`: the results of the whole in memory, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import boxlint
import boxlint.parts as in_parts
from boxlint import Dataset, Statistics, check_parquet, write_parquet
from boxlint.streaming import passes
from boxlint.synthetic import make_scenes
from test_detectors import several
from test_parts import rows_of, texts_of, with_ids

IMAGES = 300
# How often the run is killed; `make test-kills` says 100.
KILLS = int(os.environ.get("BOXLINT_KILLS", "3"))

RUN = """
import sys
from boxlint import check_parquet
print("ready", flush=True)
check_parquet(sys.argv[1], sys.argv[2], workers=2, verbose=False)
"""


@pytest.fixture(scope="module")
def scenes() -> Dataset:
    dataset = make_scenes(IMAGES, seed=5).dataset
    return replace(dataset, image_ids=np.arange(IMAGES) * 7)


@pytest.fixture(scope="module")
def lake(scenes: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenes in four files."""
    return written(scenes, tmp_path_factory.mktemp("lake") / "files")


@pytest.fixture(scope="module")
def done(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an undisturbed run."""
    out = tmp_path_factory.mktemp("done") / "out"
    check_parquet(lake, out, workers=2, verbose=False)
    return out


def written(dataset: Dataset, folder: Path, files: int = 4) -> Path:
    folder.mkdir()
    for number, images in enumerate(np.array_split(np.arange(len(dataset)), files)):
        write_parquet(dataset[images], folder / f"{number}.parquet")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(out: Path, what: str = "issues") -> pa.Table:
    return in_parts.ranked(parquet.read_table(out / what).to_batches())


def test_results_are_those_of_the_whole_in_memory(scenes: Dataset, lake: Path, done: Path) -> None:
    whole = boxlint.check(scenes, min_suspicion=in_parts.MIN_SUSPICION, max_rows=10**9)
    assert texts_of(rows(done).drop_columns(["detector", "support"])) == rows_of(whole)
    images = rows(done, "images")
    assert images["image_id"].to_pylist() == [str(at * 7) for at in whole.image_order]
    assert images["score"].to_pylist() == whole.image_scores[whole.image_order].tolist()
    assert Statistics.load(done / "statistics.json") == boxlint.collect(scenes)
    summary = json.loads((done / "summary.json").read_text())
    assert (summary["images"], summary["confident"]) == (IMAGES, whole.summary().confident)
    # What is done is told again without being done again.
    before = content(done)
    assert str(check_parquet(lake, done, verbose=False)) == str(whole.summary())
    assert content(done) == before
    assert {path.name for path in done.iterdir()} == {
        "_SUCCESS", "_manifest.json", "images", "issues", "statistics.json", "summary.json",
    }  # fmt: skip


@pytest.mark.parametrize("workers", [1, 3])
def test_results_are_the_same_bytes_by_any_number_of_workers(
    lake: Path, done: Path, tmp_path: Path, workers: int
) -> None:
    files = sorted(lake.iterdir(), reverse=True)
    check_parquet(files, tmp_path / "out", workers=workers, verbose=False)
    assert content(tmp_path / "out") == content(done)


def test_workers_work_alone_until_another_one_has_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []
    monkeypatch.setattr(passes, "limit_threads", limits.append)
    units: Any = ["short", "long"]

    def work(unit: Any, told: Callable[[int], object]) -> Callable[[], object]:
        # The long one until the worker of the other one has looked for more.
        for _ in range(1 if unit == "short" else 2000):
            told(1)
            if limits[-1] == 2:
                break
            time.sleep(0.005)
        return lambda: None

    passes._each(units, work, 2, lambda _: None)
    assert (limits[0], limits[-1]) == (1, 2)
    limits.clear()
    passes._each(units, lambda unit, told: lambda: None, 3, lambda _: None)
    assert limits == [3, 3]


def test_a_worker_works_on_while_what_it_made_goes_to_the_disk() -> None:
    units: Any = ["first", "second"]
    begun, kept = Event(), []

    def work(unit: Any, told: Callable[[int], object]) -> Callable[[], object]:
        if unit == "second":
            begun.set()
        return lambda: kept.append((unit, begun.wait(60)))

    passes._each(units, work, 1, lambda _: None)
    assert kept == [("first", True), ("second", True)]


def test_what_cannot_be_kept_ends_the_run() -> None:
    units: Any = ["first", "second", "third"]
    kept = []

    def work(unit: Any, told: Callable[[int], object]) -> Callable[[], object]:
        def keep() -> None:
            kept.append(unit)
            if unit == "first":
                raise OSError("no space left")

        return keep

    with pytest.raises(OSError, match="no space left"):
        passes._each(units, work, 1, lambda _: None)
    # What was made meanwhile is put where it belongs, too, so that nothing is left open.
    assert kept == ["first", "second"]


def test_several_detectors_are_checked_together(tmp_path: Path) -> None:
    dataset = with_ids(several(4, 3, not_run=True, images=40))
    lake = written(replace(dataset, detector_names=["a", "b", "c"]), tmp_path / "files")
    summary = check_parquet(lake, tmp_path / "out", min_suspicion=0.05, priors={"swap": 0.3}, verbose=False)
    whole = boxlint.check(dataset, min_suspicion=0.05, priors={"swap": 0.3}, max_rows=10**9)
    assert str(summary) == str(whole.summary())
    found = rows(tmp_path / "out")
    by_id = dict(zip(found["issue_id"].to_pylist(), found["suspicion"].to_pylist(), strict=True))
    assert by_id == dict(zip(whole["issue_id"].tolist(), whole["suspicion"].tolist(), strict=True))
    # What is done is told again; that the folders of its rounds are gone was an error.
    again = check_parquet(lake, tmp_path / "out", min_suspicion=0.05, priors={"swap": 0.3}, verbose=False)
    assert str(again) == str(summary)


def test_detectors_in_another_order_are_another_run(tmp_path: Path) -> None:
    """Interrupted between the rounds, the counts of one were taken for those of the other."""
    lake = written(with_ids(several(4, 2, not_run=True, images=40)), tmp_path / "files", 1)
    table = parquet.read_table(lake / "0.parquet").combine_chunks()
    one, other = table["predictions"].chunk(0).flatten()
    table = table.drop_columns("predictions").append_column("one", one).append_column("other", other)
    parquet.write_table(table, lake / "0.parquet")
    columns: Any = {"predictions": {"a": "one", "b": "other"}}
    check_parquet(lake, tmp_path / "out", columns=columns, verbose=False)
    columns = {"predictions": {"b": "other", "a": "one"}}
    with pytest.raises(ValueError, match=r"begun with detectors \['a', 'b'\], not \['b', 'a'\]"):
        check_parquet(lake, tmp_path / "out", columns=columns, verbose=False)


def test_killed_at_any_moment_the_next_run_goes_on(lake: Path, done: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(KILLS)
    out, killed, finished, longest = tmp_path / "0", 0, 0, 0.5
    while killed < KILLS:
        command = [sys.executable, "-c", RUN, str(lake), str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            begun = time.monotonic()
            try:
                child.wait(rng.uniform(0, longest))
            except subprocess.TimeoutExpired:
                child.kill()
            code = child.wait()
        assert code in (0, -signal.SIGKILL)
        killed += code != 0
        if code == 0:
            assert content(out) == content(done)
            finished, longest = finished + 1, time.monotonic() - begun
            out = tmp_path / str(finished)
    check_parquet(lake, out, verbose=False)
    assert content(out) == content(done)


def test_interrupted_it_leaves_a_folder_to_go_on_with(lake: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = RUN.replace('print("ready", flush=True)', INTERRUPTED)
    child = subprocess.run([sys.executable, "-c", script, str(lake), str(out)], capture_output=True, text=True)
    assert child.returncode != 0
    assert "KeyboardInterrupt" in child.stderr
    assert not (out / "_SUCCESS").exists()
    assert not list(out.rglob(".*"))
    check_parquet(lake, out, verbose=False)
    assert content(out) == content(done)


# Interrupts itself when the first unit is counted, once: another interrupt would end the wait for what workers write.
INTERRUPTED = """
import os, signal, threading
from boxlint.streaming.passes import Run
count, once = Run._count, threading.Lock()
def interrupted(*arguments):
    counted = count(*arguments)
    if once.acquire(blocking=False):
        os.kill(os.getpid(), signal.SIGINT)
    return counted
Run._count = interrupted
"""


def begun(lake: Path, out: Path) -> None:
    """A run that is not done."""
    check_parquet(lake, out, verbose=False)
    (out / "_SUCCESS").unlink()
    (out / "summary.json").unlink()


def test_what_is_torn_or_missing_is_made_again(lake: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    begun(lake, out)
    next((out / "issues").iterdir()).unlink()
    check_parquet(lake, out, verbose=False)
    assert content(out) == content(done)


# Is killed while it writes a file.
KILLED = """
import os, pathlib, signal, sys
from boxlint._files import atomic_write
with atomic_write(pathlib.Path(sys.argv[1])) as beside:
    beside.write_text("some of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("is_begun", "file"),
    [(False, "_manifest.json"), (True, "_counts/part-00009-00000"), (True, "images/part-00000-00000.parquet")],
)
def test_what_a_killed_run_was_writing_is_removed(
    lake: Path, done: Path, tmp_path: Path, is_begun: bool, file: str
) -> None:
    out = tmp_path / "out"
    if is_begun:
        begun(lake, out)
    (out / file).parent.mkdir(parents=True, exist_ok=True)
    assert subprocess.run([sys.executable, "-c", KILLED, str(out / file)]).returncode == -signal.SIGKILL
    assert len(list(out.rglob(".*"))) == 1
    check_parquet(lake, out, verbose=False)
    assert content(out) == content(done)
    assert not list(out.rglob(".*"))


def other_options(lake: Path, out: Path) -> None:
    check_parquet(lake, out, min_suspicion=0.5, verbose=False)


def changed_content(lake: Path, out: Path) -> None:
    path = lake / "0.parquet"
    dataset = boxlint.from_arrow(parquet.read_table(path))
    boxes = dataset.annotations
    moved = boxlint.Boxes(boxes.xyxy + 0.25, boxes.class_id, offsets=boxes.offsets)
    write_parquet(replace(dataset, annotations=moved), path)
    check_parquet(lake, out, verbose=False)


def fewer_files(lake: Path, out: Path) -> None:
    check_parquet(sorted(lake.iterdir())[:2], out, verbose=False)


def another_version(lake: Path, out: Path) -> None:
    manifest = out / "_manifest.json"
    manifest.write_text(manifest.read_text().replace(boxlint.__version__, "0.0.1"))
    check_parquet(lake, out, verbose=False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (other_options, r"out was begun with min_suspicion 0\.01, not 0\.5: give another folder, or resume=False"),
        (changed_content, r"out was begun with another content of .*0\.parquet"),
        (fewer_files, r"out was begun with 4 other files: .*2\.parquet is not given now"),
        (another_version, r"out was begun with boxlint 0\.0\.1, not"),
    ],
)
def test_another_run_in_the_same_folder_is_refused(
    scenes: Dataset, tmp_path: Path, change: Callable[[Path, Path], None], why: str
) -> None:
    lake, out = written(scenes, tmp_path / "files"), tmp_path / "out"
    check_parquet(lake, out, verbose=False)
    before = content(out)
    with pytest.raises(ValueError, match=why):
        change(lake, out)
    after = content(out)
    assert all(after[name] == data for name, data in before.items() if name.startswith("issues/"))


def test_begun_anew_it_removes_only_what_is_its_own(lake: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    check_parquet(sorted(lake.iterdir())[:3], out, min_suspicion=0.5, verbose=False)
    (out / "issues" / "notes.txt").write_text("mine")
    check_parquet(lake, out, resume=False, verbose=False)
    found = content(out)
    assert found.pop("issues/notes.txt") == b"mine"
    assert found == content(done)


def test_a_folder_of_something_else_is_left_alone(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("mine")
    for resume in (True, False):
        with pytest.raises(ValueError, match=r"holds photo\.jpg, and no run of boxlint: give another folder"):
            check_parquet(lake, tmp_path, resume=resume, verbose=False)
    assert content(tmp_path) == {"photo.jpg": b"mine"}
    (tmp_path / "_manifest.json").write_text("{}")
    with pytest.raises(ValueError, match=r"_manifest\.json is no manifest of boxlint"):
        check_parquet(lake, tmp_path, resume=False, verbose=False)


def test_a_folder_that_another_run_writes_to_is_refused(lake: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    out = tmp_path / "out"
    out.mkdir()
    handle = os.open(out, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(ValueError, match="out: another run is writing to it"):
        check_parquet(lake, out, verbose=False)
    os.close(handle)
    check_parquet(lake, out, verbose=False)


def test_paths_and_options_that_cannot_be_are_refused(lake: Path, tmp_path: Path) -> None:
    empty, file = tmp_path / "empty", tmp_path / "file"
    empty.mkdir()
    file.write_text("")
    first = lake / "0.parquet"
    refused: list[tuple[Any, str, dict[str, Any], str]] = [
        ([], "out", {}, "paths: expected at least one"),
        (empty, "out", {}, "empty has no Parquet files"),
        (lake / "none.parquet", "out", {}, "none.parquet"),
        ([first, first], "out", {}, "is given twice"),
        (lake, "out", {"workers": 0}, "workers is 0"),
        (lake, "out", {"min_suspicion": 2}, "min_suspicion is 2"),
        (lake, "out", {"kinds": "typo"}, "unknown kind 'typo'"),
        (lake, "out", {"columns": {"boxes": "x"}}, "columns has the key 'boxes'"),
        (lake, "file", {}, "file is a file, expected a folder"),
        (lake, "file/out", {}, "file"),
        (lake, str(lake.parent), {}, "which is read: give another folder"),
    ]
    for paths, out, options, why in refused:
        with pytest.raises((ValueError, OSError), match=why):
            check_parquet(paths, tmp_path / out, verbose=False, **options)
        assert not (tmp_path / "out").exists()


def test_units_are_row_groups_of_about_fifty_thousand_images() -> None:
    from boxlint.streaming.inputs import InputFile, units_of

    def spans(*row_groups: int) -> list[tuple[int, int]]:
        nothing: Any = None
        file = InputFile(Path("f"), 0, 0, "", row_groups, 1.0, nothing)
        return [(unit.first, unit.last) for unit in units_of([file])]

    assert spans(*[5000] * 25) == [(0, 9), (10, 19), (20, 24)]
    assert spans(10**6, 3, 0) == [(0, 0), (1, 2)]
    assert spans(0, 0) == []
