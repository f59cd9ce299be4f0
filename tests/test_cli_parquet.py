"""`boxlint check` of Parquet: in memory with all outputs, or to a folder in two passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import boxlint
from boxlint.formats.parquet_files import read_parquet_files
from boxlint.synthetic import make_scenes
from commands import refused, run

SCENES = make_scenes(60).dataset


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(3):
        boxlint.write_parquet(SCENES[20 * number : 20 * number + 20], folder / f"{number}.parquet")
    return folder


def test_files_and_a_folder_of_them_are_one_data_set(lake: Path, tmp_path: Path) -> None:
    by_folder = run("check", lake).stdout
    assert "read as Parquet: data, 60 images, 6 classes" in by_folder
    files = sorted(lake.iterdir())
    by_files = run("check", *files, "-o", tmp_path / "issues.csv").stdout
    assert "read as Parquet: 3 files, 60 images, 6 classes" in by_files
    report = boxlint.check(SCENES)
    assert len((tmp_path / "issues.csv").read_text().splitlines()) == len(report) + 1


def test_a_folder_as_output_is_written_in_two_passes(lake: Path, tmp_path: Path) -> None:
    out = tmp_path / "issues"
    said = run("check", *sorted(lake.iterdir()), "-o", out, "--workers", "2").stdout
    report = boxlint.check(SCENES, min_suspicion=0.01)
    assert f"wrote {out}: {len(report)} rows in issues, 60 rows in images" in said
    assert sorted(pq.read_table(out / "issues")["issue_id"].to_pylist()) == sorted(report["issue_id"].tolist())
    again = refused("check", lake, "-o", out, "--kinds", "swap")
    assert "was begun with kinds" in again
    assert again.endswith("give another folder, or --restart to begin anew")
    assert "No likely errors" not in run("check", lake, "-o", out, "--kinds", "swap", "--restart").stdout
    assert set(pq.read_table(out / "issues")["kind"].to_pylist()) == {"swap"}


def test_columns_and_classes_may_be_called_otherwise(lake: Path, tmp_path: Path) -> None:
    table = pq.read_table(lake / "0.parquet").rename_columns({"annotations": "objects"}).replace_schema_metadata()
    pq.write_table(table, tmp_path / "other.parquet")
    names = ",".join(SCENES.class_names or ())
    options = ("--columns", "annotations=objects", "--names", names)
    in_memory = run("check", tmp_path / "other.parquet", *options).stdout
    streamed = run("check", tmp_path / "other.parquet", "-o", tmp_path / "out", *options).stdout
    assert "20 images" in in_memory
    assert "20 images" in streamed
    assert "expected annotations=NAME" in refused("check", lake, "--columns", "objects")
    twice = "predictions=yolo,predictions=detr"
    assert refused("check", lake, "--columns", twice) == f"--columns {twice}: something has two names, expected one"


def test_no_image_is_refused_and_no_detection_told(tmp_path: Path) -> None:
    """In each format; a detector that was not run has none to give."""
    nothing, parquet = SCENES[:0], tmp_path / "none.parquet"
    boxlint.write_parquet(nothing, parquet)
    boxlint.write_coco(nothing, tmp_path / "none.json", tmp_path / "detections.json")
    coco = tmp_path / "none.json", tmp_path / "detections.json"
    calls = ("inspect", parquet), ("check", parquet), ("score", parquet), ("inspect", coco[0]), ("check", *coco)
    for command, *given in calls:
        assert refused(command, *given) == f"there are no images in {given[0]}"
    silent = replace(
        SCENES[:2], predictions=SCENES.predictions.keep(np.zeros(len(SCENES.predictions.class_id), bool))[:2],
        prediction_ids=None,
    )  # fmt: skip
    boxlint.write_parquet(silent, tmp_path / "silent.parquet")
    told = "detections: file or folder without a detection that can be used"
    assert told in run("check", tmp_path / "silent.parquet").stderr
    assert told in run("inspect", tmp_path / "silent.parquet", code=1).stdout
    assert told not in run("inspect", tmp_path / "silent.parquet", "--columns", "predictions=").stdout
    boxlint.write_parquet(replace(silent, not_run=np.ones((2, 1), bool)), tmp_path / "not_run.parquet")
    assert told not in run("inspect", tmp_path / "not_run.parquet").stdout


def test_files_whose_classes_are_others_are_refused(lake: Path, tmp_path: Path) -> None:
    """In memory as in two passes: the second one has two classes exchanged."""
    names = list(SCENES.class_names or ())
    other = lake / "9.parquet"
    scenes = replace(SCENES[:3], class_names=[names[1], names[0], *names[2:]], image_names=["x", "y", "z"])
    boxlint.write_parquet(scenes, other)
    told = f"{other} has other class_names than {lake / '0.parquet'}"
    assert refused("check", lake) == told
    assert refused("check", lake, "-o", tmp_path / "out") == told
    assert "63 images" in run("check", lake, "--names", ",".join(names)).stdout


def test_files_without_category_ids_hide_no_others(tmp_path: Path) -> None:
    """Whichever comes first; ids of other numbers are refused even so, and one file is enough to know them."""
    ids: dict[str, list[int] | None] = {"none": None, "even": [2, 4, 6, 8, 10, 12], "odd": [1, 3, 5, 7, 9, 11]}
    for order in (["none", "even"], ["even", "none"], ["none", "even", "odd"]):
        lake = tmp_path / "-".join(order)
        lake.mkdir()
        for number, which in enumerate(order):
            boxlint.write_parquet(
                replace(SCENES[number : number + 1], category_ids=ids[which]), lake / f"{number}.parquet"
            )
        if "odd" in order:
            told = f"{lake / '2.parquet'} has other category_ids than {lake / '1.parquet'}"
            for given in ([], ["--names", ",".join(SCENES.class_names or ())]):
                assert refused("check", lake, *given) == refused("check", lake, "-o", tmp_path / "out", *given) == told
        else:
            assert read_parquet_files(sorted(lake.iterdir()), None, None).category_ids == ids["even"]


def test_the_file_whose_classes_cannot_be_read_is_named(lake: Path, tmp_path: Path) -> None:
    file = lake / "1.parquet"
    pq.write_table(pq.read_table(file).replace_schema_metadata({"boxlint": "{}"}), file)
    told = f"{file}: the metadata of the schema has b'{{}}' for boxlint, expected an object"
    assert refused("check", lake).startswith(told)
    assert refused("check", lake, "-o", tmp_path / "out").startswith(told)


def test_a_column_of_widths_alone_is_refused_or_passed_over_as_asked(lake: Path, tmp_path: Path) -> None:
    wide = tmp_path / "wide.parquet"
    pq.write_table(pq.read_table(lake / "0.parquet").drop_columns("height"), wide)
    told = refused("check", wide)
    assert told == (
        f"{wide}: found the column width, but none for height; --columns says what it is called, or with width= that "
        "images have no sizes here"
    )
    assert "20 images" in run("check", wide, "--columns", "width=").stdout
    assert "20 images" in run("check", wide, "--columns", "width=", "-o", tmp_path / "out").stdout


def test_classes_without_names_are_counted_and_names_that_are_too_few_are_refused(lake: Path, tmp_path: Path) -> None:
    pq.write_table(pq.read_table(lake / "0.parquet").replace_schema_metadata(), tmp_path / "nameless.parquet")
    said = run("check", tmp_path / "nameless.parquet").stdout
    assert said.startswith("read as Parquet: nameless.parquet, 20 images, 6 classes\n")
    assert "detections of 6 classes\n" in said
    message = refused("check", tmp_path / "nameless.parquet", "--names", "disc")
    assert message.endswith(", expected one below 1, the number of --names")


def test_files_of_other_types_are_refused_by_name(lake: Path) -> None:
    table = pq.read_table(lake / "1.parquet")
    numbers = table["width"]
    pq.write_table(table.drop_columns("image_name").append_column("image_name", numbers), lake / "1.parquet")
    assert refused("check", lake).startswith(f"{lake / '0.parquet'} and other files: Unable to merge: Field image_name")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("-o", "out", "--top", "3"), "--top needs all rows in memory: leave it out, or give -o a file"),
        (("-o", "out", "--report", "page.html"), "--report needs all rows in memory"),
        (("-o", "issues.csv", "--workers", "2"), "--workers is for Parquet with a folder as --output"),
        (("--corrected", "corrected"), "--corrected does not write Parquet"),
        (("--sizes", "sizes.csv"), "--sizes is for YOLO labels, found Parquet"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert why in refused("check", lake, *options)
    assert not (tmp_path / "out").exists()


def test_other_formats_need_predictions(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert "missing argument 'PREDICTIONS...'" in refused("check", tmp_path / "a.json")


def test_parquet_that_is_not_there_is_what_lacks(tmp_path: Path) -> None:
    assert refused("check", tmp_path / "*.parquet", "-o", tmp_path / "out").endswith(
        "*.parquet: No such file or directory"
    )


def test_what_is_called_parquet_and_is_none_is_named(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("{}")
    assert refused("check", tmp_path / "a.parquet") == f"{tmp_path / 'a.parquet'} is no Parquet, whatever it is called"
    (tmp_path / "a.json").write_text("[]")
    assert refused("check", lake, tmp_path / "a.json") == (
        f"{lake} is Parquet, which holds predictions, too: leave out {tmp_path / 'a.json'}"
    )


def test_other_commands_write_what_they_make_of_parquet(lake: Path, tmp_path: Path) -> None:
    run("score", lake, "-o", tmp_path / "scores.csv")
    assert len((tmp_path / "scores.csv").read_text().splitlines()) == len(SCENES) + 1
    said = run("export", lake, "--to", "cvat", "-o", tmp_path / "queue").stdout
    rows = len(boxlint.check(SCENES, min_suspicion=0.1))
    assert f"wrote {tmp_path / 'queue'}: {rows} suspected errors" in said


@pytest.mark.parametrize(("ids", "image"), [(None, "image 51"), ([f"i{number}" for number in range(60)], "image i51")])
def test_images_and_classes_without_names_are_told_by_id_or_number(
    tmp_path: Path, ids: list[str] | None, image: str
) -> None:
    file, scores = tmp_path / "a.parquet", tmp_path / "scores.csv"
    dataset = boxlint.Dataset(SCENES.annotations, SCENES.predictions, image_ids=ids)
    boxlint.write_parquet(dataset, file)
    first = boxlint.check(dataset)[0]
    assert (first.image_index, first.kind) == (51, "swap")
    said = [run("check", file, "--format", form).stdout for form in ("text", "github", "sarif")]
    assert all(image in text for text in said)
    changes = run("check", file, "--diff").stdout
    assert f"{image}: annotation: class {first.given_class} " in changes
    assert "None" not in "".join([*said, changes])
    assert image.split()[-1] in run("score", file, "--top", "60", "-o", scores).stdout
    assert image.split()[-1] in [line.split(",")[0] for line in scores.read_text().splitlines()]


def test_names_of_a_yaml_file_are_those_of_their_numbers(lake: Path, tmp_path: Path) -> None:
    """They were taken in the order of the lines, whatever the numbers."""
    names = tmp_path / "names.yaml"
    names.write_text("names:\n  5: f\n  4: e\n  0: a\n  1: b\n  3: d\n")
    run("check", lake, "--names", names, "-o", tmp_path / "issues.parquet")
    run("check", lake, "--names", names, "-o", tmp_path / "out")
    for rows in (pq.read_table(tmp_path / "issues.parquet"), pq.read_table(tmp_path / "out" / "issues")):
        given = zip(rows["given_class"].to_pylist(), rows["given_label"].to_pylist(), strict=True)
        assert set(given) - {(None, None)} == set(enumerate(["a", "b", "class 2", "d", "e", "f"]))


def test_annotations_to_ignore_can_be_included(tmp_path: Path) -> None:
    """They were left out all the same, in silence."""
    boxes = SCENES.annotations
    flags = np.arange(len(boxes.xyxy)) % 3 > 0
    ignored = boxlint.Boxes(boxes.xyxy, boxes.class_id, offsets=boxes.offsets, ignore=flags)
    path = tmp_path / "crowds.parquet"
    boxlint.write_parquet(replace(SCENES, annotations=ignored), path)
    assert "crowd or ignored annotations left out" in run("check", path).stdout
    run("check", path, "--include-ignored", "-o", tmp_path / "issues.csv", "--raw-csv")
    boxlint.check(SCENES).to_csv(tmp_path / "expected.csv", raw=True)
    assert (tmp_path / "issues.csv").read_text() == (tmp_path / "expected.csv").read_text()
