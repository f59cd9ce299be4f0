"""What decides about data, or corrects it, refuses data that cannot be judged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boxlint import read_yolo
from commands import Files, edited, refused, rows_of_csv, run
from source_files import NAMES, SCENES, Sources, make_sources

Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return make_sources(tmp_path_factory.mktemp("sources"))


def give_all_one_id(content: Any) -> None:
    for image in content["images"]:
        image["id"] = 1
    for annotation in content["annotations"]:
        annotation["image_id"] = 1


def restart_ids_in_each_image(content: Any) -> None:
    seen: dict[int, int] = {}
    for annotation in content["annotations"]:
        annotation["id"] = seen[annotation["image_id"]] = seen.get(annotation["image_id"], 0) + 1


def make_corners(records: list[Any]) -> None:
    for record in records:
        x, y, width, height = record["bbox"]
        record["bbox"] = [x, y, x + width, y + height]


def ignore_all(content: Any) -> None:
    for annotation in content["annotations"]:
        annotation["iscrowd"] = 1


def exchange_axes(records: list[Any]) -> None:
    for record in records:
        x, y, width, height = record["bbox"]
        record["bbox"] = [y, x, height, width]


def make_relative(content: Any) -> None:
    for annotation in content["annotations"]:
        annotation["bbox"] = [number / 1000 for number in annotation["bbox"]]


UNFIT = {
    "one id for all images": (give_all_one_id, None, "images: ids used before"),
    "annotation ids restart": (restart_ids_in_each_image, None, "annotations: ids used before"),
    "corners in annotations": (lambda content: make_corners(content["annotations"]), None, "[x1, y1, x2, y2]"),
    "corners in detections": (None, make_corners, "detections: boxes that look like [x1, y1, x2, y2]"),
    "relative": (make_relative, None, "all within 0 to 1"),
    "all ignored": (ignore_all, None, "all annotations are marked to be ignored"),
    "axes exchanged": (None, exchange_axes, "x and y are exchanged on one side"),
    "no detections": (None, lambda records: records.clear(), "no prediction was read"),
    "no annotations": (lambda content: content["annotations"].clear(), None, "no annotation was read"),
}


@pytest.fixture(params=UNFIT, ids=lambda name: name.replace(" ", "_"))
def unfit(request: pytest.FixtureRequest, files: Files, tmp_path: Path) -> tuple[list[str | Path], str]:
    """The arguments of data that cannot be judged, and the reason."""
    of_annotations, of_detections, reason = UNFIT[request.param]
    paths: list[str | Path] = [
        path if edit is None else edited(path, tmp_path, edit)
        for path, edit in zip(files, (of_annotations, of_detections), strict=True)
    ]
    return [*paths, "--skip-unknown"], reason


@pytest.mark.parametrize("options", [["--fail-over", "1"], ["--diff"], ["--corrected", "out.json", "-o", "issues.csv"]])
def test_unfit_data_is_refused_and_nothing_written(
    unfit: tuple[list[str | Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    arguments, reason = unfit
    message = refused("check", *arguments, *options)
    assert message.startswith(f"{options[0]}: this data cannot be judged: ")
    assert reason in message
    assert sorted(tmp_path.iterdir()) == before


def test_despite_errors_goes_on_and_says_so(unfit: tuple[list[str | Path], str], tmp_path: Path) -> None:
    arguments, reason = unfit
    output = run("check", *arguments, "--fail-over", "1", "--corrected", tmp_path / "o.json", "--despite-errors").stdout
    assert "going on despite errors, as asked, though this data cannot be judged: " in output
    assert reason in output
    assert (tmp_path / "o.json").is_file()


def test_everything_skipped_is_unfit(files: Files, tmp_path: Path) -> None:
    def rename(records: Any) -> None:
        for record in records:
            record["image_id"] = f"{record['image_id']} of another split"

    renamed = edited(files.detections, tmp_path, rename)
    message = refused("check", files.annotations, renamed, "--skip-unknown", "--fail-over", "1")
    assert "boxes of an unknown image" in message
    assert "cannot be judged: no prediction was read; " in message
    assert message.endswith("; boxlint inspect tells all, --despite-errors goes on")


def test_text_and_number_ids_that_agree_can_be_judged_if_all_are_joined(files: Files, tmp_path: Path) -> None:
    def write_ids_as_texts(content: Any) -> None:
        for record in content["images"]:
            record["id"] = str(record["id"])
        for record in content["annotations"]:
            record["image_id"] = str(record["image_id"])

    def rename_some(records: Any) -> None:
        for record in records[:5]:
            record["image_id"] = 99999

    texts = edited(files.annotations, tmp_path, write_ids_as_texts)
    for options in ([], ["--skip-unknown"]):
        run("check", texts, files.detections, "--fail-over", "1", *options)
    assert "as text the id of image" in run("inspect", texts, files.detections).stdout
    partly = edited(files.detections, tmp_path, rename_some)
    message = refused("check", texts, partly, "--fail-over", "1", "--skip-unknown")
    assert "cannot be judged: detections: boxes of an unknown image (5), " in message


def test_a_folder_without_a_prediction_is_an_error(at: Sources, tmp_path: Path) -> None:
    shutil.copytree(at.labels / "labels", tmp_path / "empty")
    for file in (tmp_path / "empty").iterdir():
        file.write_text("")
    error = f"error: detections: file or folder without a detection that can be used (1), the first: {tmp_path}"
    assert error in run("inspect", at.yolo, tmp_path / "empty", code=1).stdout
    assert ": no prediction was read; boxlint" in refused("check", at.yolo, tmp_path / "empty", "--fail-over", "1")


def test_a_list_alone_is_not_refused(unfit: tuple[list[str | Path], str], tmp_path: Path) -> None:
    run("check", *unfit[0], "-o", tmp_path / "issues.csv")


def test_fit_data_passes(files: Files, tmp_path: Path) -> None:
    said = run("check", *files, "--fail-over", "1", "--corrected", tmp_path / "o.json", "--despite-errors")
    assert "despite" not in said.stdout


class TestDiff:
    def test_each_change_is_a_line_and_nothing_is_written(self, files: Files, tmp_path: Path) -> None:
        def double(content: Any) -> None:
            content["annotations"].append(content["annotations"][0] | {"id": 9999})

        given = edited(files.annotations, tmp_path, double), files.detections
        run("check", *given, "-o", tmp_path / "issues.csv")
        rows = [row for row in rows_of_csv(tmp_path / "issues.csv") if float(row["suspicion"]) >= 0.5]
        before = sorted(tmp_path.iterdir())
        *lines, last = run("check", *given, "--diff").stdout.splitlines()[2:]
        assert last == f"{len(rows)} corrections from suspicion 0.5 on; nothing is written"
        assert sorted(line.split(":")[0] for line in lines) == sorted(row["image_name"] for row in rows)
        swap = next(row for row in rows if row["kind"] == "swap")
        corners = " ".join(f"{float(swap[f'given_{side}']):.0f}" for side in ("x1", "y1", "x2", "y2"))
        assert (
            f"{swap['image_name']}: annotation {swap['annotation_id']}: "
            f"{swap['given_label']} {corners} -> {swap['suggested_label']}"
        ) in lines
        assert {" (duplicate)", "new annotation: nothing"} <= {
            part for line in lines for part in (line[-12:], line.split(": ", 1)[1][:23])
        }
        assert sorted(tmp_path.iterdir()) == before

    def test_it_writes_nothing_so_outputs_are_refused(self, files: Files, tmp_path: Path) -> None:
        out = tmp_path / "out.json"
        assert refused("check", *files, "--diff", "--corrected", out).endswith("leave out --corrected")
        assert refused("check", *files, "--diff", "-o", out).endswith("leave out --output")

    def test_corrected_from_chooses_the_suspicion(self, files: Files) -> None:
        counts = []
        for suspicion in ("0.1", "0.5", "0.9"):
            last = run("check", *files, "--diff", "--corrected-from", suspicion).stdout.splitlines()[-1]
            assert last.endswith(f"from suspicion {suspicion} on; nothing is written")
            counts.append(int(last.split()[0]))
        assert counts[0] > counts[1] > counts[2]

    def test_rows_that_are_hidden_cannot_be_corrected(self, files: Files) -> None:
        message = refused("check", *files, "--diff", "--corrected-from", "0.3", "--min-suspicion", "0.4")
        assert message == "--min-suspicion 0.4 hides rows that --diff needs"


class TestCorrected:
    def test_a_yolo_folder_comes_back_as_one(self, at: Sources, tmp_path: Path) -> None:
        changed = changed_images(at, at.yolo, at.labels)
        output = run("check", at.yolo, at.labels, "--corrected", tmp_path / "out").stdout
        assert f"wrote {tmp_path / 'out'} with" in output
        given = at.yolo / "labels" / "val"
        assert {path.name for path in given.iterdir()} == {path.name for path in (tmp_path / "out").iterdir()}
        different = {
            path.stem for path in given.iterdir() if path.read_text() != (tmp_path / "out" / path.name).read_text()
        }
        assert different == changed
        sizes = dict.fromkeys(SCENES.dataset.image_names or (), (640.0, 480.0))
        assert len(read_yolo(tmp_path / "out", names=NAMES.split(","), image_sizes=sizes)) == len(sizes)

    def test_a_voc_folder_comes_back_as_one(self, at: Sources, tmp_path: Path) -> None:
        changed = changed_images(at, at.voc, at.scored_voc)
        run("check", at.voc, at.scored_voc, "--corrected", tmp_path / "out")
        assert {path.name for path in at.voc.iterdir()} == {path.name for path in (tmp_path / "out").iterdir()}
        different = {
            path.stem for path in at.voc.iterdir() if path.read_text() != (tmp_path / "out" / path.name).read_text()
        }
        assert different == changed

    def test_a_coco_file_has_the_changes_of_the_suspicion(self, files: Files, tmp_path: Path) -> None:
        before = json.loads(Path(files.annotations).read_text())["annotations"]
        for suspicion, name in (("0.5", "few.json"), ("1", "none.json")):
            run("check", *files, "--corrected", tmp_path / name, "--corrected-from", suspicion)
        assert json.loads((tmp_path / "few.json").read_text())["annotations"] != before
        assert json.loads((tmp_path / "none.json").read_text())["annotations"] == before

    def test_it_is_not_written_into_what_is_read(self, at: Sources, tmp_path: Path) -> None:
        shutil.copytree(at.voc, tmp_path / "voc")
        for out in (tmp_path / "voc", tmp_path / "voc" / "inside"):
            message = refused("check", tmp_path / "voc", at.scored_voc, "--corrected", out)
            assert "is read" in message
        assert len(list((tmp_path / "voc").iterdir())) == len(list(at.voc.iterdir()))

    def test_a_file_is_no_folder_and_a_folder_no_file(self, at: Sources, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "is a file, expected a folder" in refused("check", at.yolo, at.labels, "--corrected", tmp_path / "file")
        assert "is a folder, expected a file" in refused("check", at.coco, at.results, "--corrected", tmp_path)
        assert "fixed.csv: expected a path that ends in .json" in refused(
            "check", at.coco, at.results, "--corrected", tmp_path / "fixed.csv"
        )
        run("check", at.coco, at.results, "--corrected", tmp_path / "FIXED.JSON", "--despite-errors")
        assert json.loads((tmp_path / "FIXED.JSON").read_text())["annotations"]


def changed_images(at: Sources, *arguments: Path) -> set[str]:
    """The stems of the images that `--diff` names."""
    lines = run("check", *arguments, "--diff").stdout.splitlines()[2:-1]
    assert lines
    return {Path(line.split(":")[0]).stem for line in lines}
