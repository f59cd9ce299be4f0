"""What reports and data sets look like in a terminal and in a notebook."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Boxes, Dataset, Kind, Report
from boxlint._text import Preview, corners
from boxlint.report.summary import Counts, Summary, Tally
from boxlint.synthetic import make_scenes
from check_scenes import DOG, MIDDLE, ORDINARY, SCENES, Box, Scene, all_scenes, report_on_all_scenes, street

EMPTY = boxlint.check(Boxes([], [], offsets=[0, 0]), Boxes([], [], [], [0, 0]))
EVIL = '<script>alert("a & b")</script>'

# What a summary says of suspicions that no answers stand behind.
NO_CHANCE = "Suspicion is a score here, not a chance."


def shown(report: Report) -> list[Any]:
    """All that shows itself."""
    dataset = all_scenes()
    of_report = [report, report.issues, report.top(3), report.summary()]
    return [*of_report, dataset, dataset[3], dataset[:2], EMPTY, EMPTY.issues, EMPTY.summary()]


class Cells(HTMLParser):
    """Reads the rows of a table, and refuses tags that are not closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.paragraphs: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in ("p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"), tag
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
        elif tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("th", "td"):
            self.rows[-1][-1] += data
        elif self._open and self._open[-1] == "p":
            self.paragraphs[-1] += data


def html_of(thing: Any) -> Cells:
    return Cells(thing._repr_html_())


def long_names(dataset: Dataset) -> Dataset:
    return replace(
        dataset,
        image_names=[
            f"2024/a/very/long/folder/name/of/the/camera/picture_{image:09}.jpeg" for image in range(len(dataset))
        ],
        class_names=["a person with a name", "dog of an uncommon breed", "car"],
    )


class TestTerminal:
    @pytest.mark.parametrize("make", [lambda data: data, long_names], ids=["short names", "long names"])
    def test_lines_have_80_characters_at_most_and_heads_are_whole(self, make: Any) -> None:
        dataset = make(all_scenes())
        report = boxlint.check(dataset)
        for thing in (report, report.issues, report.top(2), report.summary(), dataset, dataset[2], dataset[3:5]):
            assert max(map(len, str(thing).splitlines())) <= 80, thing
            assert repr(thing) == str(thing)
        assert str(report).splitlines()[1].split() == ["suspicion", "kind", "image", "annotation", "class", "box"]

    def test_a_report_shows_its_first_rows_and_says_how_many_more_there_are(self) -> None:
        report = report_on_all_scenes()
        lines = str(report).splitlines()
        assert lines[0] == f"Report({len(report)} rows, {ORDINARY + 5} images)"
        assert len(lines) == 2 + 10 + 1
        assert lines[-1] == f"{len(report) - 10} more rows"
        for line, issue in zip(lines[2:12], report, strict=False):
            assert line.split()[:3] == [f"{issue.suspicion:.3f}", issue.kind, str(issue.image_name)]
            assert line.endswith(corners(issue.suggested_box or issue.given_box))

    def test_filtered_issues_show_all_rows_if_they_are_few(self) -> None:
        lines = str(report_on_all_scenes().issues.where(kind="swap")).splitlines()
        assert lines[0] == "Issues(1 row)"
        assert lines[2].split()[1:] == [
            "swap",
            "street_61.jpg",
            "1183",
            "person",
            "->",
            "dog",
            "220",
            "260",
            "380",
            "420",
        ]
        assert len(lines) == 3

    def test_annotations_without_ids_are_told_by_their_index(self) -> None:
        dataset = all_scenes()
        lines = str(boxlint.check(replace(dataset, annotation_ids=None)).issues.where(kind="swap")).splitlines()
        assert lines[1].split()[3] == "annotation"
        assert lines[2].split()[3] == "1"

    def test_an_empty_report_says_so_in_a_line(self) -> None:
        assert (str(EMPTY), str(EMPTY.issues)) == ("Report(0 rows, 1 image)", "Issues(0 rows)")

    def test_a_data_set_shows_its_first_images(self) -> None:
        dataset = all_scenes()
        lines = str(dataset).splitlines()
        assert lines[0].startswith(f"Dataset({ORDINARY + 5} images, ")
        assert lines[1].split() == ["image", "size", "annotations", "predictions"]
        assert lines[2].split() == ["street_0.jpg", "640x480", "3", "4"]
        assert lines[-1] == f"{ORDINARY + 5 - 10} more images"

    def test_a_data_set_of_one_image_shows_its_boxes(self) -> None:
        lines = str(street(Scene([Box(DOG, MIDDLE)], [Box(DOG, MIDDLE, 0.1), Box(DOG, MIDDLE, 0.9)]))[-1]).splitlines()
        assert lines[0] == "Dataset(1 image, 1 annotation, 2 predictions): street_60.jpg"
        assert [line.split() for line in lines[1:]] == [
            ["class", "score", "box"],
            ["annotation", "dog", "220", "260", "380", "420"],
            ["prediction", "dog", "0.900", "220", "260", "380", "420"],
            ["prediction", "dog", "0.100", "220", "260", "380", "420"],
        ]

    def test_names_cannot_move_the_cursor(self) -> None:
        dataset = replace(all_scenes(), class_names=["a\nb", "dog\x1b[31m", "car"])
        assert "\x1b" not in str(boxlint.check(dataset))
        assert "\n" not in str(dataset[0]).splitlines()[2]
        assert len(str(dataset[0]).splitlines()) == len(str(street()[0]).splitlines())

    def test_a_row_shows_what_there_is(self) -> None:
        text = repr(report_on_all_scenes().issues.where(kind="swap")[0])
        assert text.startswith(
            "Issue(image_index=61, image_id=161, image_name='street_61.jpg', kind='swap', suspicion=0."
        )
        assert "given_box=(220.0, 260.0, 380.0, 420.0)" in text
        assert "None" not in text

    def test_boxes_within_0_to_1_keep_decimals(self) -> None:
        assert corners((0.25, 0.5, 0.75, 1.0)) == "0.250 0.500 0.750 1.000"
        assert corners((0.25, 0.5, 10.6, 12.0)) == "0 0 11 12"
        assert corners(None) == ""

    def test_cells_are_cut_in_their_middle_where_a_line_would_be_too_long(self) -> None:
        text = Preview("", {"a": ["x" * 90], "b": ["0123456789"]}, narrowed=("a",)).text()
        assert text.splitlines() == [f"a{'':69}b", f"{'x' * 34}…{'x' * 33}  0123456789"]
        wide = Preview("", {"a": ["x" * 90], "b": ["y" * 90]}).text().splitlines()
        assert [len(line) for line in wide] == [42, 80]


class TestNotebook:
    def test_everything_is_a_plain_table(self) -> None:
        for thing in shown(report_on_all_scenes()):
            html_of(thing)

    def test_at_most_20_rows_are_shown_and_the_others_counted(self) -> None:
        report = report_on_all_scenes()
        cells = html_of(report)
        assert cells.rows[0] == ["suspicion", "kind", "image", "annotation", "class", "box"]
        assert len(cells.rows) == 1 + 20
        assert cells.paragraphs == [
            f"Report({len(report)} rows, {ORDINARY + 5} images)",
            f"{len(report) - 20} more rows",
        ]
        assert [row[1] for row in cells.rows[1:]] == [issue.kind for issue in report[:20]]
        assert html_of(all_scenes()).paragraphs[-1] == f"{ORDINARY + 5 - 20} more images"
        assert len(html_of(all_scenes()).rows) == 1 + 20

    def test_all_texts_are_escaped(self) -> None:
        dataset = all_scenes()
        names = [EVIL] * len(dataset)
        evil = replace(
            dataset,
            image_names=names,
            class_names=[EVIL, "dog", "car"],
            annotation_ids=[EVIL] * len(dataset.annotations.class_id),
        )
        report = boxlint.check(evil)
        for thing in (report, report.issues, report.top(3), report.summary(), evil, evil[2]):
            assert "<script" not in thing._repr_html_()
            assert "&lt;script&gt;" in thing._repr_html_()
        assert html_of(report).rows[1][2] == EVIL

    def test_a_summary_has_a_row_for_each_kind(self) -> None:
        cells = html_of(report_on_all_scenes().summary())
        assert [row[0] for row in cells.rows] == ["", "missing", "swap", "badloc", "spurious", "duplicate", "all"]
        assert cells.paragraphs[0].startswith("4 likely errors")


class TestSummary:
    def test_it_leads_with_the_likely_errors_then_what_is_worth_a_look_then_the_rest(self) -> None:
        report = report_on_all_scenes()
        lead = " ".join(str(report.summary()).split("\n\n")[0].split())
        likely = count(report, 0.5)
        assert lead.startswith(
            f"{likely} likely errors (suspicion 0.5 or more) in 65 images, 195 annotations: "
            "missing 1, swap 1, spurious 1, duplicate 1."
        )
        assert f"{count(report, 0.1)} of the {len(report)} rows are worth a look (0.1 or more)." in lead
        assert lead.endswith(f"Of the other {len(report) - count(report, 0.1)}, few are errors. {NO_CHANCE}")

    @pytest.mark.parametrize("least", [0.1, 0.3])
    def test_it_calls_all_rows_worth_a_look_where_no_others_are_listed(self, least: float) -> None:
        report = boxlint.check(make_scenes(60).dataset, min_suspicion=least)
        assert count(report, 0.5) < len(report)
        lead = " ".join(report.summary().lead())
        assert f". Worth a look: {len(report)} rows ({least:g} or more). Rows below {least:g} are left out. " in lead
        assert "few are errors" not in lead

    def test_it_says_how_many_less_suspicious_rows_were_left_out(self) -> None:
        report = report_on_all_scenes()
        few = boxlint.check(all_scenes(), max_rows=40)
        rest = {kind: int((report["kind"] == kind).sum()) - 40 for kind in few.kinds}
        assert few.left_out == {kind: rows for kind, rows in rest.items() if rows > 0} != {}
        lead = " ".join(str(few.summary()).split("\n\n")[0].split())
        left_out = ", ".join(f"{kind} {rows}" for kind, rows in few.left_out.items())
        assert lead.endswith(f"Less suspicious ones are left out: {left_out}. {NO_CHANCE}")

    def test_it_says_nothing_of_errors_where_all_rows_were_left_out(self) -> None:
        none = boxlint.check(all_scenes(), max_rows=0)
        lead = " ".join(str(none.summary()).split("\n\n")[0].split())
        left_out = ", ".join(f"{kind} {rows}" for kind, rows in none.left_out.items())
        assert lead == f"No row is listed in 65 images, 195 annotations. Rows are left out: {left_out}. {NO_CHANCE}"

    def test_its_table_counts_the_rows_of_each_kind_from_each_suspicion_on(self) -> None:
        report = report_on_all_scenes()
        summary = report.summary()
        for kind, counts in summary.by_suspicion.items():
            rows = report.issues.where(kind=kind)
            assert counts == {least: int((rows["suspicion"] >= least).sum()) for least in (0.5, 0.1, 0)}
        table = str(summary).split("\n\n")[1].splitlines()
        assert re.split(r"  +", table[0].strip()) == [
            "likely errors (>= 0.5)", "worth a look (>= 0.1)", "listed",
        ]  # fmt: skip
        assert table[-1].split() == ["all", str(count(report, 0.5)), str(count(report, 0.1)), str(len(report))]

    def test_what_was_not_looked_for_and_not_listed_is_told(self) -> None:
        report = boxlint.check(all_scenes(), kinds=["swap", "missing"], min_suspicion=0.6)
        lead = " ".join(str(report.summary()).split("\n\n")[0].split())
        assert lead == (
            "2 likely errors (suspicion 0.6 or more) in 65 images, 195 annotations: missing 1, swap 1. "
            f"Rows below 0.6 are left out. Not looked for: badloc, spurious, duplicate. {NO_CHANCE}"
        )
        assert set(report.summary().by_suspicion) == {"missing", "swap"}

    def test_everything_listed_is_told_without_a_least_suspicion(self) -> None:
        lead = str(boxlint.check(street(), min_suspicion=0).summary())
        assert lead.startswith("No likely errors (suspicion 0.5 or more) in 60 images, 180 annotations.")
        assert "left out" not in lead

    def test_classes_of_the_likely_errors_are_counted(self) -> None:
        summary = boxlint.check(street(*SCENES.values(), SCENES["missing"])).summary()
        assert summary.by_class["missing"] == {"dog": 2}
        assert summary.by_class["swap"] == {"person": 1}
        assert summary.confusions == {("person", "dog"): 1}
        assert "likely missing by class: dog 2\n" in str(summary)
        assert "likely swap, given class -> suggested class: person -> dog 1\n" in str(summary)

    def test_a_detector_that_cannot_show_errors_is_told(self) -> None:
        dataset = replace(all_scenes(), prediction_ids=None)
        nothing = Boxes(np.empty((0, 4)), [], [], np.zeros(len(dataset) + 1, int))
        assert boxlint.check(replace(dataset, predictions=nothing)).summary().notes == (
            "There are no predictions, so only duplicates can be found.",
        )
        seen = dataset.predictions
        assert seen.score is not None
        cut = boxlint.check(replace(dataset, predictions=seen.keep(seen.score > 0.3))).summary()
        assert [note.split(":")[0] for note in cut.notes] == [
            "None of 194 predictions score below 0.3 (the least is 0.8)"
        ]
        sure = seen.keep(seen.score > 0.3)
        assert sure.score is not None
        nearly = Boxes(sure.xyxy, sure.class_id, [0.2996, *sure.score[1:]], sure.offsets)
        assert (
            boxlint.check(replace(dataset, predictions=nearly))
            .summary()
            .notes[0]
            .startswith("Only 1 of 194 predictions score below 0.3 (the least is 0.2996): ")
        )
        elsewhere = Boxes(seen.xyxy + 2000, seen.class_id, seen.score, seen.offsets)
        blind = boxlint.check(replace(dataset, predictions=elsewhere)).summary()
        assert blind.notes[0].startswith("None of 254 predictions reach a confidence of 0.5: ")

    def test_common_omissions_are_told_of_the_images_that_were_checked(self) -> None:
        # Two objects in each of 300 images, of which the detector sees both; the second of each third image is omitted.
        objects, weak = [[0, 0, 40, 40], [60, 60, 100, 100]], [[4, 4, 60, 60], [50, 0, 90, 40]]
        seen = Boxes([*objects, *weak] * 300, [0] * 1200, [0.9, 0.9, 0.02, 0.02] * 300, np.arange(301) * 4)
        annotated = np.tile([True, True, True, True, True, False], 100)
        everything = Dataset(Boxes(objects * 300, [0] * 600, offsets=np.arange(301) * 2), seen)
        dataset = replace(everything, annotations=everything.annotations.keep(annotated))
        part, few = (boxlint.check(dataset[:images], statistics=boxlint.collect(dataset)) for images in (30, 3))
        assert boxlint.check(everything).summary().notes == ()
        for report, number in ((boxlint.check(dataset), "91 objects"), (part, "9 objects"), (few, "1 object")):
            assert report.summary().notes == (
                f"Omissions look common: the detector sees about {number} without annotation.",
            )

    def test_omissions_are_not_told_where_nothing_is_annotated(self) -> None:
        """It said that the detector sees about 0 objects without annotation."""
        corners = [[50.0 * at, 0, 50 * at + 40, 40] for at in range(8)]
        seen = Boxes(corners, [0] * 8, [0.02] * 4 + [0.9] * 4)
        nothing = Boxes(np.empty((0, 4)), [], offsets=[0, 0])
        assert boxlint.collect(nothing, seen).omitted > 0.5
        notes = boxlint.check(nothing, seen).summary().notes
        assert not [note for note in notes if "Omissions" in note]

    def test_a_detector_without_weak_predictions_does_not_seem_to_see_omissions(self) -> None:
        # The detector is sure of the object in each of 300 images but for each sixth. Two false detections in each
        # image are free, and one in each third image touches the object: none is weaker.
        boxes = [[0, 0, 40, 40], [60, 60, 90, 90], [100, 0, 130, 30], [16, 0, 56, 40]]
        scores = np.tile([0.1] * 4 + ([0.9] + [0.1] * 3) * 5, 50)
        seen = Boxes(boxes * 300, [0] * 1200, scores, np.arange(301) * 4)
        seen = seen.keep(np.tile([True, True, True, True, *[True, True, True, False] * 2], 100))
        dataset = Dataset(Boxes(boxes[:1] * 300, [0] * 300, offsets=np.arange(301)), seen)
        notes = boxlint.check(dataset).summary().notes
        assert not [note for note in notes if "Omissions" in note]

    @pytest.mark.parametrize("kind", ["missing", "swap"])
    def test_kinds_without_a_row_are_counted_as_none(self, kind: Kind) -> None:
        assert boxlint.check(street(), kinds=[kind], min_suspicion=0.5).summary().by_suspicion == {kind: {0.5: 0}}


def count(report: Report, least: float) -> int:
    return int(np.count_nonzero(report.issues["suspicion"] >= least))


def test_classes_of_one_name_are_counted_together() -> None:
    tally = Tally(
        {"swap": {0.5: 9, 0.1: 9, 0.0: 9}},
        {("swap", 0): 3, ("swap", 1): 4, ("swap", 2): 2},
        {(0, 1): 3, (2, 1): 2, (1, 0): 2, (1, 2): 2},
    )
    counts = Counts(9, 90, 900, 90, 0.0, (), 900, 0.0, (30, 30, 30))
    summary = Summary(lambda _: tally, counts, ["cat", "dog", "cat"], ("swap",), 0.0, {}, 0, None)
    assert list(summary.by_class["swap"].items()) == [("cat", 5), ("dog", 4)]
    assert list(summary.confusions.items()) == [(("cat", "dog"), 5), (("dog", "cat"), 4)]


def test_control_characters_in_names_do_not_reach_the_terminal() -> None:
    report = boxlint.check(replace(all_scenes(), class_names=["c\x1b[31mX\n", "dog", "car"]))
    for text in (str(report), str(report.summary()), str(report.issues)):
        assert "\x1b" not in text


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_equal_numbers_stand_in_the_order_of_their_classes_whichever_part_was_first(order: list[int]) -> None:
    rows: dict[Kind, dict[float, int]] = {"swap": {0.5: 4, 0.1: 4, 0.0: 4}}
    tally = Tally(rows, {("swap", class_id): 2 for class_id in order}, {(class_id, 2): 2 for class_id in order})
    counts = Counts(1, 4, 4, 4, 0.0, (), 0, 0.0, (4,))
    summary = Summary(lambda steps: tally, counts, ["a", "b", "c"], ("swap",), 0.0, {}, 0, None)
    assert list(summary.by_class["swap"]) == ["a", "b"]
    assert list(summary.confusions) == [("a", "c"), ("b", "c")]
