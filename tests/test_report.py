"""A report as a table: rows, columns, filters, ids, and what stands where there is nothing."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset, Issue, Issues, Report
from check_scenes import CAR, DOG, MIDDLE, ORDINARY, SCENES, Box, Scene, all_scenes, report_on_all_scenes, street


def bare(dataset: Dataset) -> Dataset:
    """The same boxes without names, ids and sizes."""
    return Dataset(dataset.annotations, dataset.predictions)


def rows_of_each_kind(report: Report) -> dict[str, Issue]:
    return {issue.kind: issue for issue in report.issues.where(min_suspicion=0.2)}


class TestRows:
    def test_a_report_has_as_many_rows_as_its_issues(self) -> None:
        report = report_on_all_scenes()
        assert len(report) == len(report.issues) == len(report.issues["kind"]) == len(list(report)) > 5

    def test_a_loop_runs_over_rows_whose_fields_are_the_columns(self) -> None:
        report = report_on_all_scenes()
        for number, issue in enumerate(report):
            assert isinstance(issue, Issue)
            assert issue == report[number] == report.issues[number]
            for column in report.issues.columns:
                value = (
                    report.issues[column][number].tolist()
                    if "box" in column
                    else report.issues[column].tolist()[number]
                )
                none = value is None or value == [None] * 4
                assert getattr(issue, column) == (None if none else tuple(value) if "box" in column else value)

    def test_rows_are_selected_as_in_an_array(self) -> None:
        issues = report_on_all_scenes().issues
        mask = issues["kind"] == "swap"
        for key in (slice(1, 4), slice(None, None, -2), [3, 0, -1], np.array([2]), [], mask, mask.tolist()):
            some = issues[key]
            assert isinstance(some, Issues)
            assert list(some) == [list(issues)[row] for row in np.arange(len(issues))[key].tolist()]
            np.testing.assert_array_equal(some["suspicion"], issues["suspicion"][key])

    def test_a_comparison_with_a_column_selects_no_row_where_there_is_nothing(self) -> None:
        issues = report_on_all_scenes().issues
        some = issues[issues["score"] < 0.5]
        assert {issue.kind for issue in some} == {"missing"}
        assert issues["score"].mask.any()

    @pytest.mark.parametrize(
        ("key", "error", "message"),
        [
            (1000, IndexError, "row 1000 is out of range: there are"),
            (-1000, IndexError, "row -1000 is out of range"),
            ([True], IndexError, "the mask has 1 entries, expected"),
            (1.5, TypeError, "expected an index, a slice, a list of indices or a mask of rows, found 1.5"),
            (None, TypeError, "found None"),
            (True, TypeError, "found True"),
            ([[0]], TypeError, "found [[0]]"),
            ("scores", KeyError, "no column 'scores', expected one of image_index, image_id,"),
        ],
    )
    def test_other_keys_are_refused(self, key: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            report_on_all_scenes()[key]

    def test_rows_are_in_the_order_of_their_suspicion(self) -> None:
        assert (np.diff(report_on_all_scenes(min_suspicion=0).issues["suspicion"]) <= 0).all()


class TestFilter:
    def test_by_kind(self) -> None:
        issues = report_on_all_scenes().issues
        assert {issue.kind for issue in issues.where(kind="swap")} == {"swap"}
        assert {issue.kind for issue in issues.where(kind=["swap", "badloc"])} == {"swap", "badloc"}
        assert list(issues.where()) == list(issues)

    def test_by_class_given_or_suggested_and_by_its_name_or_position(self) -> None:
        issues = report_on_all_scenes().issues
        dogs = [issue for issue in issues if "dog" in (issue.given_label, issue.suggested_label)]
        assert list(issues.where(label="dog")) == list(issues.where(label=DOG)) == dogs
        assert {issue.kind for issue in dogs} == set(SCENES)
        assert len(dogs) < len(issues)

    def test_by_several_things_at_once(self) -> None:
        issues = report_on_all_scenes().issues.where(kind="missing", label="dog", min_suspicion=0.5)
        assert [issue.suggested_box for issue in issues] == [MIDDLE]

    def test_classes_of_the_same_name_are_one(self) -> None:
        renamed = boxlint.check(replace(all_scenes(), class_names=["animal", "animal", "car"]))
        assert len(renamed.issues.where(label="animal")) > len(renamed.issues.where(label=DOG))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"kind": "typo"}, "kind: unknown kind 'typo', expected some of missing, swap"),
            ({"label": "typo"}, "label is 'typo', expected one of person, dog, car"),
            ({"label": 3}, "label is 3, expected a position below 3"),
            ({"min_suspicion": -1}, "min_suspicion is -1, expected a number from 0 to 1"),
        ],
    )
    def test_what_there_is_not_is_refused(self, options: Any, message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            report_on_all_scenes().issues.where(**options)

    def test_names_are_refused_where_there_are_none(self) -> None:
        with pytest.raises(ValueError, match="expected a position: the data set has no class names"):
            boxlint.check(bare(all_scenes())).issues.where(label="dog")

    def test_top_has_the_first_rows_of_all_kinds_or_of_one(self) -> None:
        report = report_on_all_scenes()
        assert list(report.top(3)) == list(report)[:3]
        assert list(report.top(2, "missing")) == list(report.issues.where(kind="missing"))[:2]
        assert len(report.top(10_000)) == len(report)
        with pytest.raises(ValueError, match="n is -1, expected at least 0"):
            report.top(-1)


class TestNothing:
    """No number stands for nothing."""

    NUMBERS = ("annotation_index", "prediction_index", "score", "iou", "detectability", "kept_annotation_index",
               "given_class", "suggested_class", "given_box", "suggested_box")  # fmt: skip

    def test_each_kind_of_row_has_what_belongs_to_it_and_nothing_else(self) -> None:
        optional = {
            "annotation_index", "annotation_id", "prediction_index", "prediction_id", "score", "iou", "detectability",
            "kept_annotation_index", "kept_annotation_id", "given_class", "given_category_id", "given_label",
            "suggested_class", "suggested_category_id", "suggested_label", "given_box", "suggested_box",
        }  # fmt: skip
        annotation = {
            "annotation_index",
            "annotation_id",
            "given_class",
            "given_category_id",
            "given_label",
            "given_box",
        }
        prediction = {"prediction_index", "prediction_id", "score"}
        suggested = {"suggested_class", "suggested_category_id", "suggested_label", "suggested_box"}
        expected = {
            "missing": prediction | suggested,
            "swap": annotation | prediction | suggested | {"iou"},
            "badloc": annotation | prediction | suggested | {"iou"},
            "spurious": annotation | {"detectability"},
            "duplicate": annotation | {"kept_annotation_index", "kept_annotation_id", "iou"},
        }
        rows = rows_of_each_kind(report_on_all_scenes())
        assert {
            kind: {name for name in optional if getattr(row, name) is not None} for kind, row in rows.items()
        } == expected

    @pytest.mark.parametrize("name", NUMBERS)
    def test_columns_of_numbers_are_masked(self, name: str) -> None:
        column = report_on_all_scenes().issues[name]
        assert isinstance(column, np.ma.MaskedArray)
        assert column.mask.any()
        assert not column.mask.all()
        # What is visible is a number that can be.
        assert (column.compressed() >= 0).all()
        assert np.isfinite(column.compressed()).all()

    def test_texts_are_none(self) -> None:
        issues = report_on_all_scenes().issues
        for name in ("given_label", "suggested_label"):
            assert set(issues[name]) > {None, "dog"}

    def test_without_names_and_ids_those_columns_are_empty(self) -> None:
        report = boxlint.check(bare(all_scenes()))
        for name in ("image_id", "image_name", "annotation_id", "prediction_id", "kept_annotation_id"):
            assert set(report.issues[name].tolist()) == {None}, name
        for name in ("given_label", "suggested_label", "given_category_id", "suggested_category_id"):
            assert set(report.issues[name].tolist()) == {None}, name
        assert rows_of_each_kind(report)["swap"].reason == (
            "annotated as class 0, but detected as class 1 with score 0.95 at IoU 1.00"
        )

    def test_a_class_beyond_the_category_ids_has_none(self) -> None:
        some = replace(all_scenes(), class_names=None, category_ids=["first"])
        swap = rows_of_each_kind(boxlint.check(some))["swap"]
        assert (swap.given_label, swap.given_category_id) == (None, "first")
        assert (swap.suggested_class, swap.suggested_label, swap.suggested_category_id) == (DOG, None, None)

    def test_an_empty_report_has_all_columns(self) -> None:
        empty = boxlint.check(Boxes([], [], offsets=[0, 0]), Boxes([], [], [], [0, 0]))
        assert len(empty) == 0
        for name in empty.issues.columns:
            assert len(empty.issues[name]) == 0
        assert list(empty) == []


class TestIds:
    def test_rows_carry_the_ids_of_the_source(self) -> None:
        dataset = all_scenes()
        for issue in boxlint.check(dataset, min_suspicion=0):
            image = issue.image_index
            assert (issue.image_id, issue.image_name) == (image + 100, f"street_{image}.jpg")
            if issue.annotation_index is not None:
                row = dataset.annotations.offsets[image] + issue.annotation_index
                assert issue.annotation_id == row + 1000
                assert issue.given_category_id == [1, 18, 3][dataset.annotations.class_id[row]]
                assert issue.given_box == tuple(dataset.annotations.xyxy[row])
            if issue.prediction_index is not None:
                row = dataset.predictions.offsets[image] + issue.prediction_index
                assert issue.prediction_id == row + 5000
                assert issue.score == dataset.predictions.score[row]  # type: ignore[index]  # predictions have scores

    def test_ids_that_are_numbers_are_numbers_however_they_are_kept(self) -> None:
        dataset = all_scenes()
        for ids in (dataset.annotation_ids, list(range(1000, 1000 + len(dataset.annotations.class_id)))):
            column = boxlint.check(replace(dataset, annotation_ids=ids)).issues["annotation_id"]
            assert column.dtype == np.int64
            assert column.compressed().min() >= 1000

    def test_ids_that_are_texts_in_part_are_kept_as_they_are(self) -> None:
        dataset = all_scenes()
        ids: Any = [row if row % 2 else f"a{row}" for row in range(len(dataset.annotations.class_id))]
        report = boxlint.check(replace(dataset, annotation_ids=ids))
        rows = rows_of_each_kind(report)
        assert {type(rows[kind].annotation_id) for kind in ("swap", "duplicate")} <= {int, str}
        assert rows["missing"].annotation_id is None
        assert rows["duplicate"].annotation_id in ids

    def test_a_coco_file_joins_on_its_own_ids(self, data_dir: Any) -> None:
        folder = data_dir / "voc2007_test"
        dataset = boxlint.read_coco(folder / "annotations.json", folder / "detections_yolov2.json")
        names = dict(zip(np.asarray(dataset.category_ids).tolist(), dataset.class_names or (), strict=True))
        for issue in boxlint.check(dataset).top(500):
            if issue.given_category_id is not None:
                assert names[issue.given_category_id] == issue.given_label
            if issue.suggested_category_id is not None:
                assert names[issue.suggested_category_id] == issue.suggested_label
        # In this file, ids count from 1.
        assert min(names) == 1


class TestSuggestedBoxes:
    """Suggested boxes are cut to the image where its size is known."""

    OUTSIDE = Scene([], [Box(CAR, (600, 400, 700, 520), 0.95)])
    UNCUT, CUT = (600, 400, 700, 520), (600, 400, 640, 480)

    def suggested(self, dataset: Dataset) -> tuple[Any, Any]:
        """The suggested box of the last picture, in the table and once it is carried out."""
        report = boxlint.check(dataset)
        row = next(issue for issue in report if issue.image_index == ORDINARY)
        return row.suggested_box, tuple(report.apply(accept=0.3).annotations[ORDINARY].xyxy[0].tolist())

    def test_a_box_that_reaches_outside_is_cut_in_the_table_and_in_the_corrected_data(self) -> None:
        assert self.suggested(street(self.OUTSIDE)) == (self.CUT, self.CUT)

    def test_without_sizes_it_stays(self) -> None:
        assert self.suggested(replace(street(self.OUTSIDE), image_sizes=None)) == (self.UNCUT, self.UNCUT)

    def test_where_the_size_of_the_image_is_unknown_it_stays(self) -> None:
        dataset = street(self.OUTSIDE)
        sizes = np.array(dataset.image_sizes)
        sizes[ORDINARY] = np.nan
        assert self.suggested(replace(dataset, image_sizes=sizes)) == (self.UNCUT, self.UNCUT)

    def test_so_is_the_better_place_of_an_annotation(self) -> None:
        scene = Scene([Box(DOG, (460, 300, 600, 480))], [Box(DOG, (500, 300, 700, 520), 0.95)])
        row = next(issue for issue in boxlint.check(street(scene), kinds="badloc") if issue.image_index == ORDINARY)
        assert row.suggested_box == (500, 300, 640, 480)

    @pytest.mark.parametrize("outside", [(700.0, 10.0, 800.0, 200.0), (10.0, 500.0, 200.0, 600.0)])
    def test_a_box_that_lies_outside_altogether_stays(self, outside: Any) -> None:
        assert self.suggested(street(Scene([], [Box(CAR, outside, 0.95)]))) == (outside, outside)

    def test_the_given_box_is_never_cut(self) -> None:
        wide = (420, 180, 700, 400)
        scene = Scene([Box(DOG, wide)], [Box(CAR, wide, 0.95)])
        row = next(issue for issue in boxlint.check(street(scene)) if issue.image_index == ORDINARY)
        assert (row.kind, row.given_box, row.suggested_box) == ("swap", wide, wide)

    def test_real_suggestions_stay_within_their_images(self, data_dir: Any) -> None:
        folder = data_dir / "voc2007_test"
        dataset = boxlint.read_coco(folder / "annotations.json", folder / "detections_yolov2.json")
        issues = boxlint.check(dataset).issues.where(kind=["missing", "badloc"])
        sizes: Any = dataset.image_sizes
        boxes = issues["suggested_box"].data
        assert (boxes >= 0).all()
        assert (boxes <= sizes[issues["image_index"]][:, [0, 1, 0, 1]]).all()


def test_detectability_has_six_decimals() -> None:
    found = report_on_all_scenes(kinds="spurious", min_suspicion=0)["detectability"].compressed()
    assert len(found)
    assert found.tolist() == [round(number, 6) for number in found.tolist()]


def test_images_are_ranked() -> None:
    report = report_on_all_scenes()
    assert sorted(report.image_order) == list(range(ORDINARY + 5))
    assert (np.diff(report.image_scores[report.image_order]) >= 0).all()
    assert set(report.image_order[:5].tolist()) == set(range(ORDINARY, ORDINARY + 5))


def test_columns_cannot_be_written_to() -> None:
    report = report_on_all_scenes()
    for issues in (report.issues, report.issues[:3], pickle.loads(pickle.dumps(report)).issues):
        for name in issues.columns:
            with pytest.raises(ValueError, match="read-only"):
                issues[name][:] = issues[name]


def test_several_classes_can_be_asked_for() -> None:
    issues = report_on_all_scenes().issues
    both = issues.where(label=["dog", 0])
    assert 0 < len(both) < len(issues)
    assert set(both["image_index"]) == {
        *issues.where(label="dog")["image_index"],
        *issues.where(label=0)["image_index"],
    }
