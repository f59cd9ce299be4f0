"""Data sets in parts: whatever the split, the order and the tree of sums, the results are those of the whole."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import boxlint
import boxlint.parts as in_parts
from boxlint import Boxes, Dataset, filter, rank, summary
from boxlint._check import usual_max_rows
from boxlint._core import limit_threads
from test_check_method import made
from test_detectors import several

SEEDS = st.integers(0, 2**32 - 1)
# Pixels, coordinates from 0 to 1, and crops of 64 pixels: in the latter two, parts have other smallest similarities.
SCALES = st.sampled_from([1.0, 1 / 160, 64 / 160])
IMAGES = 12
ONE_LINE = r"^[^\n]+$"


def with_ids(dataset: Dataset, scale: float = 1.0, texts: bool = False) -> Dataset:
    """A data set whose images stand in the order of their ids, which are of several lengths."""

    def scaled(boxes: Boxes) -> Boxes:
        return Boxes(boxes.xyxy * scale, boxes.class_id, boxes.score, boxes.offsets, boxes.ignore)

    numbers = np.arange(len(dataset)) * 5 + 7
    return replace(
        dataset,
        annotations=scaled(dataset.annotations),
        predictions=scaled(dataset.predictions),
        more_predictions=tuple(map(scaled, dataset.more_predictions)),
        image_ids=[f"ä{number:d}.jpg" for number in numbers] if texts else numbers,
        annotation_ids=np.arange(len(dataset.annotations.class_id)) + 1000,
    )


def split(dataset: Dataset, seed: int, parts: int) -> list[Dataset]:
    """Parts of any sizes, empty ones too, in any order, with their images in any order."""
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.integers(0, len(dataset) + 1, parts - 1))
    return [dataset[images] for images in np.split(rng.permutation(len(dataset)), ends)]


def summed(items: list[Any], seed: int) -> Any:
    """The sum in the order of a random tree."""
    rng = np.random.default_rng(seed)
    while len(items) > 1:
        at = int(rng.integers(len(items) - 1))
        items = [*items[:at], items[at + 1] + items[at], *items[at + 2 :]]
    return items[0]


def ids_of(dataset: Dataset) -> list[str]:
    assert dataset.image_ids is not None
    return list(map(str, dataset.image_ids))


def texts_of(table: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows, where floats are as exact as they are, and NaN equals itself."""
    return [{name: repr(value) for name, value in row.items()} for row in table.to_pylist()]


def rows_of(report: boxlint.Report) -> list[dict[str, Any]]:
    """The rows of a report in the form of parts."""
    table = report.issues.to_arrow()
    columns = {}
    for field in in_parts.ISSUES:
        if field.name in table.column_names:
            columns[field.name] = table[field.name].cast(field.type)
    return texts_of(pa.table(columns))


@given(SEEDS, st.integers(1, 5), SCALES, st.booleans(), st.sampled_from([0.0, 0.2]))
def test_rows_and_images_are_those_of_the_whole(
    seed: int, parts: int, scale: float, texts: bool, min_suspicion: float
) -> None:
    dataset = with_ids(made(seed, IMAGES, ignore=True), scale, texts)
    pieces = split(dataset, seed, parts)
    statistics = summed([in_parts.collect([piece]) for piece in pieces], seed)
    assert statistics == boxlint.collect(dataset) == in_parts.collect(pieces)
    options: Any = {"min_suspicion": min_suspicion, "priors": {"swap": 0.3}}
    whole = boxlint.check(dataset, **options, max_rows=10**9)
    found = list(in_parts.checked(pieces, statistics, **options))
    assert all(one.issues.schema.equals(in_parts.ISSUES) for one in found)
    ranked = in_parts.ranked([one.issues for one in found]).drop_columns(["detector", "support"])
    assert texts_of(ranked) == rows_of(whole)
    images = in_parts.ranked([one.images for one in found])
    assert images.schema.equals(in_parts.IMAGES)
    ids = [ids_of(dataset)[at] for at in whole.image_order]
    assert images["image_id"].to_pylist() == ids
    assert images["score"].to_pylist() == whole.image_scores[whole.image_order].tolist()
    assert images["predictions"].to_pylist() == np.diff(dataset.predictions.offsets)[whole.image_order].tolist()
    assert str(in_parts.summarize([one.summary for one in found], statistics)) == str(whole.summary())


@given(SEEDS, st.integers(1, 4), st.integers(0, 30))
def test_the_most_suspicious_rows_are_those_of_the_whole(seed: int, parts: int, max_rows: int) -> None:
    dataset = with_ids(made(seed, IMAGES))
    pieces = split(dataset, seed, parts)
    found = list(in_parts.check(pieces, in_parts.collect(pieces), min_suspicion=0))
    whole = boxlint.check(dataset, max_rows=max_rows)
    again = [batch for one in found for batch in in_parts.ranked([one], max_rows).to_batches()]
    for batches in (found, again or found):
        kept = in_parts.ranked(batches, max_rows).drop_columns(["detector", "support"])
        assert texts_of(kept) == rows_of(whole)


@given(SEEDS, st.integers(1, 5), SCALES, st.booleans())
def test_scores_of_objectlab_are_those_of_the_whole(seed: int, parts: int, scale: float, check: bool) -> None:
    dataset = with_ids(made(seed, IMAGES, ignore=True), scale)
    pieces = split(dataset, seed, parts)
    statistics = summed([in_parts.collect([piece]) for piece in pieces], seed)
    weights = {"overlooked": 0.5, "badloc": 0.25, "swap": 0.25}
    batches = in_parts.score(pieces, statistics, aggregation_weights=weights, overlapping_label_check=check)
    found = pa.Table.from_batches(batches)
    whole = rank.get_label_quality_scores(
        dataset.annotations,
        dataset.predictions,
        aggregation_weights=weights,
        overlapping_label_check=check,
        verbose=False,
    )
    by_id = dict(zip(ids_of(dataset), whole.tolist(), strict=True))
    assert dict(zip(found["image_id"].to_pylist(), found["score"].to_pylist(), strict=True)) == by_id
    ranked = in_parts.ranked(found.to_batches())
    order = rank.issues_from_scores(whole, threshold=1)
    assert ranked["image_id"].to_pylist() == [ids_of(dataset)[at] for at in order]


def test_parts_alone_would_score_otherwise() -> None:
    dataset = with_ids(made(3, IMAGES), 1 / 160)
    smallest = [boxlint.collect(dataset[image]).min_similarity or 0 for image in range(IMAGES)]
    assert len(set(smallest)) > 1
    assert min(smallest) == boxlint.collect(dataset).min_similarity


@given(SEEDS, st.integers(1, 4), st.booleans())
def test_label_issues_and_thresholds_are_those_of_the_whole(seed: int, parts: int, texts: bool) -> None:
    dataset = with_ids(made(seed, IMAGES, ignore=True), 64 / 160, texts)
    pieces, others = split(dataset, seed, parts), split(dataset, seed + 1, 3)
    matches = summed([in_parts.collect_matches([piece]) for piece in pieces], seed)
    matches = in_parts.Matches.from_bytes(matches.to_bytes())
    places = summed([in_parts.collect_places([piece], matches) for piece in pieces], seed)
    thresholds = in_parts.class_thresholds(matches, in_parts.Places.from_bytes(places.to_bytes()))
    whole = filter.class_thresholds(dataset.annotations, dataset.predictions)
    np.testing.assert_array_equal(thresholds.average_precision, whole.average_precision)
    np.testing.assert_array_equal(thresholds.annotations, whole.annotations)
    np.testing.assert_array_equal(thresholds.predictions, whole.predictions)
    statistics = in_parts.collect(others)
    found = pa.Table.from_batches(in_parts.find_label_issues(others, statistics, thresholds))
    expected = filter.find_label_issues(dataset.annotations, dataset.predictions)
    by_id = dict(zip(ids_of(dataset), expected.tolist(), strict=True))
    assert dict(zip(found["image_id"].to_pylist(), found["is_issue"].to_pylist(), strict=True)) == by_id


@given(SEEDS, st.integers(1, 4), st.booleans())
def test_several_detectors_take_two_rounds(seed: int, parts: int, not_run: bool) -> None:
    dataset = with_ids(several(seed, 3, not_run, images=IMAGES))
    pieces = split(dataset, seed, parts)
    first = in_parts.collect(pieces)
    second = summed([in_parts.collect([piece], first) for piece in pieces], seed)
    whole = boxlint.check(dataset, min_suspicion=0.05, max_rows=10**9)
    found = list(in_parts.checked(pieces, second, min_suspicion=0.05))
    rows = in_parts.ranked([one.issues for one in found])
    assert rows["suspicion"].to_pylist() == whole["suspicion"].tolist()
    assert rows["issue_id"].to_pylist() == whole["issue_id"].tolist()
    most = in_parts.ranked([one.issues for one in found], 3)["issue_id"].to_pylist()
    assert most == boxlint.check(dataset, min_suspicion=0.05, max_rows=3)["issue_id"].tolist()
    by_id = dict(zip(rows["issue_id"].to_pylist(), rows["support"].to_pylist(), strict=True))
    assert by_id == dict(zip(whole["issue_id"].tolist(), whole["support"].tolist(), strict=True))
    assert str(in_parts.summarize([one.summary for one in found], second)) == str(whole.summary())
    for refused in (
        lambda: list(in_parts.score(pieces, second)),
        lambda: in_parts.collect_matches(pieces),
        lambda: list(in_parts.check(pieces, first)),
    ):
        with pytest.raises(ValueError, match=r"detectors|first round"):
            refused()


def test_record_batches_are_parts() -> None:
    dataset = with_ids(made(5, IMAGES), texts=True)
    table = pa.table(
        {
            "image_id": list(dataset.image_ids or ()),
            "annotations": [boxes(one) for one in dataset.annotations],
            "predictions": [boxes(one) for one in dataset.predictions],
        }
    )
    batches = table.to_batches(max_chunksize=5)
    statistics = in_parts.collect(batches)
    assert in_parts.collect(pa.RecordBatchReader.from_batches(table.schema, batches)) == statistics
    for one in (table, batches[0]):
        with pytest.raises(TypeError, match=r"parts: expected several, .*, found (Table|RecordBatch)"):
            in_parts.collect(one)
    plain = replace(dataset, class_names=None, annotation_ids=None)
    assert statistics == boxlint.collect(plain)
    whole = pa.Table.from_batches(in_parts.score([plain], statistics))
    assert pa.Table.from_batches(in_parts.score(batches, statistics)).equals(whole.combine_chunks())
    rows = in_parts.ranked(in_parts.check(batches, statistics))
    assert rows.equals(in_parts.ranked(in_parts.check([plain], statistics)))


def boxes(of: Boxes) -> list[dict[str, Any]]:
    scores = [None] * len(of.class_id) if of.score is None else of.score.tolist()
    rows = zip(of.xyxy.tolist(), of.class_id.tolist(), scores, strict=True)
    named = ({"xyxy": xyxy, "class_id": class_id, "score": score} for xyxy, class_id, score in rows)
    return [{name: value for name, value in row.items() if value is not None} for row in named]


def test_parts_are_read_one_by_one_and_options_before_any() -> None:
    dataset = with_ids(made(1, IMAGES))
    statistics = in_parts.collect([dataset])
    read = []

    def parts() -> Iterator[Dataset]:
        for image in range(3):
            read.append(image)
            yield dataset[image]

    batches = in_parts.check(parts(), statistics)
    next(batches)
    assert read == [0]
    read.clear()
    bad: list[dict[str, Any]] = [{"kinds": "wrong"}, {"min_suspicion": 2}, {"priors": {"swap": -1}}, {"threads": 0}]
    for options in bad:
        with pytest.raises(ValueError, match=next(iter(options))):
            in_parts.check(parts(), statistics, **options)
    with pytest.raises(TypeError, match=r"statistics: expected what boxlint\.collect returns, found dict"):
        in_parts.score(parts(), {})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"parts: expected several, .*, found Dataset"):
        in_parts.collect(dataset)
    assert read == []


def test_what_cannot_be_told_apart_is_refused() -> None:
    dataset = with_ids(made(1, IMAGES))
    with pytest.raises(ValueError, match="part 1: its images have neither ids nor names"):
        in_parts.collect([dataset[:2], replace(dataset[2:], image_ids=None)])
    with pytest.raises(ValueError, match="part 0: image 7 stands twice"):
        in_parts.collect([dataset[[1, 0, 0]]])
    for collect in (in_parts.collect, in_parts.collect_matches):
        with pytest.raises(ValueError, match="1 part of the same images would be counted twice"):
            collect([dataset[:2], dataset[2:], dataset[:2]])
        with pytest.raises(ValueError, match="there are no parts"):
            collect([])
    matches = in_parts.collect_matches([dataset[:2], dataset[[2, 1]]])
    with pytest.raises(ValueError, match="image 12 is in two parts"):
        in_parts.collect_places([], matches)
    matches = in_parts.collect_matches([dataset[:2]])
    with pytest.raises(ValueError, match="image 17 was not among those that were matched"):
        in_parts.collect_places([dataset[2:]], matches)
    with pytest.raises(ValueError, match="1 part of the same images"):
        in_parts.collect_places([dataset[:2], dataset[:2]], matches)
    with pytest.raises(ValueError, match="other parts than the matches"):
        in_parts.class_thresholds(matches, in_parts.collect_places([dataset[0]], matches))


def test_the_limit_of_threads_is_that_of_a_call() -> None:
    dataset = with_ids(made(1, 300))
    statistics = in_parts.collect([dataset], threads=1)
    assert statistics == in_parts.collect([dataset], threads=3) == boxlint.collect(dataset, threads=2)
    batches = in_parts.check([dataset[:150], dataset[150:]], statistics, threads=1)
    next(batches)
    # Between two parts, the caller has all threads.
    assert limit_threads(None) is None
    assert boxlint.check(dataset, threads=1).image_scores.tolist() == boxlint.check(dataset).image_scores.tolist()
    with pytest.raises(ValueError, match="threads is 0, expected at least 1"):
        boxlint.check(dataset, threads=0)


def test_matches_survive_bytes_and_pickling_and_damage_is_told() -> None:
    dataset = with_ids(made(2, IMAGES))
    matches = in_parts.collect_matches([dataset[:5], dataset[5:]])
    places = in_parts.collect_places([dataset[:5], dataset[5:]], matches)
    assert pickle.loads(pickle.dumps(matches)).digest == matches.digest
    for one in (matches, places):
        data = one.to_bytes()
        for damaged in (data[:-3], data + b"x", b"", data[:20], b"boxlint matches 99\n", data[:40] + b"?" + data[41:]):
            with pytest.raises(ValueError, match=ONE_LINE):
                type(one).from_bytes(damaged)


IMPOSSIBLE: dict[str, Callable[[Any], Any]] = {
    "score": lambda score: np.full_like(score, 1.5),
    "class_id": lambda class_id: class_id + 100,
    "at": lambda at: at + np.uint16(1 << 10),
    "image": lambda image: image + np.uint32(100),
    "row": lambda row: np.zeros_like(row),
    "annotations": lambda annotations: np.zeros_like(annotations),
    "predictions": lambda predictions: -predictions,
}


@pytest.mark.parametrize("column", IMPOSSIBLE)
def test_matches_that_no_data_set_has_are_refused(column: str) -> None:
    matches = in_parts.collect_matches([with_ids(made(2, IMAGES))])
    wrong = replace(matches, **{column: IMPOSSIBLE[column](getattr(matches, column))})
    with pytest.raises(ValueError, match="the bytes of matches are damaged: "):
        in_parts.Matches.from_bytes(wrong.to_bytes())


def test_matches_hold_no_negative_zero() -> None:
    matches = in_parts.collect_matches([with_ids(made(2, IMAGES))])
    zeros = replace(matches, score=np.full_like(matches.score, -0.0))
    assert not np.signbit(in_parts.Matches.from_bytes(zeros.to_bytes()).score).any()


def test_the_usual_number_of_rows_follows_from_the_statistics() -> None:
    dataset = with_ids(made(4, 200, boxes=12))
    statistics = in_parts.collect([dataset[:100], dataset[100:]])
    found = in_parts.check([dataset], statistics, min_suspicion=0)
    most = usual_max_rows(statistics.totals.sizes.annotations)
    kept = in_parts.ranked(found, most).drop_columns(["detector", "support"])
    assert texts_of(kept) == rows_of(boxlint.check(dataset))


@given(SEEDS, st.integers(1, 4))
def test_summaries_of_boxes_and_classes_are_those_of_the_whole(seed: int, parts: int) -> None:
    dataset = with_ids(made(seed, IMAGES, ignore=True))
    pieces = split(dataset, seed, parts)
    both, names = (dataset.annotations, dataset.predictions), dataset.class_names
    distribution = in_parts.class_label_distribution(in_parts.collect(pieces), class_names=names)
    assert distribution == summary.class_label_distribution(*both, class_names=names)
    matches = in_parts.collect_matches(pieces)
    for name in ("get_average_per_class_confusion_matrix", "calculate_per_class_metrics"):
        of_parts, whole = getattr(in_parts, name), getattr(summary, name)
        assert of_parts(matches, class_names=names) == whole(*both, class_names=names)
        assert of_parts(matches) == whole(*both)
    images = pa.Table.from_batches(in_parts.check_images(pieces, in_parts.collect(pieces)))
    counts = zip(*(images[name].to_pylist() for name in ("image_id", "annotations", "predictions")), strict=True)
    assert sorted(counts) == sorted(zip(ids_of(dataset), *summary.object_counts_per_image(*both), strict=True))


def test_without_pyarrow_the_extra_is_named() -> None:
    script = "import sys; sys.modules['pyarrow'] = None; import boxlint.parts"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert found.stderr.endswith("ImportError: boxlint.parts needs pyarrow: pip install 'boxlint[arrow]'\n")
