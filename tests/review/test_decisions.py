"""Decisions about issues: made, written, read, merged; what is refused."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
from boxlint import Decision, Decisions
from boxlint.synthetic import make_scenes
from deciding import BY_KIND, REPORT, decision, decisions
from refusals import assert_refused, table

IDS = REPORT["issue_id"].tolist()
TEXTS = st.text(st.characters(), max_size=5)


@st.composite
def some_decisions(draw: st.DrawFn) -> Decisions:
    """Decisions of up to three reviewers, with notes and corrections."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        issue = REPORT[draw(st.integers(0, 11))]
        side: Any = draw(st.sampled_from(["accept", "reject", "unsure"]))
        corrected = side == "accept" and draw(st.booleans())
        x1, y1 = draw(st.floats(0, 500)), draw(st.floats(0, 300))
        found.append(
            Decision.of(
                issue,
                side,
                reviewer=draw(st.sampled_from([None, "anna", "ben"]) | TEXTS),
                note=draw(st.none() | TEXTS),
                label="car" if corrected else None,
                box=(x1, y1, x1 + 10, y1 + 7) if corrected else None,
            )
        )
    return decisions(*found)


@given(some_decisions())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, given: Decisions) -> None:
    path = tmp_path_factory.getbasetemp() / "decisions.json"
    given.write(path)
    assert Decisions.read(path) == given
    assert pickle.loads(pickle.dumps(given)) == given


def test_a_file_says_what_it_is_and_has_all_of_each_row(tmp_path: Path) -> None:
    made = REPORT.decide({BY_KIND["swap"].issue_id: "accept", BY_KIND["missing"].issue_id: "reject"}, reviewer="anna")
    made.write(tmp_path / "decisions.json")
    content = json.loads((tmp_path / "decisions.json").read_text())
    assert list(content) == ["format", "version", "fingerprint", "decisions"]
    assert (content["format"], content["version"]) == ("boxlint decisions", 1)
    assert content["fingerprint"] == REPORT.fingerprint._asdict()
    swap, missing = content["decisions"]
    issue = BY_KIND["swap"]
    assert swap == {
        "issue_id": issue.issue_id, "kind": "swap", "suspicion": issue.suspicion, "decision": "accept",
        "reviewer": "anna", "note": None, "image_id": 161, "image_name": "street_61.jpg", "image_index": 61,
        "annotation_id": issue.annotation_id, "annotation_index": 1, "given_class": 0, "given_label": "person",
        "given_box": list(issue.given_box or ()), "suggested_class": 1, "suggested_label": "dog",
        "suggested_box": list(issue.suggested_box or ()),
    }  # fmt: skip
    assert list(missing) == list(swap)
    assert [missing[name] for name in ("annotation_id", "annotation_index", "given_class", "given_box")] == [None] * 4


def test_the_example_of_the_page_is_read() -> None:
    page = Path(boxlint.__path__[0]).parents[1] / "docs" / "decisions.md"
    example = page.read_text().split("```json\n")[1].split("```")[0]
    records = json.loads(example)["decisions"]
    assert {record["decision"] for record in records} == {"accept", "reject", "unsure"}
    assert any("label" in record for record in records)
    for record in records:
        Decision.from_record(record)


class TestDecide:
    def test_verdicts_are_texts_or_the_fields_of_a_file(self) -> None:
        swap, badloc = BY_KIND["swap"], BY_KIND["badloc"]
        corrected = {"decision": "accept", "box": [1, 2, 30, 40], "label": "car", "note": "half of it"}
        made = REPORT.decide({swap.issue_id: "unsure", badloc.issue_id: corrected}, reviewer="anna")
        first, second = made
        assert (first.issue_id, first.decision, first.reviewer, first.note) == (swap.issue_id, "unsure", "anna", None)
        assert (second.label, second.box, second.note) == ("car", (1.0, 2.0, 30.0, 40.0), "half of it")
        assert made.annotations_fingerprint == REPORT.fingerprint.annotations

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_box_may_be_a_row_of_boxes(self, dtype: type[np.floating]) -> None:
        row = boxlint.Boxes(np.array([[1, 2, 30, 40.5]], dtype), [0]).xyxy[0]
        for box in (row, list(row)):
            (made,) = REPORT.decide({IDS[0]: {"decision": "accept", "box": box}})
            assert made.box == (1.0, 2.0, 30.0, 40.5)

    @pytest.mark.parametrize(
        ("verdicts", "refusal"),
        table(
            ("an unknown issue", {"0" * 16: "accept"}, "ValueError: verdicts: there is no issue '0000000000000000', "
             f"expected one of the {len(REPORT)} rows"),
            ("another word", {IDS[0]: "yes"}, f"ValueError: verdicts: {IDS[0]}: decision is 'yes', expected one of "
             "accept, reject, unsure"),
            ("a box of no size", {IDS[0]: {"decision": "accept", "box": [3, 1, 3, 9]}},
             f"ValueError: verdicts: {IDS[0]}: box is [3, 1, 3, 9], expected four finite numbers x1, y1, x2, y2, of "
             "which x1 is less than x2 and y1 less than y2, or null"),
        ),
    )  # fmt: skip
    def test_what_is_no_verdict_is_refused(self, verdicts: Any, refusal: str) -> None:
        assert_refused(lambda: REPORT.decide(verdicts), refusal)

    def test_an_unknown_field_is_refused(self) -> None:
        with pytest.raises(ValueError, match=f"{IDS[0]}: expected decision, note, label, box, found 'lable'"):
            REPORT.decide({IDS[0]: {"decision": "accept", "lable": "car"}})


class TestMerged:
    def test_a_later_decision_of_a_reviewer_replaces_the_earlier(self) -> None:
        merged = decisions(decision(side="accept"), decision(side="reject"), decision(side="accept", reviewer="ben"))
        assert [(one.reviewer, one.decision) for one in merged] == [("anna", "reject"), ("ben", "accept")]

    def test_later_files_replace_earlier_ones(self, tmp_path: Path) -> None:
        first, second = written(tmp_path, decisions(decision(side="accept")), decisions(decision(side="reject")))
        assert [one.decision for one in Decisions.read(first, second)] == ["reject"]
        assert [one.decision for one in Decisions.read(second, first)] == ["accept"]

    def test_reviewers_without_a_name_are_called_as_their_files(self, tmp_path: Path) -> None:
        given = (decisions(decision(side=side, reviewer=None)) for side in ("accept", "reject"))
        first, second = written(tmp_path, *given)
        assert [one.reviewer for one in Decisions.read(first, second)] == [str(first), str(second)]
        assert [one.reviewer for one in Decisions.read(first)] == [None]

    def test_an_empty_name_or_note_is_none(self) -> None:
        assert decision(reviewer="", note="") == decision(reviewer=None)

    @given(st.permutations(range(3)), some_decisions())
    def test_the_order_of_files_does_not_matter_for_different_reviewers(
        self, tmp_path_factory: pytest.TempPathFactory, order: list[int], given: Decisions
    ) -> None:
        folder = tmp_path_factory.getbasetemp()
        by_reviewer: dict[str | None, list[Decision]] = {}
        for one in given:
            by_reviewer.setdefault(one.reviewer, []).append(one)
        parts = [decisions(*part) for part in by_reviewer.values()][:3]
        paths = written(folder, *parts)
        ordered = [paths[at] for at in order if at < len(paths)]
        if not paths:
            return
        first, second = Decisions.read(*paths), Decisions.read(*ordered)
        assert first.verdicts == second.verdicts
        assert set(first.disagreements) == set(second.disagreements)
        assert_same_annotations(REPORT.apply(first), REPORT.apply(second))

    def test_other_predictions_may_be_merged(self, tmp_path: Path) -> None:
        other = Decisions([decision(reviewer="ben")], REPORT.fingerprint.annotations, "0" * 32)
        paths = written(tmp_path, decisions(decision()), other)
        merged = Decisions.read(*paths)
        assert merged.predictions_fingerprint is None
        merged.write(tmp_path / "merged.json")
        assert Decisions.read(tmp_path / "merged.json") == merged

    def test_other_annotations_are_refused(self, tmp_path: Path) -> None:
        other = Decisions([decision(reviewer="ben")], "0" * 32, REPORT.fingerprint.predictions)
        first, second = written(tmp_path, decisions(decision()), other)
        assert_refused(
            lambda: Decisions.read(first, second),
            f"ValueError: {second}: decided on other annotations than {first}: their fingerprints differ",
        )

    def test_no_file_is_refused(self) -> None:
        assert_refused(Decisions.read, "TypeError: Decisions.read: expected at least one path")


def written(folder: Path, *parts: Decisions) -> list[Path]:
    paths = [folder / f"decisions_{number}.json" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        part.write(path)
    return paths


def assert_same_annotations(one: boxlint.Dataset, other: boxlint.Dataset) -> None:
    for name in ("xyxy", "class_id", "offsets"):
        assert getattr(one.annotations, name).tolist() == getattr(other.annotations, name).tolist()
    assert list(one.annotation_ids or ()) == list(other.annotation_ids or ())


Edit = Callable[[Any], object]
FILE = "{path}: expected decisions as boxlint writes them: "


def record(**changes: Any) -> Edit:
    """Changes the second of the decisions."""
    return lambda content: content["decisions"][1].update(changes)


def without(name: str) -> Edit:
    return lambda content: content["decisions"][1].pop(name)


class TestRefused:
    @pytest.mark.parametrize(
        ("edit", "refusal"),
        table(
            (
                "another format",
                lambda c: c.update(format="coco"),
                'no "format": "boxlint decisions"; boxlint import makes them of what a labelling tool exports',
            ),
            ("a newer version", lambda c: c.update(version=2), "version is 2, expected 1, as this boxlint is older"),
            ("no version", lambda c: c.pop("version"), "version is null, expected 1"),
            ("a version that is true", lambda c: c.update(version=True), "version is True, expected 1"),
            ("an unknown field", lambda c: c.update(by="me"), "'by' is not known, expected format, version, "
             "fingerprint, decisions"),
            ("an unknown field of two lines", lambda c: c.update({"b\ny": "me"}), r"'b\ny' is not known, expected "
             "format, version, fingerprint, decisions"),
            ("no fingerprint", lambda c: c.pop("fingerprint"), "fingerprint is null, expected 32 hex digits for "
             "annotations and for predictions"),
            ("half a fingerprint", lambda c: c["fingerprint"].pop("annotations"), "fingerprint is {'predictions': "
             f"'{REPORT.fingerprint.predictions}'}}, expected 32 hex digits for annotations and for predictions"),
            ("no list", lambda c: c.update(decisions={}), "decisions is {}, expected a list"),
            ("no object", lambda c: c["decisions"].append(3), "decisions[2]: expected an object, found 3"),
            ("a field is missing", without("kind"), "decisions[1]: there is no kind"),
            ("a field is not known", record(lable="car"), "decisions[1]: 'lable' is not known, expected issue_id, "
             "kind, suspicion, decision, reviewer, note, image_id, image_name, image_index, annotation_id, "
             "annotation_index, given_class, given_label, given_box, suggested_class, suggested_label, suggested_box, "
             "label, box"),
        ),
    )  # fmt: skip
    def test_another_file(self, tmp_path: Path, edit: Edit, refusal: str) -> None:
        path = edited_file(tmp_path, edit)
        assert_refused(lambda: Decisions.read(path), f"ValueError: {FILE.format(path=path)}{refusal}")

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        table(
            ("issue_id", {"issue_id": "17"}, "issue_id is '17', expected 16 hex digits"),
            ("kind", {"kind": ["a"]}, "kind is ['a'], expected one of missing, swap, badloc, spurious, duplicate"),
            ("suspicion", {"suspicion": 1.5}, "suspicion is 1.5, expected a number from 0 to 1"),
            ("suspicion that is true", {"suspicion": True}, "suspicion is True, expected a number from 0 to 1"),
            ("decision", {"decision": None}, "decision is null, expected one of accept, reject, unsure"),
            ("reviewer", {"reviewer": 3}, "reviewer is 3, expected a text or null"),
            ("note", {"note": ["a"]}, "note is ['a'], expected a text or null"),
            ("image_id", {"image_id": [1]}, "image_id is [1], expected a number, a text or null"),
            ("image_index", {"image_index": -1}, "image_index is -1, expected a position from 0"),
            ("annotation_index", {"annotation_index": 0.5}, "annotation_index is 0.5, expected a position from 0 or "
             "null"),
            ("given_class", {"given_class": "dog"}, "given_class is 'dog', expected a position from 0 or null"),
            ("given_label", {"given_label": 1}, "given_label is 1, expected a text or null"),
            ("given_box", {"given_box": [1, 2, 3]}, "given_box is [1, 2, 3], expected four finite numbers x1, y1, x2, "
             "y2 or null"),
            ("a number that no float holds", {"given_box": [0, 0, 1, 10**400]}, "given_box is "
             f"{[0, 0, 1, 10**400]!r:.80}, expected four finite numbers x1, y1, x2, y2 or null"),
            ("no annotation", {"annotation_index": None}, "annotation_index is null, expected one where kind is "
             "'swap'"),
            ("no suggestion", {"suggested_box": None}, "suggested_box is null, expected one where kind is 'swap'"),
            ("an annotation that is missing", {"kind": "missing"}, "annotation_index is 1, expected none where kind is "
             "'missing'"),
            ("a suggestion to delete", {"kind": "spurious"}, "suggested_class is 1, expected none where kind is "
             "'spurious'"),
            ("a correction that is rejected", {"decision": "reject", "label": "car"}, "decision is 'reject' and there "
             "is a label, expected one with accept alone"),
            ("an inverted box", {"box": [9, 1, 2, 3]}, "box is [9, 1, 2, 3], expected four finite numbers x1, y1, x2, "
             "y2, of which x1 is less than x2 and y1 less than y2, or null"),
        ),
    )  # fmt: skip
    def test_a_field_that_is_not_as_described(self, tmp_path: Path, changes: Any, refusal: str) -> None:
        path = edited_file(tmp_path, record(**changes))
        assert_refused(lambda: Decisions.read(path), f"ValueError: {FILE.format(path=path)}decisions[1]: {refusal}")

    @pytest.mark.parametrize("text", [b"", b"[]", b'{"format": "boxlint decisions"', b"\xff\xfe", b"[" * 100_000])
    def test_what_is_no_file_of_decisions(self, tmp_path: Path, text: bytes) -> None:
        path = tmp_path / "decisions.json"
        path.write_bytes(text)
        with pytest.raises(ValueError, match=r"decisions\.json: expected decisions as boxlint writes them: "):
            Decisions.read(path)

    def test_numbers_that_are_none(self, tmp_path: Path) -> None:
        path = edited_file(tmp_path, record(given_box=[1, 2, 3, float("nan")]))
        with pytest.raises(ValueError, match=r"decisions\[1\]: given_box is .*, expected four finite numbers"):
            Decisions.read(path)


def edited_file(folder: Path, edit: Edit) -> Path:
    path = folder / "decisions.json"
    decisions(decision("missing"), decision("swap")).write(path)
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))
    return path


class TestWithout:
    def test_decided_rows_are_left_out_and_the_others_stay(self) -> None:
        decided = decisions(decision("swap"), decision("badloc", "reject"), decision("spurious", "unsure"))
        rest = REPORT.without(decided)
        gone = {BY_KIND["swap"].issue_id, BY_KIND["badloc"].issue_id}
        assert list(rest) == [issue for issue in REPORT if issue.issue_id not in gone]
        assert rest.decided == 2
        assert "2 decided issues left out." in " ".join(str(rest.summary()).split())
        assert rest.without(decided).decided == 2
        assert rest.dataset is REPORT.dataset
        assert len(REPORT.without(decisions())) == len(REPORT)

    def test_what_reviewers_are_split_about_is_not_decided(self) -> None:
        split = decisions(decision(), decision(side="reject", reviewer="ben"))
        assert len(REPORT.without(split)) == len(REPORT)

    def test_issues_keep_their_ids_where_other_annotations_were_edited(self) -> None:
        before = boxlint.check(make_scenes(60).dataset, min_suspicion=0)
        first, *others = before
        accepted = before.decide({first.issue_id: "accept"})
        rejected = before.decide({issue.issue_id: "reject" for issue in others})
        again = boxlint.check(before.apply(accepted), min_suspicion=0)
        assert again.fingerprint.annotations != before.fingerprint.annotations
        assert len(again.without(rejected)) < len(again) / 5

    def test_a_report_that_was_pickled_can_leave_rows_out(self) -> None:
        rest = pickle.loads(pickle.dumps(REPORT)).without(decisions(decision()))
        assert (len(rest), rest.decided) == (len(REPORT) - 1, 1)
        assert rest.with_dataset(REPORT.dataset).decided == 1
        assert pickle.loads(pickle.dumps(REPORT.without(decisions(decision())))).decided == 1
