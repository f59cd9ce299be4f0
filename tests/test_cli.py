"""Every command but `check`, end to end, on files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

import boxlint
from boxlint import Dataset
from boxlint.benchmark import evaluate, objectlab_ranking, plant
from boxlint.synthetic import CLASSES, make_scenes
from commands import Files, edited, refused, rows_of_csv, run, table_lines
from source_files import make_sources

SCORE_COLUMNS = ["image", "score", "overlooked", "badloc", "swap", "annotations", "predictions"]


@pytest.mark.parametrize("command", ["inspect", "score", "check"])
def test_detections_may_name_file_stems_and_class_positions(files: Files, tmp_path: Path, command: str) -> None:
    content = json.loads(Path(files.annotations).read_text())
    stem = {image["id"]: Path(image["file_name"]).stem for image in content["images"]}
    position = {category["id"]: index for index, category in enumerate(content["categories"], 5)}

    def rename(detections: Any) -> None:
        for detection in detections:
            detection["image_id"] = stem[detection["image_id"]]
            detection["category_id"] = position[detection["category_id"]]

    renamed = edited(files.detections, tmp_path, rename)
    by_id = run(command, *files).stdout.splitlines()
    by_name = run(command, files.annotations, renamed, "--images-by-stem", "--classes-from", "5").stdout.splitlines()
    assert by_name[0] == by_id[0].replace(files.detections, str(renamed))
    assert by_name[1:] == by_id[1:]


@pytest.mark.parametrize("command", ["score", "check"])
def test_a_fault_that_makes_scores_wrong_is_reported(files: Files, tmp_path: Path, command: str) -> None:
    def repeat_an_id(content: Any) -> None:
        content["annotations"].append(content["annotations"][0])

    said = run(command, edited(files.annotations, tmp_path, repeat_an_id), files.detections)
    assert "annotations: ids used before (1)" in said.stderr


@pytest.mark.parametrize(("factor", "blind"), [(0.4, "finds no error"), (0.9, "no overlooked or swapped box")])
def test_scores_too_low_for_objectlab_are_told_by_score_alone(
    files: Files, tmp_path: Path, factor: float, blind: str
) -> None:
    def lower(detections: Any) -> None:
        for detection in detections:
            detection["score"] *= factor

    lowered = edited(files.detections, tmp_path, lower)
    assert blind in run("score", files.annotations, lowered).stderr
    assert run("check", files.annotations, lowered, "--fail-over", "1").stderr == ""


class TestScore:
    def test_csv_json_and_parquet_hold_the_same_rows(self, files: Files, tmp_path: Path) -> None:
        for ending in ("csv", "json", "parquet"):
            run("score", *files, "-o", tmp_path / f"scores.{ending}")
        from_csv = rows_of_csv(tmp_path / "scores.csv")
        from_json = json.loads((tmp_path / "scores.json").read_text())
        assert list(from_csv[0]) == list(from_json[0]) == SCORE_COLUMNS
        assert [{name: str(value) for name, value in row.items()} for row in from_json] == from_csv
        assert pq.read_table(tmp_path / "scores.parquet").to_pylist() == from_json

    def test_scores_are_those_of_rank(self, files: Files, tmp_path: Path) -> None:
        run("score", *files, "-o", tmp_path / "scores.json")
        rows = json.loads((tmp_path / "scores.json").read_text())
        dataset = boxlint.read_coco(*files)
        scores = boxlint.rank.get_label_quality_scores(dataset.annotations, dataset.predictions, verbose=False)
        assert [row["image"] for row in rows] == list(dataset.image_names or ())
        assert [row["score"] for row in rows] == scores.tolist()
        assert [row["annotations"] for row in rows] == np.diff(dataset.annotations.offsets).tolist()

    def test_classes_of_one_name_are_one(self, files: Files, tmp_path: Path) -> None:
        def split(content: Any) -> None:
            content["categories"].append({"id": 99, "name": content["categories"][0]["name"]})
            for annotation in content["annotations"][::2]:
                if annotation["category_id"] == content["categories"][0]["id"]:
                    annotation["category_id"] = 99

        same = edited(files.annotations, tmp_path, split)
        assert self.scores(tmp_path, same, files.detections) == self.scores(tmp_path, *files)

    def test_predictions_of_classes_not_looked_for_are_left_out(self, files: Files, tmp_path: Path) -> None:
        def look_for_few(content: Any) -> None:
            for image in content["images"]:
                image["neg_category_ids"] = [1]

        partly = edited(files.annotations, tmp_path, look_for_few)
        seen = {(record["image_id"], record["category_id"]) for record in json.loads(partly.read_text())["annotations"]}

        def keep_seen(records: Any) -> None:
            records[:] = [
                record
                for record in records
                if record["category_id"] == 1 or (record["image_id"], record["category_id"]) in seen
            ]

        few = edited(files.detections, tmp_path, keep_seen)
        assert self.scores(tmp_path, partly, files.detections) == self.scores(tmp_path, files.annotations, few)
        assert self.scores(tmp_path, *files) != self.scores(tmp_path, files.annotations, few)

    def scores(self, tmp_path: Path, *data: str | Path) -> list[str]:
        run("score", *data, "-o", tmp_path / "scores.csv")
        return [row["score"] for row in rows_of_csv(tmp_path / "scores.csv")]

    def test_the_worst_images_are_shown_first(self, files: Files, tmp_path: Path) -> None:
        output = run("score", *files, "--top", "3", "-o", tmp_path / "scores.json").stdout
        rows = json.loads((tmp_path / "scores.json").read_text())
        worst = [row["image"] for row in sorted(rows, key=lambda row: float(row["score"]))]
        assert "the 3 worst images" in output
        assert re.findall(r"scene_\d+.png", output) == worst[:3]

    def test_top_0_shows_no_table(self, files: Files) -> None:
        assert "worst" not in run("score", *files, "--top", "0").stdout

    def test_weights_decide_what_counts(self, files: Files, tmp_path: Path) -> None:
        run("score", *files, "-o", tmp_path / "a.json", "--weights", "overlooked=0,badloc=1,swap=0")
        rows = json.loads((tmp_path / "a.json").read_text())
        assert [row["score"] for row in rows] == pytest.approx([row["badloc"] for row in rows])

    def test_crowds_are_left_out_and_counted_unless_they_are_included(self, files: Files, tmp_path: Path) -> None:
        def crowd(content: Any) -> None:
            for annotation in content["annotations"][:4]:
                annotation["iscrowd"] = 1

        everything = json.loads(Path(files.annotations).read_text())["annotations"]
        crowded = edited(files.annotations, tmp_path, crowd)
        output = run("score", crowded, files.detections, "--top", "0").stdout
        assert f"{len(everything) - 4:,} annotations" in output
        assert "4 crowd or ignored annotations left out" in output
        output = run("score", crowded, files.detections, "--top", "0", "--include-ignored").stdout
        assert f"{len(everything):,} annotations" in output
        assert "left out" not in output

    def test_unknown_images_are_counted_and_the_first_is_shown(self, files: Files, tmp_path: Path) -> None:
        def rename(content: Any) -> None:
            for detection in content[:7]:
                detection["image_id"] += 10_000

        changed = edited(files.detections, tmp_path, rename)
        first = "boxes of an unknown image (7), the first: detections[0] names image 10001; listed are "
        assert first in refused("score", files.annotations, changed)
        output = run("score", files.annotations, changed, "--skip-unknown", "--top", "0").stdout
        assert re.search(r"left out detections: .*unknown.* \(7\), the first: .*10001", output)

    def test_unknown_categories_are_counted_and_the_first_is_shown(self, files: Files, tmp_path: Path) -> None:
        def rename(content: Any) -> None:
            for detection in content[:5]:
                detection["category_id"] = 77

        changed = edited(files.detections, tmp_path, rename)
        first = "boxes of an unknown class (5), the first: detections[0] names category 77; listed are "
        assert first in refused("score", files.annotations, changed)
        assert (
            "left out detections: boxes of an unknown class (5)"
            in run("score", files.annotations, changed, "--skip-unknown").stdout
        )

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", "nonsense", '{"images": 3}'])
    def test_annotations_that_are_none_are_one_sentence(self, files: Files, tmp_path: Path, content: str) -> None:
        (tmp_path / "bad.json").write_text(content)
        assert "bad.json" in refused("score", tmp_path / "bad.json", files.detections)

    def test_a_file_that_is_not_there_is_named(self, files: Files) -> None:
        assert refused("score", files.annotations, "nowhere.json").startswith("nowhere.json: No such file")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["-o", "scores.txt"], "scores.txt: expected a path that ends in .csv, .json or .parquet"),
            (["--weights", "overlooked"], "--weights overlooked: expected overlooked=...,badloc=...,swap=..."),
            (["--weights", "overlooked=1,badloc=1,swap=1"], "sum"),
        ],
    )
    def test_bad_options_are_refused(self, files: Files, options: list[str], message: str) -> None:
        assert message in refused("score", *files, *options)


class TestBenchmark:
    def test_check_and_objectlab_stand_side_by_side(self, files: Files) -> None:
        output = run("benchmark", *files, "--seeds", "1", width=80).stdout
        dataset = boxlint.read_coco(*files)
        _, truth = plant(dataset, 0.1, seed=1)
        assert f"planted {truth!r}\n" in output
        lines = table_lines(output, "left check, right ObjectLab")
        assert [line.split()[0] for line in lines[1:6]] == ["image", "missing", "swap", "badloc", "spurious"]
        assert all(len(re.findall(r"\d\.\d{3}|-", line)) == 9 for line in lines[1:6])
        assert max(map(len, output.splitlines()[1:])) <= 80

    def test_seeds_are_averaged(self, files: Files) -> None:
        outputs = {seeds: run("benchmark", *files, "--seeds", seeds).stdout for seeds in ("1", "2")}
        assert outputs["1"] != outputs["2"]
        assert "with 2 seeds in all" in outputs["2"]
        assert run("benchmark", *files, "--seeds", "2").stdout == outputs["2"]

    def test_the_errors_of_an_annotator_are_planted(self, files: Files) -> None:
        output = run("benchmark", *files, "--annotator", files.detections, "--rate", "0.4", "--seeds", "1").stdout
        dataset = boxlint.read_coco(*files)
        assert f"planted {plant(dataset, 0.4, seed=1, annotator=dataset.predictions)[1]!r}\n" in output

    def test_several_detectors_are_measured_together(self, files: Files, tmp_path: Path) -> None:
        def weaken(content: Any) -> None:
            del content[::2]

        weaker = edited(files.detections, tmp_path, weaken)
        output = run("benchmark", files.annotations, weaker, files.detections, "--seeds", "1", width=80).stdout
        strong, weak = (boxlint.read_coco(files.annotations, path) for path in (files.detections, weaker))
        corrupted, truth = plant(Dataset.of_detectors({"strong": strong, "weak": weak}), 0.1, seed=1)
        found = evaluate(boxlint.check(corrupted), truth)
        rival = evaluate(objectlab_ranking(corrupted.detectors["weak"]), truth)["image"]
        lines = table_lines(output, f"left check, right ObjectLab of {weaker.stem} alone")
        assert f"{found['image'].average_precision:.3f} {rival.average_precision:.3f}" in lines[1]
        for line, kind in zip(lines[2:6], ("missing", "swap", "badloc", "spurious"), strict=True):
            assert line.split()[0] == kind
            assert f" {found[kind].average_precision:.3f} " in line

    def test_kinds_limit_what_is_planted(self, files: Files) -> None:
        output = run("benchmark", *files, "--kinds", "duplicate", "--seeds", "1").stdout
        assert re.search(r"planted Truth\(\d+ duplicate in 120 images\)", output)

    def test_natural_leaves_out_what_is_flagged_difficult(self, files: Files, tmp_path: Path) -> None:
        def flag(content: Any) -> None:
            for annotation in content["annotations"][::9]:
                annotation["difficult"] = 1

        count = len(json.loads(Path(files.annotations).read_text())["annotations"][::9])
        flagged = edited(files.annotations, tmp_path, flag)
        output = run("benchmark", flagged, files.detections, "--natural").stdout
        assert f"planted Truth({count} missing in 120 images)" in output

    def test_natural_takes_options_about_predictions_and_annotations_that_are_not_ignored(self, tmp_path: Path) -> None:
        at = make_sources(tmp_path)
        for file in at.voc.iterdir():
            file.write_text(file.read_text().replace("<difficult>0", "<difficult>1", 1))
        names = ",".join(CLASSES)
        given = ("benchmark", at.voc, at.ultralytics, "--natural", "--classes-from", "1", "--names", names)
        assert refused(*given) == (
            "no error is planted: all annotations that are flagged difficult are ignored: add --include-ignored"
        )
        assert "missing in 60 images)" in run(*given, "--include-ignored").stdout

    def test_a_plot_is_drawn_on_request(self, files: Files, tmp_path: Path) -> None:
        run("benchmark", *files, "--seeds", "1", "--plot", tmp_path / "out.png")
        with Image.open(tmp_path / "out.png") as picture:
            assert picture.width > picture.height > 400

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--plot", "out.doc"], "out.doc: expected a path that ends in .png, .svg or .pdf"),
            (["--kinds", "typo"], "kinds: unknown kind 'typo'"),
            (["--natural", "--annotator", "other.json"], "--natural and --annotator: expected one of the two"),
            (["--natural"], "no annotation is flagged difficult"),
            (["--annotator", "nowhere.json"], "nowhere.json: No such file"),
            (["--rate", "0"], "no error is planted into 647 annotations at a rate of 0"),
        ],
    )
    def test_bad_options_are_refused(self, files: Files, options: list[str], message: str) -> None:
        assert message in refused("benchmark", *files, *options)


class TestDemo:
    def test_files_are_made_and_counted(self, tmp_path: Path) -> None:
        output = run("demo", tmp_path / "demo", "--images", "10").stdout
        assert "drew 10 synthetic scenes with 2 planted errors" in output
        assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == [
            "annotations.json", "detections.json", "errors.json", "images", "report.html",
        ]  # fmt: skip
        names = [f"scene_{image:04}.png" for image in range(10)]
        assert sorted(path.name for path in (tmp_path / "demo" / "images").iterdir()) == names
        errors = json.loads((tmp_path / "demo" / "errors.json").read_text())
        assert len(errors) == 2
        assert set(errors) < set(names)

    def test_found_errors_are_counted_right(self, tmp_path: Path) -> None:
        output = run("demo", tmp_path, "--images", "40", "--seed", "2").stdout
        scenes = make_scenes(40, seed=2)
        dataset = boxlint.read_coco(tmp_path / "annotations.json", tmp_path / "detections.json")
        scores = boxlint.rank.get_label_quality_scores(dataset.annotations, dataset.predictions, verbose=False)
        found = len(set(np.argsort(scores, kind="stable")[:6].tolist()) & set(scenes.errors))
        assert f"{found} of the 6 images with a planted error are among the 6 worst" in output
        issues = boxlint.check(dataset).issues
        listed = [(issues["image_index"][row], issues["kind"][row]) for row in range(6)]
        planted = sum(scenes.errors.get(image) == kind for image, kind in listed)
        said = re.search(r"(\d+) of the 6 planted errors are among the first 6 rows that check lists; ", output)
        assert said is not None
        assert 0 < int(said[1]) <= planted

    @pytest.mark.parametrize("name", ["annotations.json", "detections.json", "errors.json", "report.html"])
    def test_what_is_not_of_a_demo_is_not_replaced(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("mine")
        assert refused("demo", tmp_path) == f"{tmp_path / name}: is not of an earlier demo: give another folder"
        assert [path.name for path in tmp_path.iterdir()] == [name]
        assert (tmp_path / name).read_text() == "mine"

    def test_errors_of_another_kind_are_of_no_demo(self, tmp_path: Path) -> None:
        (tmp_path / "errors.json").write_text('{"main.py": ["unused import"]}')
        (tmp_path / "report.html").write_text("mine")
        assert refused("demo", tmp_path).endswith("errors.json: is not of an earlier demo: give another folder")
        assert (tmp_path / "report.html").read_text() == "mine"

    def test_an_earlier_demo_is_replaced(self, tmp_path: Path) -> None:
        for seed in ("5", "6"):
            run("demo", tmp_path, "--images", "5", "--seed", seed)

    def test_equal_seeds_draw_equal_scenes(self, tmp_path: Path) -> None:
        for folder, seed in (("a", "5"), ("b", "5"), ("c", "6")):
            run("demo", tmp_path / folder, "--images", "5", "--seed", seed)
        content = {folder: [path.read_bytes() for path in sorted((tmp_path / folder).rglob("*.*"))] for folder in "abc"}
        assert content["a"] == content["b"] != content["c"]


class TestRealData:
    @pytest.mark.parametrize(
        ("name", "detections", "counts"),
        [
            ("voc2007_test", "detections_yolov2.json", "4,952 images, 14,976 annotations and 101,139 detections of 20"),
            ("coco_val2017", "detections_yolov2.json", "5,000 images, 36,335 annotations and 12,457 detections of 80"),
            ("coco_small", "detections.json", "100 images, 830 annotations and 734 detections of 80"),
        ],
    )
    @pytest.mark.parametrize("command", ["score", "check"])
    def test_a_row_for_everything(
        self, data_dir: Path, tmp_path: Path, command: str, name: str, detections: str, counts: str
    ) -> None:
        folder = data_dir / name
        output = run(
            command, folder / "annotations.json", folder / detections, "-o", tmp_path / "out.csv", width=80
        ).stdout
        assert f"read {counts}" in output
        written = re.search(r"out.csv: ([\d,]+) rows?", output.replace("\n", " "))
        assert written is not None
        assert len(rows_of_csv(tmp_path / "out.csv")) == int(written[1].replace(",", ""))
