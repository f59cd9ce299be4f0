"""`boxlint check`, end to end, on files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import boxlint
from boxlint.synthetic import make_scenes
from commands import Files, edited, refused, rows_of_csv, run, table_lines

ISSUE_COLUMNS = [
    "image_index", "image_id", "image_name", "kind", "suspicion", "annotation_index", "annotation_id",
    "prediction_index", "prediction_id", "score", "iou", "detectability", "kept_annotation_index",
    "kept_annotation_id", "given_class", "given_category_id", "given_label", "suggested_class",
    "suggested_category_id", "suggested_label", "given_x1", "given_y1", "given_x2", "given_y2", "suggested_x1",
    "suggested_y1", "suggested_x2", "suggested_y2", "reason", "issue_id",
]  # fmt: skip


class TestCheck:
    def test_csv_json_and_parquet_hold_the_rows_of_the_report(self, files: Files, tmp_path: Path) -> None:
        for ending in ("csv", "json", "parquet"):
            run("check", *files, "-o", tmp_path / f"issues.{ending}")
        from_json = json.loads((tmp_path / "issues.json").read_text())
        issues = boxlint.check(boxlint.read_coco(*files)).issues
        assert [row["kind"] for row in from_json] == issues["kind"].tolist()
        assert [row["suspicion"] for row in from_json] == issues["suspicion"].tolist()
        assert [row["reason"] for row in pq.read_table(tmp_path / "issues.parquet").to_pylist()] == [
            row["reason"] for row in rows_of_csv(tmp_path / "issues.csv")
        ]

    def test_the_columns_are_those_of_the_report(self, files: Files, tmp_path: Path) -> None:
        run("check", *files, "-o", tmp_path / "issues.parquet")
        assert pq.read_table(tmp_path / "issues.parquet").column_names == ISSUE_COLUMNS

    def test_the_most_suspicious_rows_are_shown_first(self, files: Files) -> None:
        output = run("check", *files, "--top", "5").stdout
        top = boxlint.check(boxlint.read_coco(*files)).issues
        lines = table_lines(output, f"the 5 most suspicious of {len(top):,} rows")
        assert [line.split()[:3] for line in lines[:5]] == [
            [f"{top['suspicion'][row]:.3f}", top["kind"][row], top["image_name"][row]] for row in range(5)
        ]

    def test_top_0_shows_no_table(self, files: Files) -> None:
        assert "most suspicious" not in run("check", *files, "--top", "0").stdout

    @pytest.mark.parametrize("width", [80, 100, 200])
    def test_everything_fits_the_terminal(self, files: Files, width: int) -> None:
        output = run("check", *files, width=width).stdout
        recognised, read, *lines = output.splitlines()
        assert recognised.startswith("read as COCO annotations: annotations.json, 120 images")
        assert read.startswith("read 120 images")
        assert max(map(len, lines)) <= width

    def test_kinds_limit_what_is_listed(self, files: Files, tmp_path: Path) -> None:
        run("check", *files, "--kinds", "swap,badloc", "-o", tmp_path / "issues.csv")
        assert {row["kind"] for row in rows_of_csv(tmp_path / "issues.csv")} == {"swap", "badloc"}

    def test_min_suspicion_limits_what_is_listed(self, files: Files, tmp_path: Path) -> None:
        for least in ("0", "0.3"):
            run("check", *files, "--min-suspicion", least, "-o", tmp_path / f"{least}.csv")
        everything, likely = rows_of_csv(tmp_path / "0.csv"), rows_of_csv(tmp_path / "0.3.csv")
        assert likely == [row for row in everything if float(row["suspicion"]) >= 0.3]
        assert 0 < len(likely) < len(everything)

    def test_the_corrected_file_has_fewer_suspicious_rows(self, files: Files, tmp_path: Path) -> None:
        output = run("check", *files, "--corrected", tmp_path / "corrected.json").stdout
        before = boxlint.check(boxlint.read_coco(*files)).issues
        after = boxlint.check(boxlint.read_coco(tmp_path / "corrected.json", files.detections)).issues
        assert f"corrected.json with {np.count_nonzero(before['suspicion'] >= 0.5)} corrections" in " ".join(
            output.split()
        )
        assert np.count_nonzero(before["suspicion"] >= 0.5) > 5
        assert np.count_nonzero(after["suspicion"] >= 0.5) < np.count_nonzero(before["suspicion"] >= 0.5) / 2

    def test_the_corrected_file_keeps_what_boxlint_does_not_know(self, files: Files, tmp_path: Path) -> None:
        def describe(content: Any) -> None:
            content["info"] = {"description": "scenes"}
            content["annotations"].append(content["annotations"][0] | {"id": 9999})
            for number, record in enumerate(content["annotations"]):
                record |= {"segmentation": [[number, 1, 2, 3, 4, 5]], "iscrowd": int(number == 7)}

        given = edited(files.annotations, tmp_path, describe)
        run("check", given, files.detections, "--corrected", tmp_path / "corrected.json")
        before, after = (json.loads(path.read_text()) for path in (given, tmp_path / "corrected.json"))
        assert [before[name] for name in ("info", "images", "categories")] == [
            after[name] for name in ("info", "images", "categories")
        ]
        known = {record["id"]: record for record in before["annotations"]}
        kept = [record for record in after["annotations"] if record["id"] in known]
        changed = [record for record in kept if record != known[record["id"]]]
        assert before["annotations"][7] in kept
        assert 0 < len(changed) < len(kept) < len(known)
        assert [record["id"] for record in kept] == [one for one in known if one in {two["id"] for two in kept}]
        for record in changed:
            same_box = record["bbox"] == known[record["id"]]["bbox"]
            assert ("segmentation" in record) == same_box

    def test_fail_over_is_a_gate(self, files: Files) -> None:
        dataset = boxlint.read_coco(*files)
        issues = boxlint.check(dataset).issues
        likely = np.count_nonzero((issues["suspicion"] >= 0.5) & (issues["annotation_index"] >= 0))
        fraction = likely / len(dataset.annotations.class_id)
        assert fraction > 0
        run("check", *files, "--fail-over", str(fraction))
        result = run("check", *files, "--fail-over", str(fraction * 0.99), code=1)
        assert result.stderr == f"boxlint: {fraction:.2%} of the annotations are listed at suspicion 0.5 or more\n"

    def test_missing_objects_have_a_bound_of_their_own(self, files: Files) -> None:
        dataset = boxlint.read_coco(*files)
        likely = boxlint.check(dataset).issues.where(min_suspicion=0.5)
        missing, swaps = (len(likely.where(kind=kind)) for kind in ("missing", "swap"))
        assert min(missing, swaps) > 0
        count = len(dataset.annotations.class_id)
        run("check", *files, "--fail-over", f"missing={missing / count}")
        bounds = f"1,missing={missing / count * 0.99},swap={swaps / count * 0.99}"
        for form in ("text", "json", "github", "sarif"):
            said = run("check", *files, "--format", form, "--fail-over", bounds, code=1).stderr.splitlines()[-2:]
            assert said == [
                f"boxlint: {count_of} rows of kind {kind} at suspicion 0.5 or more, "
                f"{count_of / count:.2%} of the number of annotations"
                for kind, count_of in (("missing", missing), ("swap", swaps))
            ]

    @pytest.mark.parametrize(
        ("bounds", "refusal"),
        [
            ("mising=0.1", "'mising' is no kind of error, expected one of missing, swap, badloc, spurious, duplicate"),
            ("missing=x", "'x' is not a valid fraction"),
            ("0.1,swap=2", "2.0 is not in the range 0<=x<=1"),
            ("0.1,0.2", "'0.1,0.2' has two fractions for all kinds"),
            ("missing=0.1,missing=0.2", "has two fractions for missing"),
        ],
    )
    def test_bounds_that_are_none_are_refused(self, files: Files, bounds: str, refusal: str) -> None:
        assert refusal in refused("check", *files, "--fail-over", bounds)

    def test_a_kind_that_is_left_out_has_no_bound(self, files: Files) -> None:
        message = refused("check", *files, "--kinds", "swap,badloc", "--fail-over", "0.1,missing=0.1")
        assert message == "--kinds swap,badloc leaves out missing, for which --fail-over has a bound"

    def test_files_are_written_before_the_gate_closes(self, files: Files, tmp_path: Path) -> None:
        run("check", *files, "--fail-over", "0", "-o", tmp_path / "issues.csv", code=1)
        assert rows_of_csv(tmp_path / "issues.csv")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["-o", "issues.txt"], "issues.txt: expected a path that ends in .csv, .json, .parquet or .sarif"),
            (["--kinds", "swap,typo"], "typo"),
            (["--min-suspicion", "0.6", "--fail-over", "0.1"], "--min-suspicion 0.6 hides rows"),
        ],
    )
    def test_bad_options_are_refused(self, files: Files, options: list[str], message: str) -> None:
        assert message in refused("check", *files, *options)

    def test_bad_files_are_refused(self, files: Files, tmp_path: Path) -> None:
        (tmp_path / "bad.json").write_text('[{"image_id": 1}]')
        assert "bad.json" in refused("check", files.annotations, tmp_path / "bad.json")

    def test_an_empty_report_is_no_failure(self, files: Files, tmp_path: Path) -> None:
        (tmp_path / "none.json").write_text("[]")
        given = files.annotations, tmp_path / "none.json"
        assert "most suspicious of" not in run("check", *given, "--fail-over", "0", "--despite-errors").stdout


def test_long_names_are_whole_where_the_terminal_has_room(files: Files, tmp_path: Path) -> None:
    long = "folder_of_a_camera/" * 3

    def rename(content: Any) -> None:
        for image in content["images"]:
            image["file_name"] = long + image["file_name"]

    given = edited(files.annotations, tmp_path, rename)
    first = str(boxlint.check(boxlint.read_coco(given, files.detections))[0].image_name)
    shown = {width: run("check", given, files.detections, width=width).stdout.splitlines()[4] for width in (80, 200)}
    assert first in shown[200]
    assert first not in shown[80]


def without_predictions(files: Files, folder: Path, every: int) -> Path:
    """The detections, without those of one of so many images."""

    def edit(content: list[dict[str, Any]]) -> None:
        content[:] = [box for box in content if box["image_id"] % every]

    return edited(files.detections, folder, edit)


def test_says_that_many_images_have_no_detection(files: Files, tmp_path: Path) -> None:
    half = without_predictions(files, tmp_path, 2)
    found = re.search(
        r"(\d+) of 120 images with annotations have no detection", run("check", files.annotations, half).stderr
    )
    assert found
    assert int(found[1]) >= 60
    several = run("check", files.annotations, half, files.detections).stderr
    assert several.count("--empty-not-run") == several.count(f"no detection of {half.stem}, ") == 1
    assert "--empty-not-run" not in run("score", files.annotations, half).stderr
    few = without_predictions(files, tmp_path, 8)
    assert "--empty-not-run" not in run("check", files.annotations, few).stderr


def test_says_that_detectors_have_no_image_in_common(files: Files, tmp_path: Path) -> None:
    """The detections of one detector in two splits were told as those of two, one split each."""
    even, odd = tmp_path / "even.json", tmp_path / "odd.json"
    boxes = json.loads(Path(files.detections).read_text())
    for path, rest in ((even, 0), (odd, 1)):
        path.write_text(json.dumps([box for box in boxes if box["image_id"] % 2 == rest]))
    apart = run("check", files.annotations, even, odd).stderr
    assert apart.count("boxlint: ") == 1
    assert "no image has detections of two of the 2 detectors" in apart
    for others in ((even, files.detections), (even, odd, "--empty-not-run"), (files.detections,)):
        assert "detections of two of" not in run("check", files.annotations, *others).stderr


def test_a_detector_says_nothing_where_it_was_not_run(files: Files, tmp_path: Path) -> None:
    half = without_predictions(files, tmp_path, 2)
    rows = {}
    for options in ((), ("--empty-not-run",)):
        said = run("check", files.annotations, half, *options, "-o", tmp_path / "rows.csv")
        rows[options] = [row for row in rows_of_csv(tmp_path / "rows.csv") if row["kind"] == "spurious"]
    assert "--empty-not-run" not in said.stderr
    assert all(int(row["image_id"]) % 2 for row in rows["--empty-not-run",])
    assert not all(int(row["image_id"]) % 2 for row in rows[()])
    inspected = run("inspect", files.annotations, half, "--empty-not-run").stdout
    assert "images without detections" not in inspected
    assert refused("inspect", files.annotations, "--empty-not-run") == (
        "--empty-not-run is about predictions, which are not given"
    )
    assert "images without detections" in run("inspect", files.annotations, half).stdout


def test_errors_may_be_allowed_where_nothing_would_stop_at_them(files: Files) -> None:
    """As with the action of GitHub, whose bound may be empty."""
    assert run("check", *files, "--despite-errors") == run("check", *files)


def test_rows_that_are_left_out_are_called_few_errors_only_where_they_are(files: Files, tmp_path: Path) -> None:
    likely, unlikely = (
        run("check", *files, "-o", tmp_path / "rows.csv", "--max-rows", str(rows)).stdout.split("wrote ")[1]
        for rows in (1, 100)
    )
    assert "less suspicious rows (" in likely
    assert "less suspicious rows, of which few are errors (" in unlikely


def test_parquet_says_itself_where_a_detector_was_not_run(tmp_path: Path) -> None:
    boxlint.write_parquet(make_scenes(5).dataset, tmp_path / "scenes.parquet")
    said = refused("check", tmp_path / "scenes.parquet", "--empty-not-run")
    assert (
        said == "--empty-not-run is for COCO annotations and COCO results and Pascal VOC and YOLO labels, found Parquet"
    )
