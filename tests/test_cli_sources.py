"""The command recognises what lies at a path, says so, and reads the same from every form."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pyarrow
import pyarrow.parquet as pq
import pytest

from commands import refused, rows_of_csv, run
from source_files import NAMES, SCENES, Sources, make_sources, results_of, write_results

IMAGES = len(SCENES.dataset)
PREDICTIONS = len(SCENES.dataset.predictions.class_id)
COUNTS = f"{IMAGES} images, 6 classes"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return make_sources(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def expected(at: Sources) -> list[tuple[str, str]]:
    return findings_of(at, at.coco, at.results)


def findings_of(at: Sources, *arguments: str | Path) -> list[tuple[str, str]]:
    """Image and kind of all rows from suspicion 0.1 on, which rounding in a file does not move."""
    run("check", *arguments, "-o", at.root / "issues.csv", "--top", "0")
    rows = rows_of_csv(at.root / "issues.csv")
    return sorted((row["image_name"], row["kind"]) for row in rows if float(row["suspicion"]) > 0.1)


# Annotations, predictions, options, and how the line about them begins and goes on.
FORMS = [
    ("coco", "results", [], "COCO annotations: annotations.json", "COCO results"),
    ("coco", "scored", [], "COCO annotations: annotations.json", "COCO annotations with scores (images by file name"),
    ("coco", "labels", ["--names", NAMES], "COCO annotations: annotations.json", "YOLO labels with scores (images by"),
    ("coco", "scored_voc", [], "COCO annotations: annotations.json", "Pascal VOC with scores (images by file name"),
    ("yolo", "labels", [], "YOLO labels: data.yaml (val)", "YOLO labels with confidences"),
    ("yolo", "ultralytics", [], "YOLO labels: data.yaml (val)", "COCO results (images by stem, classes counted from 1"),
    ("yolo", "scored", [], "YOLO labels: data.yaml (val)", "COCO annotations with scores (images by file name"),
    ("yolo", "scored_voc", [], "YOLO labels: data.yaml (val)", "Pascal VOC with scores (images by file name"),
    ("voc", "ultralytics", ["--names", NAMES], "Pascal VOC: Annotations", "COCO results (images by stem"),
    ("voc", "labels", ["--names", NAMES], "Pascal VOC: Annotations", "YOLO labels with scores (images by file name"),
    ("voc", "scored", [], "Pascal VOC: Annotations", "COCO annotations with scores (images by file name"),
    ("voc", "scored_voc", [], "Pascal VOC: Annotations", "Pascal VOC with scores (images by file name"),
]


@pytest.mark.parametrize(("annotations", "predictions", "options", "source", "detector"), FORMS)
def test_every_form_gives_the_same_rows(
    at: Sources,
    expected: list[tuple[str, str]],
    annotations: str,
    predictions: str,
    options: list[str],
    source: str,
    detector: str,
) -> None:
    paths = getattr(at, annotations), getattr(at, predictions)
    line, read = run("check", *paths, *options, "--top", "0").stdout.splitlines()[:2]
    assert line.startswith(f"read as {source}, {COUNTS}; predictions read as {detector}")
    assert f"{PREDICTIONS} detections" in read
    assert len(expected) > 10
    assert findings_of(at, *paths, *options) == expected


@pytest.mark.parametrize("command", ["score", "inspect", "benchmark"])
@pytest.mark.parametrize("source", ["yolo", "voc"])
def test_the_other_commands_read_the_same(at: Sources, command: str, source: str) -> None:
    said = run(command, getattr(at, source), at.scored_voc, *(["--seeds", "1"] if command == "benchmark" else []))
    assert f"{COUNTS}; predictions read as Pascal VOC with scores" in said.stdout


def test_annotations_alone_can_be_inspected(at: Sources) -> None:
    assert run("inspect", at.yolo).stdout.startswith(f"read as YOLO labels: data.yaml (val), {COUNTS}\n")


@pytest.mark.parametrize("name", ["annotations", "predictions", "results"])
def test_results_may_be_in_an_object(at: Sources, tmp_path: Path, name: str) -> None:
    (tmp_path / "results.json").write_text(json.dumps({name: json.loads(at.results.read_text())}))
    said = run("check", at.coco, tmp_path / "results.json").stdout
    assert said.startswith(f"read as COCO annotations: annotations.json, {COUNTS}; predictions read as COCO results")
    assert f"{PREDICTIONS} detections" in said


def test_compressed_files_are_recognised(at: Sources, tmp_path: Path) -> None:
    packed = tmp_path / "a.json.gz"
    packed.write_bytes(gzip.compress(at.coco.read_bytes()))
    assert run("inspect", packed, at.results).stdout.startswith("read as COCO annotations: a.json.gz")


class TestYolo:
    def test_labels_without_a_yaml_file_need_names(self, at: Sources, tmp_path: Path) -> None:
        for name in ("images", "labels"):
            shutil.copytree(at.yolo / name / "val", tmp_path / name)
        assert "give a data.yaml with names, or --names cat,dog" in refused("check", tmp_path, at.labels)
        assert run("check", tmp_path, at.labels, "--names", NAMES).stdout.startswith("read as YOLO labels: labels")
        (tmp_path / "classes.txt").write_text(NAMES.replace(",", "\n"))
        assert run("check", tmp_path, at.labels).stdout.startswith(f"read as YOLO labels: labels, {COUNTS}")

    def test_names_in_another_file_are_refused(self, at: Sources, tmp_path: Path) -> None:
        (tmp_path / "classes.json").write_text("[]")
        message = refused("check", at.voc, at.labels, "--names", tmp_path / "classes.json")
        assert message.startswith(f"names is the file {tmp_path / 'classes.json'}, expected a .yaml with names, or ")

    def test_names_may_be_longer_than_a_path(self, at: Sources, tmp_path: Path) -> None:
        for name in ("images", "labels"):
            shutil.copytree(at.yolo / name / "val", tmp_path / name)
        given = f"{NAMES},{','.join(map(str, range(1000)))},st. bernard"
        assert "1,007 classes" in run("check", tmp_path, at.labels, "--names", given).stdout

    def test_exchanged_folders_are_refused_by_name(self, at: Sources, tmp_path: Path) -> None:
        shutil.copytree(at.yolo / "labels" / "val", tmp_path / "given")
        given: tuple[str | Path, ...] = ("check", at.labels / "labels", tmp_path / "given")
        for options in ((), ("--images", at.yolo / "images")):
            assert refused(*given, *options) == (
                f"{at.labels / 'labels'} has labels with confidences, as a detector writes them, and "
                f"{tmp_path / 'given'} has none: the annotations come first"
            )

    @pytest.mark.parametrize("below", ["", "images"])
    def test_labels_may_lie_beside_the_images(self, at: Sources, tmp_path: Path, below: str) -> None:
        for name in ("images", "labels"):
            shutil.copytree(at.yolo / name / "val", tmp_path / below, dirs_exist_ok=True)
        output = run("check", tmp_path, at.labels, "--names", NAMES).stdout
        assert output.startswith(f"read as YOLO labels: {below or tmp_path.name}, {COUNTS}")

    def test_labels_without_images_need_them_or_their_sizes(self, at: Sources, tmp_path: Path) -> None:
        labels = tmp_path / "here"
        shutil.copytree(at.yolo / "labels" / "val", labels)
        given = ("check", labels, at.labels, "--names", NAMES)
        assert refused(*given).endswith("whose sizes are needed: give --images or --sizes")
        table = tmp_path / "sizes.csv"
        table.write_text("name,width,height\n" + "".join(f"scene_{n:04}.png,640,480\n" for n in range(IMAGES)))
        with_sizes = run(*given, "--sizes", table).stdout
        assert run(*given, "--images", at.yolo / "images" / "val").stdout == with_sizes
        table.write_text("scene_0000.png,640,480\nscene_0001.png,640\n")
        assert refused(*given, "--sizes", table) == f"{table}: line 2: scene_0001.png,640, expected name,width,height"
        for line in ("scene_0000.png,-640,480", "scene_0000.png,640,inf"):
            table.write_text(line)
            assert refused(*given, "--sizes", table) == f"{table}: line 1: {line}, expected name,width,height"
        for content in ("", "name,width,height\n"):
            table.write_text(content)
            assert refused(*given, "--sizes", table) == f"{table}: has no lines, expected name,width,height"

    @pytest.mark.parametrize("names", ["", "cat,,dog", "cat,dog,"])
    def test_a_class_without_a_name_is_refused(self, at: Sources, names: str) -> None:
        assert refused("check", at.yolo / "labels" / "val", at.labels, "--names", names) == (
            f"names is {names!r}, of which one is empty, expected those of all classes: cat,dog"
        )

    @pytest.mark.parametrize("names", ["[a, b, no, yes, '5', f]", "{0: a, 1: b, 2: no, 3: yes, 4: '5', 5: f}"])
    def test_names_are_a_list_or_a_dict_of_texts(self, at: Sources, tmp_path: Path, names: str) -> None:
        (tmp_path / "data.yaml").write_text(f"path: {at.yolo}\nval: images/val\nnames: {names}\n")
        run("check", tmp_path / "data.yaml", at.labels, "-o", tmp_path / "issues.json")
        rows = json.loads((tmp_path / "issues.json").read_text())
        assert {row["given_label"] for row in rows} - {None} <= {"a", "b", "no", "yes", "5", "f"}
        assert {row["suggested_label"] for row in rows} & {"no", "yes"}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("names: cat\nval: images/val", "names is 'cat', expected a list or a dict of class ids"),
            ("names: {cat: 0}\nval: images/val", "names has the keys cat, expected class ids"),
            ("names: [a, [b]]\nval: images/val", "names: class 1 is ['b'], expected a text"),
            ("names: [cat\nval: images/val", "data.yaml: line 3: "),
            ("- cat\n- dog", "expected the YAML file of a YOLO data set"),
            ("path: [images]\nnames: [cat]\nval: val", "path is ['images'], expected a folder"),
            ("path: []\nnames: [cat]\nval: images/val", "path is [], expected a folder"),
            ("names: [cat]\nval: nowhere", "no folder of images is there: "),
            ("names: [cat]\nval: val.txt", "no folder of images is there: "),
            ("names: [cat]\nval: [a, b]", "no folder of images is there: "),
            ("names: [cat]\nval: {a: b}", "val is {'a': 'b'}, expected a folder of images, a file that lists them"),
            ("names: [cat]\nval: [images/val, {}]", "expected a folder of images, a file that lists them, or several"),
        ],
    )
    def test_a_bad_yaml_file_is_one_sentence(self, at: Sources, tmp_path: Path, content: str, message: str) -> None:
        (tmp_path / "data.yaml").write_text(f"path: {at.yolo}\n{content}" if content[0] == "n" else content)
        assert message in refused("check", tmp_path / "data.yaml", at.labels)

    def test_the_predictions_tell_the_split(self, at: Sources, tmp_path: Path) -> None:
        for name in ("images", "labels"):
            shutil.copytree(at.yolo / name, tmp_path / name)
            (tmp_path / name / "train").mkdir()
        shutil.copy(at.yolo / "images" / "val" / "scene_0000.png", tmp_path / "images" / "train" / "other.png")
        (tmp_path / "labels" / "train" / "other.txt").touch()
        yaml = tmp_path / "data.yaml"
        yaml.write_text(f"train: ../images/train\nval: images/val\nnames: [{NAMES}]\n")
        for detector in (at.labels, at.ultralytics):
            assert run("check", tmp_path, detector).stdout.startswith("read as YOLO labels: data.yaml (val)")
        assert run("inspect", yaml, "--split", "train").stdout.startswith(
            "read as YOLO labels: data.yaml (train), 1 im"
        )
        expected = "choose one with --split train, or give all with --split train,val"
        assert refused("inspect", yaml) == f"{yaml} has the splits train, val: {expected}"
        assert "no prediction is of an image of train, val, but of such as" in refused("check", yaml, at.results)
        yaml.write_text(f"train: images/train\nval: images/elsewhere\nnames: [{NAMES}]\n")
        assert refused("check", yaml, at.labels) == (
            f"{yaml}: no prediction is of an image of train, but of such as 'scene_0000'; "
            f"not there are the images of val ({tmp_path / 'images' / 'elsewhere'})"
        )
        assert "--split test: " in refused("check", yaml, at.labels, "--split", "test")

    def test_predictions_with_names_in_another_order_are_joined_by_name(self, at: Sources, tmp_path: Path) -> None:
        names = NAMES.split(",")
        order = [3, 1, 0, 2, 5, 4]
        shutil.copytree(at.labels / "labels", tmp_path / "labels")
        for file in (tmp_path / "labels").iterdir():
            lines = [line.split(" ", 1) for line in file.read_text().splitlines()]
            file.write_text("".join(f"{order.index(int(class_id))} {rest}\n" for class_id, rest in lines))
        (tmp_path / "labels" / "classes.txt").write_text("\n".join(names[class_id] for class_id in order))
        assert findings_of(at, at.yolo, tmp_path / "labels") == findings_of(at, at.yolo, at.labels)


class TestNumbersOfClasses:
    def test_names_that_are_given_are_those_of_the_detector(self, at: Sources, tmp_path: Path) -> None:
        names = NAMES.split(",")
        shutil.copytree(at.labels / "labels", tmp_path / "labels")
        for file in (tmp_path / "labels").iterdir():
            lines = [line.split(" ", 1) for line in file.read_text().splitlines()]
            file.write_text("".join(f"{int(class_id) + 1} {rest}\n" for class_id, rest in lines))
        message = refused("check", at.yolo, tmp_path / "labels", "--skip-unknown", "--diff")
        given = f"none,{NAMES}"
        assert f"give their names from number 0 on (--names '{given}')" in message
        shifted = findings_of(at, at.yolo, tmp_path / "labels", "--names", given)
        assert shifted == findings_of(at, at.yolo, at.labels)
        assert names[0] in run("check", at.yolo, tmp_path / "labels", "--names", given).stdout

    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.parametrize("kind", [int, str])
    def test_where_they_start_is_seen(self, at: Sources, tmp_path: Path, first: int, kind: type) -> None:
        path = write_results(tmp_path / "r.json", results_of(SCENES.dataset, first, kind))
        assert f"classes counted from {first}" in run("inspect", at.yolo, path).stdout
        assert findings_of(at, at.yolo, path) == findings_of(at, at.yolo, at.labels)

    @pytest.mark.parametrize("kind", [int, str])
    def test_it_is_not_guessed(self, at: Sources, tmp_path: Path, kind: type) -> None:
        few = [record for record in results_of(SCENES.dataset, 0, kind) if 0 < int(record["category_id"]) < 6]
        path = write_results(tmp_path / "r.json", few)
        message = refused("inspect", at.yolo, path)
        assert "from 1 to 5 for 6 classes may count from 0 or from 1: give --classes-from 1" in message
        assert "classes counted from 0" in run("inspect", at.yolo, path, "--classes-from", "0").stdout

    def test_those_of_another_list_are_refused(self, at: Sources, tmp_path: Path) -> None:
        path = write_results(tmp_path / "r.json", results_of(SCENES.dataset, 40))
        assert "fit neither counted from 0 nor from 1" in refused("inspect", at.yolo, path)

    def test_names_say_their_order(self, at: Sources, tmp_path: Path) -> None:
        names = NAMES.split(",")
        other = names[1:] + names[:1]
        records = json.loads(at.results.read_text())
        for record in records:
            record["category_id"] = other.index(names[record["category_id"] - 1])
        path = write_results(tmp_path / "r.json", records)
        assert findings_of(at, at.coco, path, "--names", ",".join(other)) == findings_of(at, at.coco, at.results)
        output = run("inspect", at.coco, path, "--names", ",".join(other)).stdout
        assert "COCO results (images by id, classes counted from 0)" in output

    def test_without_names_they_say_nothing(self, at: Sources) -> None:
        assert "give --names" in refused("check", at.voc, at.ultralytics)
        assert "give --names" in refused("check", at.voc, at.labels)


class TestWrongKinds:
    def test_annotations_and_predictions_in_the_wrong_order(self, at: Sources) -> None:
        assert refused("check", at.results, at.coco).endswith("a detector's boxes: the annotations come first")

    @pytest.mark.parametrize(
        ("source", "predictions", "message"),
        [
            ("coco", "coco", "looks like COCO annotations without scores"),
            ("coco", "voc", "without score, as in annotations"),
            ("yolo", "yolo", "which look like an annotation"),
        ],
    )
    def test_annotations_instead_of_predictions(self, at: Sources, source: str, predictions: str, message: str) -> None:
        other = at.yolo / "labels" / "val" if predictions == "yolo" else getattr(at, predictions)
        assert message in refused("check", getattr(at, source), other)

    def test_single_files_of_folders_lead_to_the_folder(self, at: Sources) -> None:
        xml, text = next(at.voc.iterdir()), next((at.yolo / "labels" / "val").iterdir())
        assert refused("check", xml, at.results) == f"{xml} is one Pascal VOC file: give the folder, {at.voc}"
        assert refused("check", text, at.results).startswith(
            f"{text} is a text file: for YOLO labels give their folder"
        )

    def test_parquet_is_given_alone(self, at: Sources, tmp_path: Path) -> None:
        scores = tmp_path / "scores.parquet"
        pq.write_table(pyarrow.table({"image": ["a.jpg"]}), scores)
        assert refused("check", scores) == (
            f"{scores}: found no column annotations or annotations_xyxy, only image; --columns says what is called "
            "otherwise; where each box has a row, bring those of an image together: docs/guide/parquet.md"
        )
        assert f"{scores} is Parquet, which holds predictions, too" in refused("score", scores, at.results)
        assert f"{scores} is Parquet, which holds predictions" in refused("check", at.coco, scores)

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"PK\x03\x04 and more", "a ZIP archive: unpack it"),
            (b"BZh91AY and more", "compressed with bzip2: unpack it"),
            (b"\xff\xd8\xff\xe0 and more", "an image, expected boxes"),
            (b"\x80\x04\x95 and more", "a pickle of Python, expected a format of boxes"),
        ],
    )
    def test_files_that_are_no_text_are_named(self, at: Sources, tmp_path: Path, content: bytes, kind: str) -> None:
        (tmp_path / "given").write_bytes(content)
        assert refused("check", tmp_path / "given", at.results) == f"{tmp_path / 'given'} is {kind}"
        assert refused("check", at.coco, tmp_path / "given") == f"{tmp_path / 'given'} is {kind}"

    @pytest.mark.parametrize(
        ("annotations", "message"),
        [
            ("[{}]", " has a list around its COCO object: take the object out of it"),
            ("[{{'image_id': 1, 'bbox': [1, 2, 3, 4]}}]", " is a list of records, expected an object with the lists "),
            ("", ": the file is empty"),
            (" \n", ": the file is empty"),
        ],
    )
    def test_forms_of_json_are_named(self, at: Sources, tmp_path: Path, annotations: str, message: str) -> None:
        path = tmp_path / "a.json"
        path.write_text(annotations.format(at.coco.read_text()).replace("'", '"'))
        assert refused("check", path, at.results).startswith(f"{path}{message}")

    @pytest.mark.parametrize(
        ("old", "new", "hint"),
        [
            ("]", ",]", ": take out the comma before it"),
            ("}]", ",}]", ": take out the comma before it"),
            ('"', "'", ": JSON has double quotes; json.dump writes it, print does not"),
        ],
    )
    def test_slips_of_json_have_a_hint(self, at: Sources, tmp_path: Path, old: str, new: str, hint: str) -> None:
        text = json.dumps([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}])
        (tmp_path / "r.json").write_text(new.join(text.rsplit(old, 1)) if old != '"' else text.replace(old, new))
        assert refused("check", at.coco, tmp_path / "r.json").endswith(hint)

    @pytest.mark.parametrize(
        ("field", "name"), [("score", "confidence"), ("category_id", "class"), ("image_id", "img")]
    )
    def test_a_field_of_another_name_is_named(self, at: Sources, tmp_path: Path, field: str, name: str) -> None:
        (tmp_path / "r.json").write_text(at.results.read_text().replace(f'"{field}"', f'"{name}"'))
        assert refused("check", at.coco, tmp_path / "r.json").endswith(f"the records have {name!r}: name it {field}")

    @pytest.mark.parametrize("content", [{}, {"1": [], "2": []}])
    def test_other_objects_are_no_detections(self, at: Sources, tmp_path: Path, content: object) -> None:
        (tmp_path / "r.json").write_text(json.dumps(content))
        assert "lists of detections, 1 expected" in refused("check", at.coco, tmp_path / "r.json")

    def test_a_folder_of_nothing_known(self, at: Sources, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").touch()
        assert f"{tmp_path} has no YOLO labels (.txt)" in refused("check", tmp_path, at.results)

    def test_a_folder_of_images_leads_to_the_labels_beside_it(self, at: Sources, tmp_path: Path) -> None:
        for name in ("images", "labels"):
            (tmp_path / name).mkdir()
        (tmp_path / "images" / "a.jpg").touch()
        message = refused("check", tmp_path / "images", at.results)
        assert message.endswith(f"no COCO file (.json) and no Parquet in it; give {tmp_path / 'labels'} beside it")

    def test_a_folder_of_two_kinds(self, at: Sources, tmp_path: Path) -> None:
        for name in ("labels", "Annotations"):
            (tmp_path / name).mkdir()
        assert "labels and Annotations: give the one to read" in refused("check", tmp_path, at.results)

    @pytest.mark.parametrize("folder", ["images/", "images\\", "C:\\data\\"])
    def test_folders_in_names_may_be_those_of_any_system(self, at: Sources, tmp_path: Path, folder: str) -> None:
        shutil.copytree(at.voc, tmp_path / "voc")
        for file in (tmp_path / "voc").iterdir():
            file.write_text(file.read_text().replace("<filename>", f"<filename>{folder}"))
        assert len(findings_of(at, tmp_path / "voc", at.scored_voc)) == len(findings_of(at, at.voc, at.scored_voc))

    def test_unknown_classes_and_images_are_refused_or_dropped(self, at: Sources, tmp_path: Path) -> None:
        shutil.copytree(at.scored_voc, tmp_path / "p")
        file = min((tmp_path / "p").iterdir())
        file.write_text(file.read_text().replace("<filename>scene_0000.png", "<filename>else.png"))
        message = refused("check", at.voc, tmp_path / "p")
        assert "detections: boxes of an unknown image (" in message
        assert "has 'else.png'; the annotations have 'scene_0000.png', 'scene_0001.png', " in message
        assert message.endswith(", ...; --skip-unknown drops them")
        assert (
            "left out detections: boxes of an unknown" in run("check", at.voc, tmp_path / "p", "--skip-unknown").stdout
        )
