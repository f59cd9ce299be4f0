"""The same with the heavier tools, which convert between formats: `make test-other-tools`.

datumaro, globox, labelformat and sahi read what boxlint writes, and boxlint reads what they write.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readings import (
    CATEGORIES,
    SIZES,
    TEN_DIGITS,
    Found,
    Reading,
    assert_same,
    by_stem,
    expected,
    found_by,
    make_images,
    read_json,
    without_flags,
    write_names,
)

import boxlint
from boxlint import Boxes, Dataset

# datumaro rounds corners to two decimals.
TWO_DECIMALS = 0.0051

# One annotation to ignore, corners with fractions, and an image without boxes.
DATASET = Dataset(
    Boxes(
        [[10.25, 20.5, 110.125, 220.75], [0.0, 0.0, 640.0, 480.0], [5.4, 5.0, 6.7, 7.5], [3.3, 4.4, 55.55, 66.6]],
        [2, 0, 1, 2],
        offsets=[0, 2, 2, 4],
        ignore=[False, True, False, False],
    ),
    Boxes(np.empty((0, 4)), [], [], [0, 0, 0, 0]),
    image_names=list(SIZES),
    class_names=list(CATEGORIES.values()),
    image_ids=[12, 7, 100_000],
    category_ids=list(CATEGORIES),
    image_sizes=np.array(list(SIZES.values()), float),
)
UNFLAGGED = replace(
    DATASET,
    annotations=Boxes(DATASET.annotations.xyxy, DATASET.annotations.class_id, offsets=DATASET.annotations.offsets),
)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """A COCO file of boxlint where datumaro looks for it, in a folder of its own; the images lie beside."""
    folder = tmp_path / "coco"
    make_images(folder / "images" / "train", SIZES)
    (folder / "annotations").mkdir()
    boxlint.write_coco(DATASET, folder / "annotations" / "instances_train.json")
    return folder / "annotations" / "instances_train.json"


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    """XML files of boxlint, counted from 0, in the folders of a VOC challenge."""
    folder = tmp_path / "voc"
    make_images(folder / "JPEGImages", SIZES)
    boxlint.write_voc(DATASET, folder / "Annotations")
    return folder / "Annotations"


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    """Labels of boxlint beside their images, and the data.yaml."""
    folder = tmp_path / "yolo"
    make_images(folder / "images" / "train", SIZES)
    boxlint.write_yolo(DATASET, folder / "labels" / "train", ignored="write")
    write_names(folder, DATASET, path=".", train="images/train")
    return folder


@pytest.mark.filterwarnings("ignore:The 'warn' function is deprecated:DeprecationWarning")
class TestDatumaro:
    @pytest.fixture
    def datumaro(self) -> Any:
        return pytest.importorskip("datumaro")

    def reading(self, datumaro: Any, data: Any, flag: str | None) -> Reading:
        """What a datumaro.Dataset holds, by the stems of images: it names them so."""
        labels = [label.name for label in data.categories()[datumaro.AnnotationType.label]]
        images: Reading = {}
        for item in data:
            found = images.setdefault(item.id, [])
            for one in item.annotations:
                if one.type == datumaro.AnnotationType.bbox:
                    ignored = None if flag is None else one.attributes[flag]
                    found.append(found_by(labels[one.label], one.points, ignored))
        return images

    def test_it_reads_coco(self, datumaro: Any, coco: Path, caplog: pytest.LogCaptureFixture) -> None:
        data = datumaro.Dataset.import_from(str(coco), "coco_instances")
        assert_same(self.reading(datumaro, data, "is_crowd"), by_stem(expected(DATASET)), TWO_DECIMALS)
        assert caplog.messages == ["Missing annotation field 'segmentation'"] * 4

    def test_it_reads_voc_if_it_is_told_the_classes(self, datumaro: Any, voc: Path) -> None:
        lists = voc.parent / "ImageSets" / "Main"
        lists.mkdir(parents=True)
        (lists / "train.txt").write_text("".join(f"{Path(name).stem}\n" for name in SIZES))
        with pytest.raises(datumaro.components.errors.AnnotationImportError, match="Undeclared label"):
            self.reading(datumaro, datumaro.Dataset.import_from(str(voc.parent), "voc"), "difficult")
        labels = "".join(f"{name}:::\n" for name in ("background", *CATEGORIES.values()))
        (voc.parent / "labelmap.txt").write_text(f"# label:color_rgb:parts:actions\n{labels}")
        data = datumaro.Dataset.import_from(str(voc.parent), "voc")
        assert_same(self.reading(datumaro, data, "difficult"), by_stem(expected(DATASET)), TWO_DECIMALS)

    def test_it_reads_yolo(self, datumaro: Any, yolo: Path) -> None:
        data = datumaro.Dataset.import_from(str(yolo), "yolo")
        assert_same(self.reading(datumaro, data, None), without_flags(by_stem(expected(DATASET))), TWO_DECIMALS)

    def test_its_coco_counts_categories_from_1_and_loses_the_flag_of_boxes(
        self, datumaro: Any, coco: Path, tmp_path: Path
    ) -> None:
        data = datumaro.Dataset.import_from(str(coco), "coco_instances")
        data.export(str(tmp_path / "written"), "coco", save_media=False)
        read = boxlint.read_coco(tmp_path / "written" / "annotations" / "instances_train.json")
        assert np.asarray(read.category_ids).tolist() == [1, 2, 3]
        assert_same(expected(read), expected(UNFLAGGED), TWO_DECIMALS)

    def test_it_leaves_crowds_out_of_yolo(self, datumaro: Any, coco: Path, tmp_path: Path) -> None:
        data = datumaro.Dataset.import_from(str(coco), "coco_instances")
        data.export(str(tmp_path / "written"), "yolo", save_media=False)
        labels = tmp_path / "written" / "obj_train_data"
        read = boxlint.read_yolo(labels, names=list(CATEGORIES.values()), image_sizes=SIZES)
        wanted = [box for boxes in expected(DATASET).values() for box in boxes if not box.ignored]
        assert sum(map(len, expected(read).values())) == len(wanted) == 3

    def test_boxes_of_one_id_become_one(self, datumaro: Any, coco: Path, tmp_path: Path) -> None:
        boxlint.write_coco(replace(UNFLAGGED, annotation_ids=[1, 2, 3, 3]), coco)
        assert "duplicate_id" in kinds_of(coco)
        data = datumaro.Dataset.import_from(str(coco), "coco_instances")
        data.export(str(tmp_path / "written"), "coco", save_media=False)
        read = expected(boxlint.read_coco(tmp_path / "written" / "annotations" / "instances_train.json"))
        (found,) = read["c.png"]
        assert found.box == pytest.approx((3.3, 4.4, 55.55, 66.6), abs=TWO_DECIMALS)


class TestGlobox:
    @pytest.fixture
    def globox(self) -> Any:
        return pytest.importorskip("globox").AnnotationSet

    def reading(self, found: Any) -> Reading:
        return {
            image.image_id: [found_by(box.label, (box.xmin, box.ymin, box.xmax, box.ymax), None) for box in image.boxes]
            for image in found
        }

    def test_it_reads_coco_and_voc(self, globox: Any, coco: Path, voc: Path) -> None:
        wanted = without_flags(expected(DATASET))
        assert_same(self.reading(globox.from_coco(coco)), wanted, TEN_DIGITS)
        assert_same(self.reading(globox.from_pascal_voc(voc)), wanted, TEN_DIGITS)

    def test_it_reads_yolo_with_numbers_for_classes(self, globox: Any, yolo: Path) -> None:
        images = yolo / "images" / "train"
        found = globox.from_yolo_v5(yolo / "labels" / "train", image_folder=images, image_extension=".png")
        numbered = replace(DATASET, class_names=["0", "1", "2"])
        assert_same(self.reading(found), without_flags(expected(numbered)), TEN_DIGITS)

    def test_its_coco_numbers_annotations_from_0_and_flags_none(self, globox: Any, coco: Path, tmp_path: Path) -> None:
        globox.from_coco(coco).save_coco(tmp_path / "written.json", auto_ids=True)
        assert "id_zero" in kinds_of(tmp_path / "written.json")
        assert_same(expected(boxlint.read_coco(tmp_path / "written.json")), expected(UNFLAGGED), TEN_DIGITS)

    def test_two_images_of_one_stem_get_the_boxes_of_either_where_boxlint_refuses(
        self, globox: Any, tmp_path: Path
    ) -> None:
        dataset = replace(DATASET, image_names=["a.png", "empty.png", "a.jpg"])
        boxlint.write_coco(dataset, tmp_path / "a.json")
        numbers = {name: number for number, name in enumerate(CATEGORIES.values())}
        globox.from_coco(tmp_path / "a.json").save_yolo_v5(tmp_path / "written", label_to_id=numbers)
        lines = (tmp_path / "written" / "a.txt").read_text().splitlines()
        # Files are written in parallel: the last one stays.
        assert [line[0] for line in lines] in (["2", "0"], ["1", "2"])
        with pytest.raises(ValueError, match=r"images 'a\.png' and 'a\.jpg' would both be written to"):
            boxlint.write_yolo(dataset, tmp_path / "labels", ignored="write")


class TestLabelformat:
    @pytest.fixture
    def formats(self) -> Any:
        return pytest.importorskip("labelformat.formats")

    def reading(self, source: Any) -> Reading:
        return {
            label.image.filename: [
                found_by(one.category.name, (one.box.xmin, one.box.ymin, one.box.xmax, one.box.ymax), None)
                for one in label.objects
            ]
            for label in source.get_labels()
        }

    def test_it_reads_all_formats(self, formats: Any, coco: Path, voc: Path, yolo: Path) -> None:
        wanted = without_flags(expected(DATASET))
        names = ",".join(CATEGORIES.values())
        for source in (
            formats.COCOObjectDetectionInput(coco),
            formats.PascalVOCObjectDetectionInput(voc, names),
            formats.YOLOv8ObjectDetectionInput(yolo / "data.yaml", "train"),
        ):
            assert_same(self.reading(source), wanted, TEN_DIGITS)

    def test_its_coco_has_no_ids_which_boxlint_numbers(self, formats: Any, coco: Path, tmp_path: Path) -> None:
        formats.COCOObjectDetectionOutput(tmp_path / "written.json").save(formats.COCOObjectDetectionInput(coco))
        records = read_json(tmp_path / "written.json")["annotations"]
        assert [record.keys() for record in records] == [{"image_id", "category_id", "bbox"}] * 4
        assert "without_id" in kinds_of(tmp_path / "written.json")
        read = boxlint.read_coco(tmp_path / "written.json")
        assert np.asarray(read.annotation_ids).tolist() == [1, 2, 3, 4]
        assert_same(expected(read), expected(UNFLAGGED), TEN_DIGITS)

    def test_its_yolo_has_category_ids_for_numbers(self, formats: Any, coco: Path, tmp_path: Path) -> None:
        target = tmp_path / "written" / "data.yaml"
        formats.YOLOv8ObjectDetectionOutput(target, "train").save(formats.COCOObjectDetectionInput(coco))
        with pytest.raises(
            ValueError, match=r"names has no class 0, 1, 2, 4, 5, \.\.\., expected a name for each class id"
        ):
            boxlint.read_yolo(target.parent / "labels", names=CATEGORIES, image_sizes=SIZES)
        filled = {number: CATEGORIES.get(number, f"unused {number}") for number in range(max(CATEGORIES) + 1)}
        read = boxlint.read_yolo(target.parent / "labels", names=filled, image_sizes=SIZES)
        assert_same(expected(read), expected(UNFLAGGED), TEN_DIGITS)

    def test_it_leaves_detections_out_of_labels(
        self, formats: Any, yolo: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (yolo / "labels" / "train" / "a.txt").write_text("0 0.5 0.5 0.2 0.2 0.9\n")
        with caplog.at_level(logging.WARNING):
            found = self.reading(formats.YOLOv8ObjectDetectionInput(yolo / "data.yaml", "train"))
        assert found["a.png"] == []
        assert len(caplog.messages) == 1


class TestSahi:
    @pytest.fixture
    def sahi(self) -> Any:
        return pytest.importorskip("sahi.utils.coco")

    def test_it_reads_coco_but_no_flags(self, sahi: Any, coco: Path) -> None:
        found = {
            image.file_name: [sahi_box(one) for one in image.annotations]
            for image in sahi.Coco.from_coco_dict_or_path(str(coco)).images
        }
        assert_same(found, expected(UNFLAGGED), TEN_DIGITS)

    def test_its_coco_has_whole_areas_and_no_flags(self, sahi: Any, coco: Path, tmp_path: Path) -> None:
        written = sahi.Coco.from_coco_dict_or_path(str(coco)).json
        areas = [record["area"] for record in written["annotations"]]
        assert areas == [int(record["area"]) for record in read_json(coco)["annotations"]]
        assert [record["iscrowd"] for record in written["annotations"]] == [0, 0, 0, 0]

    def test_its_yolo_has_category_ids_beside_a_plain_list(self, sahi: Any, coco: Path, tmp_path: Path) -> None:
        images = str(coco.parents[1] / "images" / "train")
        source = sahi.Coco.from_coco_dict_or_path(str(coco), image_dir=images)
        sahi.export_coco_as_yolo(str(tmp_path / "written"), train_coco=source, val_coco=source, disable_symlink=True)
        labels = tmp_path / "written" / "train"
        with pytest.raises(ValueError, match=r"has class \d+ of 3"):
            boxlint.read_yolo(labels, names=list(CATEGORIES.values()), images_dir=labels)


def sahi_box(one: Any) -> Found:
    x, y, width, height = one.bbox
    return found_by(one.category_name, (x, y, x + width, y + height), one.iscrowd)


def kinds_of(annotations: Path) -> set[str]:
    """The kinds of what boxlint finds in a COCO file."""
    found: list[Any] = []
    boxlint.read_coco(annotations, on_finding=found.append)
    return {finding.kind for finding in found}
