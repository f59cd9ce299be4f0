"""Input that would take all memory, all time or all stack ends with a sentence, or takes what its size is worth."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

import boxlint
from boxlint import (
    Boxes,
    Dataset,
    Decisions,
    Statistics,
    filter,
    rank,
    read_coco,
    read_voc,
    read_yolo,
    summary,
    write_coco,
)
from boxlint._core import CLASS_LIMIT
from boxlint.benchmark import plant
from boxlint.formats.arrow import METADATA
from boxlint.formats.folders import image_size, image_sizes_below
from boxlint.formats.image_files import picture_files
from boxlint.formats.read_options import ReadOptions
from boxlint.formats.recognise import recognise
from boxlint.formats.source import read_source
from boxlint.review import import_verdicts
from boxlint.synthetic import make_scenes
from commands import Files, refused

SCENES = make_scenes(10).dataset


@pytest.fixture
def files(tmp_path: Path) -> Files:
    write_coco(SCENES, tmp_path / "annotations.json", tmp_path / "detections.json")
    return Files(str(tmp_path / "annotations.json"), str(tmp_path / "detections.json"))


class TestGzip:
    """A small file that expands to a large one."""

    @pytest.fixture
    def bomb(self, files: Files, tmp_path: Path) -> Path:
        """Annotations with scores and 20 MB of blanks."""
        content = json.loads(Path(files.annotations).read_text())
        for record in content["annotations"]:
            record["score"] = 0.5
        path = tmp_path / "bomb.json"
        path.write_bytes(gzip.compress(json.dumps(content).encode() + b" " * 20_000_000))
        return path

    def test_is_refused_wherever_it_is_read(self, files: Files, bomb: Path, tmp_path: Path) -> None:
        for arguments in (
            ("check", bomb, files.detections),
            ("check", files.annotations, bomb),  # annotations with scores
            ("inspect", bomb),
        ):
            assert "gzip bytes expand to more than" in refused(*arguments)
        dataset = read_coco(files.annotations)
        with pytest.raises(ValueError, match="gzip bytes expand to more than"):
            write_coco(dataset, tmp_path / "out.json", keep=bomb)

    def test_results_for_a_folder_are_refused_as_well(self, files: Files, tmp_path: Path) -> None:
        boxlint.write_voc(SCENES, tmp_path / "voc")
        bomb = tmp_path / "bomb.json"
        bomb.write_bytes(gzip.compress(Path(files.detections).read_bytes() + b" " * 20_000_000))
        assert "gzip bytes expand to more than" in refused("check", tmp_path / "voc", bomb)

    def test_a_damaged_file_is_a_sentence(self, files: Files, bomb: Path) -> None:
        whole = gzip.compress(Path(files.annotations).read_bytes())
        for content in (whole[:-50], whole[:12], whole[:2], whole[:40] + b"\xff" * 40 + whole[80:]):
            bomb.write_bytes(content)
            assert str(bomb) in refused("check", bomb, files.detections)
            assert str(bomb) in refused("check", files.annotations, bomb)


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "text", [DEEP, '{"a":' * 100_000, f'{{"images": {DEEP}', f'{{"annotations": [{{"bbox": {DEEP}']
)
class TestNesting:
    """Lists and objects in each other, deeper than Python's stack."""

    READERS: tuple[Callable[[Path], object], ...] = (
        read_coco,
        Statistics.load,
        Decisions.read,
        recognise,
        lambda path: read_source(path, None, ReadOptions()),
        lambda path: import_verdicts(path, "label-studio"),
    )

    def test_of_json_is_a_sentence(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "deep.json"
        path.write_text(text)
        for reader in self.READERS:
            if reader is not recognise:
                with pytest.raises(ValueError, match=str(path)):
                    reader(path)
            elif "annotations" not in text:
                reader(path)

    def test_in_every_command(self, text: str, files: Files, tmp_path: Path) -> None:
        path = tmp_path / "deep.json"
        path.write_text(text)
        assert str(path) in refused("check", path, files.detections)
        assert str(path) in refused("check", files.annotations, path)
        assert str(path) in refused("check", *files, "--known", path)
        assert str(path) in refused("import", path, "--from", "label-studio", "-o", tmp_path / "out.json")


def test_nesting_of_settings_and_yaml_is_a_sentence(files: Files, tmp_path: Path) -> None:
    settings, yaml = tmp_path / "boxlint.toml", tmp_path / "data.yaml"
    settings.write_text(f"a = {DEEP}")
    assert str(settings) in refused("check", *files, "--config", settings)
    yaml.write_text(f"names: {DEEP[:2_000]}")
    assert str(yaml) in refused("inspect", yaml)


def test_nesting_in_what_boxlint_wrote_is_a_sentence(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    parts, run = tmp_path / "parts.parquet", tmp_path / "run"
    boxlint.write_parquet(SCENES, parts)
    boxlint.check_parquet([parts], run)
    written = sorted(run.glob("*.json"))
    assert len(written) == 3
    for file in written:
        content = file.read_text()
        file.write_text(DEEP)
        with pytest.raises(ValueError, match=f"{file}.* nested too deeply"):
            boxlint.check_parquet([parts], run)
        file.write_text(content)
    table = parquet.read_table(parts)
    with pytest.raises(ValueError, match="the metadata of the schema has"):
        boxlint.from_arrow(table.replace_schema_metadata({METADATA: DEEP.encode()}))


@pytest.mark.parametrize("begin", ["<?x?><annotation>", "<annotations><image><box>"])
def test_nesting_of_xml_is_a_sentence(begin: str, tmp_path: Path) -> None:
    """The former is not plain enough for the reader in Rust."""
    ends = "".join(f"</{name}>" for name in re.findall(r"<(\w+)>", begin)[::-1])
    path = tmp_path / "deep.xml"
    path.write_text(f"{begin}{'<object>' * 50_000}{'</object>' * 50_000}{ends}")
    with pytest.raises(ValueError, match=f"{path}: its elements are nested more than 100 deep"):
        import_verdicts(path, "cvat")
    if "?" in begin:
        with pytest.raises(ValueError, match=f"{path}: its elements are nested more than 100 deep"):
            read_voc(tmp_path)


def test_a_list_in_itself_is_a_sentence() -> None:
    itself: list[Any] = []
    itself.append(itself)
    for predictions in (itself, [itself], [[itself]]):
        with pytest.raises((ValueError, TypeError)):
            boxlint.check([{"bboxes": [], "labels": []}], predictions)
        with pytest.raises((ValueError, TypeError)):
            boxlint.check([{"bboxes": itself, "labels": []}], [[]])


class TestClassIds:
    """The greatest class id that 32 bits hold."""

    ID = 2**31 - 1
    ANNOTATIONS = Boxes([[1, 1, 9, 9]], [ID])
    PREDICTIONS = Boxes([[1, 1, 8, 9]], [ID], [0.9])
    DATASET = Dataset(ANNOTATIONS, PREDICTIONS)

    FUNCTIONS: tuple[Callable[[Boxes, Boxes], object], ...] = (
        boxlint.check,
        boxlint.collect,
        lambda labels, predictions: boxlint.check(labels, {"one": predictions, "other": predictions}),
        lambda labels, predictions: boxlint.inspect(Dataset(labels, predictions)),
        lambda labels, predictions: plant(Dataset(labels, predictions)),
        lambda labels, predictions: rank.get_label_quality_scores(labels, predictions, verbose=False),
        lambda labels, predictions: rank.compute_swap_box_scores(labels=labels, predictions=predictions),
        lambda labels, predictions: rank.compute_badloc_box_scores(labels=labels, predictions=predictions),
        lambda labels, predictions: rank.compute_overlooked_box_scores(labels=labels, predictions=predictions),
        filter.find_label_issues,
        filter.find_box_issues,
        filter.class_thresholds,
        summary.bounding_box_size_distribution,
        summary.calculate_per_class_metrics,
        summary.class_label_distribution,
        summary.get_average_per_class_confusion_matrix,
        summary.get_sorted_bbox_count_idxs,
        summary.object_counts_per_image,
    )

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_works_or_is_a_sentence(self, function: Callable[[Boxes, Boxes], object]) -> None:
        refusal = ""
        try:
            function(self.ANNOTATIONS, self.PREDICTIONS)
        except ValueError as error:
            refusal = str(error)
        assert refusal in ("", f"there are class ids up to {self.ID}, expected at most {CLASS_LIMIT - 1}")

    def test_is_not_written_without_names(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=f"there are class ids up to {self.ID}, expected at most 1048575"):
            write_coco(self.DATASET, tmp_path / "out.json")
        assert list(tmp_path.iterdir()) == []

    def test_has_no_name_in_a_list(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text(f"{self.ID} 0.5 0.5 0.1 0.1\n")
        (tmp_path / "data.yaml").write_text(f"path: .\ntrain: .\nnames: {{{self.ID}: cat}}\n")
        too_large = f"names has the class id {self.ID}, expected at most 1048575"
        with pytest.raises(ValueError, match=too_large):
            read_yolo(tmp_path, names={self.ID: "cat"}, image_sizes={"a": (10, 10)})
        with pytest.raises(ValueError, match=too_large):
            read_voc(tmp_path, names={self.ID: "cat"})
        assert str(self.ID) in refused("inspect", tmp_path / "data.yaml")


class TestPipes:
    """A pipe in a folder of files, from which nothing comes."""

    READERS: ClassVar[dict[str, Callable[[Path], object]]] = {
        ".xml": read_voc,
        ".txt": lambda folder: read_yolo(folder, names=["cat"], image_sizes={"a": (1, 1)}),
        ".jpg": lambda folder: image_size(folder / "0.jpg"),
        ".json": lambda folder: import_verdicts(folder, "labelme"),
    }

    @pytest.mark.parametrize("ending", READERS)
    def test_is_refused_by_the_reader_of_its_ending(self, ending: str, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / f"0{ending}")
        with pytest.raises(ValueError, match="a pipe or a device"):
            self.READERS[ending](tmp_path)

    def test_is_one_image_among_others_that_cannot_be_read(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.png")
        Image.new("RGB", (4, 3)).save(tmp_path / "b.png")
        (tmp_path / "c.png").symlink_to(tmp_path / "nowhere.png")
        sizes, faults = image_sizes_below(tmp_path)
        assert sizes["b.png"] == (4, 3)
        assert [str(fault) for fault in faults] == [
            f"{tmp_path / 'a.png'}: the image cannot be read: it is a pipe or a device",
            f"{tmp_path / 'c.png'}: the image cannot be read: No such file or directory",
        ]
        assert picture_files(["a.jpg", "b.jpg"], tmp_path) == [None, "b.png"]

    def test_is_no_source_and_no_predictions(self, files: Files, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.json"
        os.mkfifo(pipe)
        for arguments in (("inspect", pipe), ("check", files.annotations, pipe)):
            assert refused(*arguments) == f"{pipe} is a pipe or a device, expected a file: it is read more than once"

    @pytest.mark.parametrize("ending", [*READERS, ".yaml"])
    def test_keeps_no_reader_waiting(self, ending: str, tmp_path: Path) -> None:
        boxlint.write_voc(SCENES, tmp_path)
        os.mkfifo(tmp_path / f"0{ending}")
        for read in self.READERS.values():
            with suppress(ValueError):
                read(tmp_path)
        with suppress(ValueError):
            read_source(tmp_path, None, ReadOptions())


class TestThreads:
    """More threads than a machine can have."""

    SCRIPT = """
import os
import boxlint
from boxlint.synthetic import make_scenes
report = boxlint.check(make_scenes(300).dataset)
print(len(report), len(os.listdir("/proc/self/task")))
child = os.fork()
if child == 0:
    os._exit(len(boxlint.check(make_scenes(300).dataset)) != len(report))
print(os.waitpid(child, 0)[1])
"""

    def test_are_not_made(self) -> None:
        environment = {**os.environ, "RAYON_NUM_THREADS": "100000"}
        done = subprocess.run(
            [sys.executable, "-c", self.SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        rows, threads, child = map(int, done.stdout.split())
        assert (rows > 0, child) == (True, 0)
        assert threads <= 2 * max(64, os.cpu_count() or 1)


def test_images_without_anything_do_not_go_through_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten million of them take seconds: each is looked at, and nothing is converted."""
    converted = []
    asarray = np.asarray

    def noted(*arguments: Any, **options: Any) -> Any:
        converted.append(arguments)
        return asarray(*arguments, **options)

    monkeypatch.setattr(np, "asarray", noted)
    labels: list[Any] = [{"bboxes": [], "labels": []}] * 10_000
    scores = rank.get_label_quality_scores(labels, [[]] * 10_000, verbose=False)
    assert (scores == 1).all()
    assert len(converted) < 100
