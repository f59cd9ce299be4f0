"""Records that cannot be read: `inspect` counts them and reads on, the other commands drop them on request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from commands import Files, edited, refused, run
from source_files import Sources, make_sources


class TestCoco:
    @pytest.fixture
    def broken(self, files: Files, tmp_path: Path) -> Path:
        def spoil(content: Any) -> None:
            for annotation in content["annotations"][3:6]:
                annotation["bbox"] = [1, 2, "x", 4]

        return edited(files.annotations, tmp_path, spoil)

    def test_inspect_reads_on(self, broken: Path, files: Files) -> None:
        count = len(json.loads(broken.read_text())["annotations"])
        *findings, last = run("inspect", broken, files.detections, code=1).stdout.splitlines()
        assert f" {count - 3} annotations, " in last
        assert any(line.startswith("error: annotations: records that cannot be read") for line in findings)
        assert any("(3), the first: annotations[3]" in line for line in findings)

    def test_the_others_refuse_them_unless_they_are_to_be_skipped(self, broken: Path, files: Files) -> None:
        assert "annotations[3]" in refused("score", broken, files.detections)
        assert "left out annotations: " in run("score", broken, files.detections, "--skip-unreadable").stdout

    def test_what_can_be_read_is_judged_and_the_rest_counted(self, broken: Path, files: Files, tmp_path: Path) -> None:
        options = ("--skip-unreadable", "--fail-over", "1", "--corrected", tmp_path / "out.json")
        output = run("check", broken, files.detections, *options).stdout
        assert "left out annotations: records that cannot be read (3), the first: annotations[3]" in output
        records = [json.loads(path.read_text())["annotations"] for path in (broken, tmp_path / "out.json")]
        assert records[1][3:6] == records[0][3:6]

    def test_other_errors_still_refuse(self, broken: Path, files: Files) -> None:
        def double(content: Any) -> None:
            content["images"].append(content["images"][0])

        again = edited(str(broken), broken.parent, double)
        message = refused("check", again, files.detections, "--skip-unreadable", "--fail-over", "1")
        assert message.startswith("--fail-over: this data cannot be judged: images: ids used before (1), ")

    def test_nothing_left_cannot_be_judged(self, files: Files, tmp_path: Path) -> None:
        def spoil(records: Any) -> None:
            for record in records:
                record["score"] = "high"

        spoilt = edited(files.detections, tmp_path, spoil)
        message = refused("check", files.annotations, spoilt, "--skip-unreadable", "--fail-over", "1")
        assert message.startswith("--fail-over: this data cannot be judged: no prediction was read; boxlint inspect")


class TestYolo:
    @pytest.fixture
    def at(self, tmp_path: Path) -> Sources:
        at = make_sources(tmp_path)
        labels = at.yolo / "labels" / "val" / "scene_0001.txt"
        labels.write_text(labels.read_text() + "0 0.5 0.5 x 0.1\n")
        return at

    def test_inspect_reads_on(self, at: Sources) -> None:
        output = run("inspect", at.yolo, code=1).stdout
        assert "error: annotations: records that cannot be read (1), the first: " in output

    def test_the_others_refuse_them_unless_they_are_to_be_skipped(self, at: Sources) -> None:
        assert "scene_0001.txt: line " in refused("check", at.yolo, at.labels)
        output = run("check", at.yolo, at.labels, "--skip-unreadable").stdout
        assert "left out annotations: records that cannot be read" in output

    def test_a_bad_line_of_predictions_is_skipped_too(self, at: Sources) -> None:
        shutil.copytree(at.labels / "labels", at.root / "bad")
        file = at.root / "bad" / "scene_0002.txt"
        file.write_text(file.read_text() + "0 0.5 0.5 0.1 0.1 high\n")
        run("inspect", at.yolo, at.root / "bad", code=1)
        given = (at.coco, at.root / "bad", "--names", "disc,square,triangle,ring,cross,diamond")
        assert "scene_0002.txt: line " in refused("check", *given)
        assert "left out detections: records that" in run("check", *given, "--skip-unreadable").stdout


class TestScored:
    @pytest.fixture
    def at(self, tmp_path: Path) -> Sources:
        return make_sources(tmp_path)

    def test_objects_of_pascal_voc(self, at: Sources) -> None:
        file = min(at.scored_voc.iterdir())
        text = file.read_text()
        first = text.index("<score>")
        file.write_text(text[:first] + "<score>high</score>" + text[text.index("</score>") + len("</score>") :])
        message = refused("check", at.voc, at.scored_voc)
        assert message.startswith(f"{file}: object[0]: score is 'high', expected a number from 0 to 1; --skip")
        output = run("check", at.voc, at.scored_voc, "--skip-unreadable", "--fail-over", "1").stdout
        assert f"left out detections: records that cannot be read (1), the first: {file}: object[0]" in output

    def test_whole_files_of_pascal_voc(self, at: Sources) -> None:
        file = min(at.scored_voc.iterdir())
        file.write_text("")
        assert refused("check", at.voc, at.scored_voc).startswith(f"{file}: the file is empty, expected XML")
        assert "left out detections" in run("check", at.voc, at.scored_voc, "--skip-unreadable").stdout

    def test_classes_without_a_name(self, at: Sources) -> None:
        def spoil(content: Any) -> None:
            for category in content["categories"]:
                del category["name"]

        spoilt = edited(str(at.scored), at.root, spoil)
        first = json.loads(at.scored.read_text())["annotations"][0]["category_id"]
        why = f"category_id is {first}, which is listed without a name; in all"
        assert refused("check", at.yolo, spoilt).startswith(f"{spoilt}: annotations[0]: {why}")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"score": 73}, "score is 73, expected a number from 0 to 1"),
            ({"score": None}, "without score, as in annotations"),
            ({"bbox": [1, 2, 3]}, "bbox is [1, 2, 3], expected [x, y, width, height]"),
            ({"bbox": [1, 2, 3, float("nan")]}, "bbox is [1, 2, 3, nan], expected finite numbers"),
            ({"bbox": [1, 2, 3, 10**400]}, "bbox is [1, 2, 3, 1000"),
            ({"score": 10**400}, "score is 1000"),
            ({"image_id": 999}, "image_id is 999, which is not listed"),
            ({"category_id": [1]}, "category_id is [1], which is not listed"),
        ],
    )
    def test_records_of_coco(self, at: Sources, change: dict[str, Any], why: str) -> None:
        def spoil(content: Any) -> None:
            content["annotations"][4] |= change

        spoilt = edited(str(at.scored), at.root, spoil)
        assert refused("check", at.yolo, spoilt).startswith(f"{spoilt}: annotations[4]: {why}")
        output = run("check", at.yolo, spoilt, "--skip-unreadable").stdout
        assert f"left out detections: records that cannot be read (1), the first: {spoilt}: annotations[4]" in output


class TestLostImages:
    """Images of which nothing can be read take their predictions with them."""

    @pytest.fixture
    def at(self, tmp_path: Path) -> Sources:
        return make_sources(tmp_path)

    @pytest.mark.parametrize("predictions", ["scored_voc", "scored", "ultralytics", "labels"])
    @pytest.mark.parametrize("source", ["voc", "yolo"])
    def test_predictions_of_them_are_left_out_and_told(self, at: Sources, source: str, predictions: str) -> None:
        file = at.voc / "scene_0001.xml" if source == "voc" else at.yolo / "labels" / "val" / "scene_0001.txt"
        file.write_bytes(b"\0\0\0")
        given = [getattr(at, source), getattr(at, predictions), "--skip-unreadable", "--fail-over", "1"]
        names = ["--names", "disc,square,triangle,ring,cross,diamond"]
        output = run("check", *given, *(names if predictions in ("ultralytics", "labels") else [])).stdout
        assert f"left out annotations: records that cannot be read (1), the first: {file}: " in output
        assert "read 59 images, " in output
        if (source, predictions) != ("yolo", "labels"):
            assert "left out detections: records that cannot be read (" in output
            assert "are of 'scene_0001" in output

    def test_unknown_images_are_still_refused(self, at: Sources) -> None:
        (at.voc / "scene_0001.xml").write_text("")
        (at.voc / "scene_0002.xml").unlink()
        message = refused("check", at.voc, at.scored_voc, "--skip-unreadable")
        assert "detections: boxes of an unknown image (" in message
        assert "has 'scene_0002.png'; the annotations have 'scene_0000.png', " in message
