"""What lies beside YOLO labels: splits that are folders or lists of images, lists of classes, tables of sizes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commands import refused, run
from source_files import NAMES, SCENES, Sources, make_sources

IMAGES = len(SCENES.dataset)
ANNOTATIONS = len(SCENES.dataset.annotations.class_id)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return make_sources(tmp_path_factory.mktemp("sources"))


@pytest.fixture
def yolo(at: Sources, tmp_path: Path) -> Path:
    """A copy of the data set, whose images and labels are in one folder each."""
    for name in ("images", "labels"):
        shutil.copytree(at.yolo / name / "val", tmp_path / name)
    return tmp_path


def names_of(yolo: Path) -> list[str]:
    return sorted(path.name for path in (yolo / "images").iterdir())


def describe(yolo: Path, splits: str) -> Path:
    (yolo / "data.yaml").write_text(f"{splits}\nnames: [{NAMES}]\n")
    return yolo / "data.yaml"


@pytest.mark.parametrize(
    "prefix", ["./images/", "images/", "data/obj_train_data/images/", "{yolo}/images/", "images\\"]
)
def test_a_file_lists_the_images_of_a_split(at: Sources, yolo: Path, prefix: str) -> None:
    listed, others = names_of(yolo)[:15], names_of(yolo)[15:]
    for name, images in (("val.txt", listed), ("train.txt", others)):
        (yolo / name).write_text("\r\n".join(prefix.format(yolo=yolo) + image for image in images) + "\r\n\r\n")
    yaml = describe(yolo, "train: train.txt\nval: val.txt")
    for split, images in (("val", listed), ("train", others)):
        output = run("inspect", yaml, "--split", split).stdout
        assert output.startswith(f"read as YOLO labels: data.yaml ({split}), {len(images)} images, 6 classes\n")
        assert "unknown" not in output
    totals = [run("inspect", yaml, "--split", split).stdout.splitlines()[-1] for split in ("val", "train")]
    assert sum(int(line.split(", ")[1].split()[0]) for line in totals) == ANNOTATIONS


def test_predictions_tell_which_list_is_meant(at: Sources, yolo: Path) -> None:
    listed, others = names_of(yolo)[:15], names_of(yolo)[15:]
    for name, images in (("val.txt", listed), ("train.txt", others)):
        (yolo / name).write_text("\n".join(f"images/{image}" for image in images))
    shutil.copytree(at.labels / "labels", yolo / "predicted")
    for image in others:
        (yolo / "predicted" / Path(image).with_suffix(".txt")).unlink()
    output = run("check", describe(yolo, "train: train.txt\nval: val.txt"), yolo / "predicted").stdout
    assert output.startswith("read as YOLO labels: data.yaml (val), 15 images, 6 classes; predictions read as YOLO")


def test_corrections_of_a_list_leave_the_other_labels(at: Sources, yolo: Path) -> None:
    (yolo / "val.txt").write_text("\n".join(f"images/{image}" for image in names_of(yolo)[:15]))
    shutil.copytree(at.labels / "labels", yolo / "predicted")
    for image in names_of(yolo)[15:]:
        (yolo / "predicted" / Path(image).with_suffix(".txt")).unlink()
    run("check", describe(yolo, "val: val.txt"), yolo / "predicted", "--corrected", yolo / "out")
    changed = [
        path.name for path in (yolo / "labels").iterdir() if path.read_text() != (yolo / "out" / path.name).read_text()
    ]
    assert changed
    assert set(changed) <= {Path(name).with_suffix(".txt").name for name in names_of(yolo)[:15]}


def test_a_list_names_images_that_are_there(at: Sources, yolo: Path) -> None:
    (yolo / "val.txt").write_text(f"images/{names_of(yolo)[0]}\n\nimages/none.png\n")
    message = refused("inspect", describe(yolo, "val: val.txt"))
    assert message == f"{yolo / 'val.txt'}: line 3 lists 'images/none.png', which is not there"
    (yolo / "val.txt").write_text("\n")
    assert "no images, expected those of a split" in refused("inspect", describe(yolo, "val: val.txt"))


def test_a_split_has_several_folders(yolo: Path) -> None:
    for name, ending in (("images", ".png"), ("labels", ".txt")):
        for position, image in enumerate(names_of(yolo)):
            folder = yolo / f"part{position % 2}" / name
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(yolo / name / Path(image).with_suffix(ending), folder)
    output = run("inspect", describe(yolo, "val: [part0/images, part1/images]")).stdout
    assert output.startswith(f"read as YOLO labels: data.yaml (val), {IMAGES} images")
    assert f"{IMAGES} images, {ANNOTATIONS} annotations, " in output


def test_several_splits_are_checked_as_one(yolo: Path) -> None:
    for name, ending in (("images", ".png"), ("labels", ".txt")):
        for position, image in enumerate(names_of(yolo)):
            folder = yolo / ("val", "train")[position % 2] / name
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(yolo / name / Path(image).with_suffix(ending), folder)
    yaml = describe(yolo, "train: train/images\nval: val/images\ntest: train/images")
    for splits in ("train,val", "val, train", "train,val,test"):
        output = run("inspect", yaml, "--split", splits).stdout
        assert output.startswith(f"read as YOLO labels: data.yaml ({splits}), {IMAGES} images")
        assert f"{IMAGES} images, {ANNOTATIONS} annotations, " in output
    assert refused("inspect", yaml, "--split", "train,valid") == f"--split train,valid: {yaml} has train, val, test"


def test_a_path_may_be_a_number(yolo: Path) -> None:
    (yolo / "0").mkdir()
    for name in ("images", "labels"):
        shutil.move(yolo / name, yolo / "0")
    assert f"{IMAGES} images" in run("inspect", describe(yolo, "path: 0\nval: images")).stdout


def test_the_number_of_classes_is_that_of_the_names(yolo: Path) -> None:
    names = len(NAMES.split(","))
    assert run("inspect", describe(yolo, f"val: images\nnc: {names}")).stdout
    message = refused("inspect", describe(yolo, f"val: images\nnc: {names + 1}"))
    assert message == f"{yolo / 'data.yaml'}: nc is {names + 1}, but names has {names} names"


def test_two_splits_of_the_same_images_are_one(yolo: Path) -> None:
    output = run("inspect", describe(yolo, "train: images\nval: images")).stdout
    assert output.startswith(f"read as YOLO labels: data.yaml (train), {IMAGES} images")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
@pytest.mark.parametrize("name", ["data.yaml", "classes.txt", "sizes.csv"])
def test_texts_of_other_encodings_are_named(yolo: Path, name: str, encoding: str) -> None:
    texts = {
        "data.yaml": "val: images\nnames: [caf\xe9]\n",
        "classes.txt": "caf\xe9\n",
        "sizes.csv": "caf\xe9.png,640,480\n",
    }
    (yolo / name).write_bytes(texts[name].encode(encoding))
    options: list[str | Path] = ["--sizes", yolo / name, "--names", "a"] if name == "sizes.csv" else []
    message = refused("inspect", yolo / "labels" if options else yolo, *options)
    why = "this is UTF-16; save it as UTF-8" if encoding == "utf-16" else "is not UTF-8 text; save it as UTF-8"
    assert message == f"{yolo / name}: {why}"


def test_class_lists_may_have_any_line_ends_and_a_mark(yolo: Path) -> None:
    (yolo / "classes.txt").write_bytes(("\ufeff" + "\r\n".join(NAMES.split(",")) + "\r\n\r\n").encode())
    assert run("inspect", yolo).stdout.startswith(f"read as YOLO labels: labels, {IMAGES} images, 6 classes\n")


class TestSizes:
    def table(self, yolo: Path, head: str, line: str) -> list[str | Path]:
        lines = [line.format(name) for name in names_of(yolo)]
        (yolo / "sizes.csv").write_text("\r\n".join([head, *lines] if head else lines) + "\r\n")
        return ["inspect", yolo / "labels", "--names", NAMES, "--sizes", yolo / "sizes.csv"]

    @pytest.mark.parametrize(
        ("head", "line"),
        [
            ("", "{},640,480"),
            ("name,width,height", "{},640,480"),
            ("Height, Width, file_name", "480,640,{}"),
            ("id,filename,height,width", "7,{},480,640"),
        ],
    )
    def test_the_head_says_which_column_is_which(self, yolo: Path, head: str, line: str) -> None:
        assert run(*self.table(yolo, head, line)).stdout == run("inspect", yolo / "labels", "--names", NAMES).stdout

    @pytest.mark.parametrize(
        ("head", "line", "message"),
        [
            ("", "{};640;480", "line 1: scene_0000.png;640;480, expected name,width,height"),
            ("name,w,h", "{},640,480", "line 1: name,w,h, expected name,width,height"),
            ("scene_0000.png,1,1", "{},640,480", "line 2: scene_0000.png has another size than before"),
            ('"' + "a" * 100, "{},640,480", f"line 1: {'a' * 80}, expected name,width,height"),
            (
                '"' + "a" * 140_000,
                "{},640,480",
                "line 1: field larger than field limit (131072): is a quote not closed?",
            ),
        ],
    )
    def test_what_cannot_be_understood_is_refused(self, yolo: Path, head: str, line: str, message: str) -> None:
        assert refused(*self.table(yolo, head, line)) == f"{yolo / 'sizes.csv'}: {message}"


class TestLongerLines:
    @pytest.fixture
    def oriented(self, at: Sources, yolo: Path) -> Path:
        """Lines of four points alone, as of oriented boxes."""
        for file in (yolo / "labels").iterdir():
            corners = "0.3 0.3 0.2 0.2 0.35 0.3 0.3 0.35"
            file.write_text("".join(f"{line.split()[0]} {corners}\n" for line in file.read_text().splitlines()))
        return yolo / "labels"

    def test_options_say_what_they_are(self, oriented: Path) -> None:
        given = ("inspect", oriented, "--names", NAMES)
        assert "--outlines reads it as an outline, --keypoints as a box with keypoints" in run(*given, code=1).stdout
        output = run(*given, "--outlines").stdout
        assert f"warning: annotations: outlines, each read as the box around it ({ANNOTATIONS})" in output
        assert f"{IMAGES} images, {ANNOTATIONS} annotations" in output
        assert "boxes with keypoints, which are not read" in run(*given, "--keypoints").stdout
        assert refused(*given, "--keypoints", "--outlines").startswith(
            "--outlines and --keypoints: expected one of the two"
        )

    def test_they_are_for_yolo_alone(self, at: Sources) -> None:
        assert refused("inspect", at.coco, "--outlines") == "--outlines is for YOLO labels, found COCO annotations"


def test_refusals_name_options_of_the_command(at: Sources, yolo: Path) -> None:
    file = min((yolo / "labels").iterdir())
    file.write_text("99 0.5 0.5 0.1 0.1\n")
    assert refused("score", yolo / "labels", at.labels, "--names", NAMES).endswith("; --skip-unknown drops them")
    file.write_text("99 0.5 0.5 x 0.1\n")
    assert "; --skip-unreadable leaves out what" in refused("score", yolo / "labels", at.labels, "--names", NAMES)
