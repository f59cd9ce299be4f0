"""The file of a report page: its bounds, its data, its policy, and what it says that it lacks."""

from __future__ import annotations

import copy
import pickle
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from boxlint import Boxes, Dataset, Report, check
from boxlint.synthetic import make_scenes
from report_page import columns_of

pytest.importorskip("jinja2", reason="jinja2 is not installed")


@pytest.fixture(scope="module")
def report() -> Report:
    return check(make_scenes(60, error_rate=0.4, seed=5).dataset, min_suspicion=0.01)


def html_of(report: Report, **options: float) -> str:
    html = report.to_html(**options)  # type: ignore[arg-type]
    assert html is not None
    return html


def dataset_of(report: Report) -> Dataset:
    assert report.dataset is not None
    return report.dataset


def test_the_data_are_those_of_the_table(report: Report) -> None:
    columns = columns_of(html_of(report))
    kinds = [columns["kinds"][kind] for kind in columns["issues"]["kind"]]
    assert kinds == report["kind"].tolist()
    for name in ("issue_id", "suspicion", "annotation_index", "given_class", "suggested_class", "reason"):
        assert columns["issues"][name] == report[name].tolist(), name
    images = [columns["images"]["name"][image] for image in columns["issues"]["image"]]
    assert images == report["image_name"].tolist()
    boxes = [None if issue.given_box is None else list(issue.given_box) for issue in report]
    assert columns["issues"]["given_box"] == boxes


def test_rows_without_script_are_not_turned_by_names(report: Report) -> None:
    names = ["\u202etac", *(dataset_of(report).class_names or ())[1:]]
    html = html_of(check(replace(dataset_of(report), class_names=names)))
    rows, data = html.split("<script", 1)
    assert (" tac" in rows, "\u202e" in rows) == (True, False)
    assert "\u202etac" in columns_of(html)["class_names"]
    assert data


def test_the_boxes_around_are_the_annotations_and_the_predictions_of_some_score(report: Report) -> None:
    columns = columns_of(html_of(report))
    dataset = dataset_of(report)
    needed = {(issue.image_index, issue.prediction_index) for issue in report}
    for position, image in enumerate(columns["images"]["index"]):
        shown = {}
        for name in ("annotations", "predictions"):
            start, end = columns[name]["start"][position : position + 2]
            shown[name] = columns[name]["index"][start:end]
        assert shown["annotations"] == list(range(len(dataset[image].annotations.class_id)))
        scores = dataset[image].predictions.score
        assert scores is not None
        wanted = [row for row, score in enumerate(scores) if score >= 0.25 or (image, row) in needed]
        assert shown["predictions"] == wanted


def test_of_many_boxes_those_in_the_pictures_are_kept() -> None:
    crowd = np.arange(500.0)[:, None] * 10 + [0, 0, 8, 8]
    beside = np.array([[4009.0, 3996.0, 4017.0, 4004.0]])
    clean = 30
    annotated = np.vstack([np.tile(beside, (clean, 1)), crowd])
    given = Boxes(annotated, np.zeros(len(annotated), int), offsets=[*range(clean + 1), len(annotated)])
    seen = Boxes(
        np.tile(beside, (clean + 1, 1)), np.zeros(clean + 1, int), np.full(clean + 1, 0.9), offsets=range(clean + 2)
    )
    columns = columns_of(html_of(check(Dataset(given, seen), min_suspicion=0, kinds="missing")))
    start, end = columns["annotations"]["start"]
    kept = columns["annotations"]["index"][start:end]
    assert len(kept) == 200
    assert 400 in kept


def test_ids_of_64_bits_stay_exact(report: Report) -> None:
    dataset = dataset_of(report)
    ids = np.arange(len(dataset.annotations.class_id)) + 2**62 + 1
    given = replace(dataset, annotation_ids=ids, image_ids=[f'"{image}"' for image in range(len(dataset))])
    columns = columns_of(html_of(check(given)))
    number = next(one for one in columns["issues"]["annotation_id"] if one is not None)
    assert int(number) in ids.tolist()
    assert columns["images"]["id"][0].startswith('"\\"')


def test_the_policy_has_the_hashes_of_the_only_script_and_style(report: Report) -> None:
    html = html_of(report, top=3)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    directives = dict(one.split(" ", 1) for one in policy[1].replace("&#39;", "'").split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == "data: 'self' file:"
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        own = re.findall(rf'<{tag}(?: type="module")?>(.*?)</{tag}>', html, re.DOTALL)
        assert len(own) == 1
        assert directives[directive] == f"'sha256-{b64encode(sha256(own[0].encode()).digest()).decode()}'"
    assert not re.search(r'\s(style|on\w+)="', html)


def test_top_bounds_the_rows_and_the_page_says_so(report: Report) -> None:
    html = html_of(report, top=5)
    assert len(columns_of(html)["issues"]["issue_id"]) == 5
    assert f"{len(report) - 5} of {len(report)} rows are left out, the least suspicious ones." in html
    assert "rows are left out, the least suspicious ones" not in html_of(report)


def test_the_size_may_have_no_bound(report: Report) -> None:
    assert html_of(report, max_mb=float("inf")) == html_of(report, max_mb=1e12)


@pytest.mark.parametrize("max_mb", [0.07, 0.09, 0.1])
def test_the_size_bounds_the_rows(report: Report, max_mb: float) -> None:
    html = html_of(report, max_mb=max_mb)
    rows = len(columns_of(html)["issues"]["issue_id"])
    assert 0 < rows < len(report)
    assert 0.8 * max_mb < len(html.encode()) / 1e6 <= max_mb
    assert f"{len(report) - rows} of {len(report)} rows are left out" in html


def test_a_page_without_any_row(report: Report) -> None:
    html = html_of(report, top=0)
    assert columns_of(html)["issues"]["issue_id"] == []
    nothing = check(dataset_of(report), min_suspicion=1)
    assert columns_of(html_of(nothing))["images"]["index"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top": -1}, "top is -1, expected at least 0"),
        ({"max_mb": 0}, "max_mb is 0, expected more than 0"),
        ({"max_mb": float("nan")}, "max_mb is nan, expected more than 0"),
        ({"max_mb": 0.01}, r"max_mb is 0.01, and the page takes 0\.\d\d MB without any row"),
        ({"images": "no such folder"}, "expected a folder"),
    ],
)
def test_what_cannot_be_written_is_refused(report: Report, options: dict[str, float], message: str) -> None:
    with pytest.raises((ValueError, OSError), match=message):
        report.to_html(**options)  # type: ignore[arg-type]


def test_pictures_need_names_of_images(report: Report, tmp_path: Path) -> None:
    nameless = check(replace(dataset_of(report), image_names=None))
    assert columns_of(html_of(nameless))["images"]["name"][0] is None
    with pytest.raises(ValueError, match="images: the data set has no image names; expected a list"):
        nameless.to_html(images=tmp_path)


def test_a_file_is_the_text_and_equal_on_every_run(report: Report, tmp_path: Path) -> None:
    assert report.to_html(tmp_path / "a.html") is None
    assert (tmp_path / "a.html").read_text("utf-8") == html_of(report) == html_of(copy.copy(report))
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_a_report_without_its_data_set_asks_for_it(report: Report) -> None:
    with pytest.raises(ValueError, match=r"give it back with report.with_dataset"):
        pickle.loads(pickle.dumps(report)).to_html()


def test_classes_and_images_without_names_are_called_by_numbers(report: Report) -> None:
    nameless = check(replace(dataset_of(report), class_names=None, image_names=None))
    html = html_of(nameless)
    assert columns_of(html)["class_names"] is None
    assert "class 0" in html
    assert f"image {nameless[0].image_index}" in html


def test_decided_issues_are_left_out_and_counted(report: Report) -> None:
    decisions = report.decide({issue.issue_id: "reject" for issue in report.top(3)})
    html = html_of(report.without(decisions))
    assert columns_of(html)["issues"]["issue_id"] == report["issue_id"].tolist()[3:]
    assert "3 decided issues left out." in html


def test_of_several_detectors_each_row_names_its_prediction_on_the_page() -> None:
    first, second = (make_scenes(40, seed=seed).dataset for seed in (5, 6))
    other = replace(first, predictions=second.predictions)
    several = check(Dataset.of_detectors({"a": other, "b": first}), min_suspicion=0.01)
    columns = columns_of(html_of(several))
    start, boxes = columns["predictions"]["start"], np.reshape(columns["predictions"]["box"], (-1, 4))
    found = 0
    for row, index in enumerate(columns["issues"]["prediction_index"]):
        issue = several[row]
        assert (index is None) == (issue.prediction_index is None)
        if index is not None and issue.kind == "missing":
            here = slice(*start[columns["issues"]["image"][row] :][:2])
            at = columns["predictions"]["index"][here].index(index)
            assert boxes[here][at] == pytest.approx(np.array(issue.suggested_box), abs=0.06)
            assert columns["predictions"]["class"][here][at] == issue.suggested_class
            found += 1
    assert found > 10
