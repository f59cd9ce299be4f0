"""What the command line alone tells is refused before any file is read: here none is there, or none that is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Files, refused, run
from source_files import SCENES, Sources, make_sources

NOWHERE = ("annotations.json", "detections.json")
KNOWN, DECISIONS = ("--known", "known.json"), ("--decisions", "decisions.json")
EXPORT = ("export", *NOWHERE, "-o", "queue", "--to")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that relative paths begin at."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 and nothing of a table")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("check", *NOWHERE, *KNOWN, "--kinds", "swp"), "kinds: unknown kind 'swp'"),
        (("check", *NOWHERE, *KNOWN, "--diff", "--min-suspicion", "0.9"), "--min-suspicion 0.9 hides rows that --diff"),
        (("check", *NOWHERE, *KNOWN, "--kinds", "swap", "--fail-over", "missing=0"), "leaves out missing, for which"),
        (("check", *NOWHERE, *KNOWN, "--columns", "x"), "--columns x: expected"),
        (("check", *NOWHERE, *KNOWN, "--images", "nowhere"), "nowhere: expected a folder"),
        (("check", *NOWHERE, *KNOWN, "--sample", "5", "--diff"), "--sample lists only rows to review"),
        (("check", *NOWHERE, *KNOWN, "--reliability", "a.png"), "give --decisions as well"),
        (("check", *NOWHERE, *DECISIONS, "--kinds", "swp"), "kinds: unknown kind 'swp'"),
        (("check", *NOWHERE, *DECISIONS, "--reliability", "a.gif"), "a.gif: expected a path that ends in .png"),
        (("check", *NOWHERE, "--raw-csv"), "--raw-csv needs a table in CSV: -o with a file such as rows.csv, or -o -"),
        (("check", *NOWHERE, "-o", "a.json", "--raw-csv"), "--raw-csv needs a table in CSV"),
        (("check", *NOWHERE, "-o", "-", "--format", "json", "--raw-csv"), "--raw-csv needs a table in CSV"),
        (("check", *NOWHERE, "--format", "sarif", "--top", "3"), "--top needs rows to show"),
        (("check", *NOWHERE, "-o", "-", "--top", "3"), "--top needs rows to show"),
        (("check", *NOWHERE, "--diff", "--top", "3"), "--top needs rows to show"),
        (("check", *NOWHERE, "--max-mb", "5"), "--max-mb needs --report"),
        (("check", *NOWHERE, "--corrected-from", "0.9"), "--corrected-from needs --corrected or --diff"),
        (("check", *NOWHERE, "--fail-over", "0", "--corrected-from", "0.9"), "--corrected-from needs --corrected"),
        (("check", *NOWHERE, "--seed", "3"), "--seed needs --sample"),
        (("check", *NOWHERE, "--class-order", "file"), "--class-order needs --classes-from"),
        (("check", *NOWHERE, "--config", "a.toml", "--no-config"), "--config and --no-config: expected one of the two"),
        (
            ("check", "labels", "p", "--images", ".", "--sizes", "a.csv"),
            "--images and --sizes: expected one of the two",
        ),
        (("score", *NOWHERE, "--raw-csv"), "--raw-csv needs a table in CSV"),
        (("score", *NOWHERE, "-o", "a.parquet", "--raw-csv"), "--raw-csv needs a table in CSV"),
        (("score", *NOWHERE, "-o", "-", "--top", "3"), "--top needs a table to show: leave out -o -"),
        (("benchmark", *NOWHERE, "--natural", "--seeds", "2"), "--seeds needs planted errors: leave out --natural"),
        (("benchmark", *NOWHERE, "--natural", "--rates", "0.1"), "--rates needs planted errors: leave out --natural"),
        (("benchmark", *NOWHERE, "--rate", "1", "--rates", "0.1"), "--rate needs one rate alone: leave out --rates"),
        (("check", *NOWHERE, "--outlines", "--keypoints"), "--outlines and --keypoints: expected one of the two"),
        (("check", "damaged.parquet", *KNOWN, "--corrected", "a.json"), "--corrected does not write Parquet"),
        (("check", "damaged.parquet", "-o", "nowhere/out"), "there is no folder nowhere"),
        (("check", "damaged.parquet", "-o", "out", "--kinds", "swp"), "kinds: unknown kind 'swp'"),
        (("apply", "damaged.parquet", *DECISIONS, "--corrected", "a"), "--corrected does not write Parquet"),
        (("apply", NOWHERE[0], *DECISIONS, "--corrected", "a.json", "--columns", "x"), "--columns x: expected"),
        (("review", "decisions.json", "--plot", "a.gif"), "a.gif: expected a path that ends in .png"),
        (("score", *NOWHERE, "--weights", "speed=1"), "--weights: expected the keys overlooked, swap and badloc"),
        (("score", *NOWHERE, "--weights", "overlooked=1,swap=1,badloc=0"), "--weights: found overlooked 1.0, swap 1.0"),
        (("benchmark", *NOWHERE, "--kinds", "swp"), "kinds: unknown kind 'swp'"),
        (("benchmark", *NOWHERE, "--annotator", "a.png", "--plot", "a.png"), "would replace a file that is read"),
        ((*EXPORT, "cvat", "--image-url", "http://a"), "--image-url is for label-studio, not for cvat"),
        ((*EXPORT[:3], "-o", "full", "--to", "cvat"), "full: expected a new or empty folder"),
    ],
    ids=lambda value: " ".join(value).replace(" ".join(NOWHERE), "...") if isinstance(value, tuple) else "",
)
def test_options_that_make_no_sense(arguments: tuple[str, ...], why: str) -> None:
    assert why in refused(*arguments)


@pytest.mark.parametrize("tool", ["label-studio", "fiftyone", "labelme"])
def test_a_tool_that_needs_images_is_refused_without_them(files: Files, tool: str) -> None:
    assert "give --images" in refused("export", files.annotations, "nowhere.json", "--to", tool, "-o", "queue")


@pytest.mark.parametrize(
    "arguments", [("check", "DATA", "nowhere.json"), ("benchmark", "DATA", "--annotator", "nowhere.json")]
)
def test_a_second_file_of_predictions_that_is_not_there(files: Files, tmp_path: Path, arguments: list[str]) -> None:
    """The first one is no sound file either."""
    (tmp_path / "damaged.json").write_text('[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": }]')
    data = (files.annotations, "damaged.json")
    given = [part for argument in arguments for part in (data if argument == "DATA" else [argument])]
    assert refused(*given) == "nowhere.json: No such file or directory"


def test_names_that_are_wrong_are_refused_before_the_annotations_are_read(files: Files, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(Path(files.annotations).read_text().replace('"bbox"', '"box"'))
    assert "of which one is empty" in refused("check", "a.json", files.detections, "--names", "cat,,dog")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return make_sources(tmp_path_factory.mktemp("sources"))


def test_options_of_another_format_are_refused(at: Sources) -> None:
    message = refused("check", at.coco, at.results, "--images", at.root)
    assert message == "--images without --report is for YOLO labels, found COCO annotations and COCO results"
    assert refused("check", at.yolo, at.labels, "--one-based").startswith("--one-based is for Pascal VOC, found YOLO")


def test_no_format_need_have_what_is_ignored_elsewhere(at: Sources) -> None:
    """What is asked for is what happens, so a loop over data sets of several formats can ask for it."""
    plain, asked = (run("check", at.yolo, at.labels, *given) for given in ([], ["--include-ignored"]))
    assert asked == plain


def test_options_of_the_other_side_are_refused(at: Sources) -> None:
    message = refused("check", at.coco, at.labels, "--names", "x", "--sizes", "sizes.csv")
    assert message == "--sizes is for YOLO labels as annotations, found COCO annotations and YOLO labels"
    message = refused("check", at.yolo, at.ultralytics, "--confidence-second")
    assert message == "--confidence-second is for YOLO labels as predictions, found COCO results and YOLO labels"
    message = refused("check", at.coco, at.scored_voc, "--names", "x")
    assert message.endswith(", found COCO annotations and Pascal VOC")


def test_options_may_be_about_one_of_several_predictions(at: Sources) -> None:
    names = ("--names", ",".join(SCENES.dataset.class_names or ()))
    voc, yolo, results = at.scored_voc, at.labels / "labels", at.ultralytics
    assert "314 annotations and 874 detections" in run("check", at.coco, voc, yolo, *names).stdout
    given = (at.coco, yolo, at.scored, results, *names, "--classes-from", "1", "--images-by-stem")
    assert "314 annotations and 1,311 detections" in run("check", *given).stdout
    assert "437 detections" in run("benchmark", at.coco, voc, "--annotator", yolo, *names, "--seeds", "1").stdout
    told = refused("check", at.coco, voc, at.scored, *names)
    assert told.endswith("YOLO labels as annotations, found COCO annotations and Pascal VOC")


def test_the_order_of_categories_is_refused_where_names_tell_it(at: Sources) -> None:
    order = ("--classes-from", "1", "--class-order", "file")
    names = ",".join(SCENES.dataset.class_names or ())
    for given in ((at.yolo, at.ultralytics), (at.coco, at.ultralytics, "--names", names)):
        assert refused("check", *given, *order).startswith("--class-order is about the categories of COCO")
    assert "60 images" in run("check", at.coco, at.ultralytics, "--images-by-stem", *order).stdout
