"""What is particular to the files of each labelling tool."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import boxlint
from boxlint.review import Tool, export_queue, import_verdicts
from reviewing import (
    MOVED,
    NOTE,
    TOP,
    Exported,
    Said,
    answer_cvat,
    answer_fiftyone,
    answer_label_studio,
    answer_labelme,
    draw_images,
    exported,
    picture,
    read,
    report,
    scenes,
    told,
    wrote,
)

HOSTILE = ["<b>&\"'", "disc\n", "a,b", "ü", "cross", "0"]


def hostile_report() -> boxlint.Report:
    """A report of classes whose names need care in XML."""
    return boxlint.check(replace(scenes().dataset, class_names=HOSTILE))


class TestLabelStudio:
    def test_percents_scores_and_controls(self, tmp_path: Path) -> None:
        folder = exported(tmp_path, "label-studio").folder
        config = ElementTree.parse(folder / "labelling_config.xml").getroot()
        controls = {element.get("name"): element for element in config.iter() if element.get("toName") == "image"}
        scores = []
        for task in read(folder / "tasks.json"):
            (prediction,) = task["predictions"]
            scores.append(prediction["score"])
            assert task["data"]["image"] == f"/data/local-files/?d=images/{task['data']['name']}"
            assert (tmp_path / "images" / task["data"]["name"]).is_file()
            for result in prediction["result"]:
                value = result["value"]
                labels = [label.get("value") for label in controls[result["from_name"]].iter("Label")]
                assert set(value["rectanglelabels"]) <= set(labels)
                assert (result["original_width"], result["original_height"]) == (640, 480)
                for place, size in (("x", "width"), ("y", "height")):
                    assert value[size] > 0
                    assert 0 <= value[place] <= value[place] + value[size] <= 100 + 1e-9
            assert {result["id"] for result in prediction["result"] if "score" in result} == set(
                task["data"]["boxlint"]
            )
        assert scores == sorted(scores, reverse=True)
        assert 0 < scores[-1] <= scores[0] <= 1
        assert [choice.get("value") for choice in controls["verdict"].iter("Choice")] == ["accept", "reject", "unsure"]
        assert controls["verdict"].get("perRegion") == "true"

    def test_names_of_classes_need_care(self, tmp_path: Path) -> None:
        export_queue(hostile_report(), tmp_path / "queue", "label-studio", image_url="https://example.org/a?")
        config = ElementTree.parse(tmp_path / "queue" / "labelling_config.xml").getroot()
        labels = [label.get("value") for label in config.iter("Label")]
        assert labels == HOSTILE * 2

    def test_the_config_has_no_declaration_which_the_server_refuses(self, tmp_path: Path) -> None:
        folder = exported(tmp_path, "label-studio").folder
        assert (folder / "labelling_config.xml").read_text().startswith("<View>")

    @pytest.mark.parametrize("tool", ["label-studio", "cvat"])
    def test_names_that_xml_cannot_hold_are_refused(self, tmp_path: Path, tool: Tool) -> None:
        damaged = boxlint.check(replace(scenes().dataset, class_names=["a\x00", *"bcdef"]))
        with pytest.raises(ValueError, match="has characters that XML cannot hold"):
            export_queue(damaged, tmp_path / "queue", tool, image_url="/" if tool == "label-studio" else None)
        assert list(tmp_path.iterdir()) == []

    def test_addresses_of_images(self, tmp_path: Path) -> None:
        names = [f"a b/{index}#.png" for index in range(60)]
        other = boxlint.check(replace(scenes().dataset, image_names=names))
        export_queue(other, tmp_path / "queue", "label-studio", image_url="https://example.org/", top=1)
        (task,) = read(tmp_path / "queue" / "tasks.json")
        assert task["data"]["image"] == f"https://example.org/a%20b/{other[0].image_index}%23.png"

    def test_a_turned_rectangle_gives_the_box_around_it(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "label-studio")

        def turn(region: dict[str, Any]) -> None:
            # 64 pixels across and 48 down, turned by 90 degrees about its top left corner at 320, 240.
            region["value"] |= {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90}

        verdicts = self.edited(queue, turn)
        assert told(import_verdicts(verdicts, "label-studio"))[0].box == (272, 240, 320, 304)

    def test_the_newest_annotation_of_each_reviewer_that_was_not_cancelled_counts(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "label-studio")
        verdicts = answer_label_studio(queue.folder, queue.said[:1])
        (task,) = read(verdicts)
        (accepting,) = task["annotations"]
        rejecting = json.loads(json.dumps(accepting).replace('"accept"', '"reject"'))
        newer, cancelled, other = "2026-02-01", "2026-03-01", "2025-01-01"
        task["annotations"] = [
            rejecting | {"updated_at": newer},
            accepting,
            accepting | {"updated_at": cancelled, "was_cancelled": True},
            accepting | {"updated_at": other, "completed_by": {"id": 2, "email": "ben@example.org"}},
        ]
        wrote(verdicts, [task])
        found = {one.reviewer: one.decision for one in import_verdicts(verdicts, "label-studio")}
        assert found == {"user 1": "reject", "ben@example.org": "accept"}

    def test_an_export_that_lost_the_verdicts_is_refused(self, tmp_path: Path) -> None:
        others: tuple[Any, ...] = ({"images": [], "categories": []}, [{"image": "a.jpg", "issue": []}])
        for content in others:
            with pytest.raises(ValueError, match="export as JSON, as the others of its formats lose verdicts"):
                import_verdicts(wrote(tmp_path / "export.json", content), "label-studio")
        tasks = [{"id": 1, "data": {"image": "a.jpg"}, "annotations": []}]
        with pytest.raises(ValueError, match="these are not tasks that boxlint export wrote"):
            import_verdicts(wrote(tmp_path / "export.json", tasks), "label-studio")

    def test_a_value_of_another_type_is_named(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "label-studio")
        verdicts = self.edited(queue, lambda region: region["value"].update(width="wide"))
        with pytest.raises(ValueError, match=r"task 1: region [0-9a-f]{16}: width is 'wide', expected a finite number"):
            import_verdicts(verdicts, "label-studio")

    def edited(self, queue: Exported, edit: Any) -> Path:
        verdicts = answer_label_studio(queue.folder, queue.said[:1])
        (task,) = read(verdicts)
        edit(next(result for result in task["annotations"][0]["result"] if result["from_name"] == "issue"))
        return wrote(verdicts, [task])


class TestCvat:
    def test_images_are_copied_under_names_in_the_order_of_the_queue(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat")
        copies = sorted((queue.folder / "images").iterdir())
        images = queue.queue.images
        assert [file.name for file in copies] == [f"{place:04}_{image.name}" for place, image in enumerate(images, 1)]
        originals = [(tmp_path / "images" / image.name).read_bytes() for image in images]
        assert [file.read_bytes() for file in copies] == originals
        elements = ElementTree.parse(queue.folder / "annotations.xml").getroot().findall("image")
        assert [element.get("name") for element in elements] == [file.name for file in copies]

    def test_the_most_suspicious_box_lies_on_top(self, tmp_path: Path) -> None:
        export_queue(report(), tmp_path / "queue", "cvat")
        root = ElementTree.parse(tmp_path / "queue" / "annotations.xml").getroot()
        most = 0
        for image in root.findall("image"):
            heights = {}
            for box in image.findall("box"):
                suspicion = box.findtext("attribute[@name='suspicion']")
                heights[int(box.get("z_order", ""))] = float(suspicion or -1)
            assert [heights[height] for height in sorted(heights)] == sorted(heights.values())
            most = max(most, len(heights))
        assert most > 2

    def test_without_images_they_have_their_own_names(self, tmp_path: Path) -> None:
        queue = export_queue(report(), tmp_path / "queue", "cvat", top=3)
        elements = ElementTree.parse(tmp_path / "queue" / "annotations.xml").getroot().findall("image")
        assert [element.get("name") for element in elements] == [image.name for image in queue.images]
        assert not (tmp_path / "queue" / "images").exists()

    def test_labels_declare_the_attributes_of_every_box(self, tmp_path: Path) -> None:
        export_queue(hostile_report(), tmp_path / "queue", "cvat")
        root = ElementTree.parse(tmp_path / "queue" / "annotations.xml").getroot()
        declared = {
            label.findtext("name"): {one.findtext("name") for one in label.iter("attribute")}
            for label in root.iter("label")
        }
        assert list(declared) == HOSTILE
        assert [label["name"] for label in read(tmp_path / "queue" / "labels.json")] == HOSTILE
        for label in read(tmp_path / "queue" / "labels.json"):
            assert {one["name"] for one in label["attributes"]} == declared[label["name"]]
        for box in root.iter("box"):
            assert {one.get("name") for one in box.iter("attribute")} == declared[box.get("label")]

    def test_a_turned_box_gives_the_box_around_it(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat")
        verdicts = answer_cvat(queue.folder, [Said(queue.said[0].issue_id, "accept", box=(100, 100, 200, 140))])
        verdicts.write_text(verdicts.read_text().replace('xtl="100.00"', 'rotation="90" xtl="100.00"'))
        assert told(import_verdicts(verdicts, "cvat"))[0].box == (130, 70, 170, 170)

    def test_the_reviewer_is_whom_it_is_assigned_to(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat")
        verdicts = answer_cvat(queue.folder, queue.said[:1])
        plain = verdicts.read_text()
        owner = "<owner><username>olga</username></owner>"
        assignee = "<assignee><username>anna</username></assignee>"
        for people, expected in (("", "me"), (owner, "olga"), (owner + assignee, "anna")):
            verdicts.write_text(plain.replace("<task>", f"<task>{people}"))
            assert [one.reviewer for one in import_verdicts(verdicts, "cvat", reviewer="me")] == [expected]

    def test_entities_are_not_expanded_and_archives_not_opened(self, tmp_path: Path) -> None:
        file = tmp_path / "a.xml"
        file.write_text('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><annotations>&b;</annotations>')
        with pytest.raises(ValueError, match=r"a\.xml: declares a document type 'a', expected plain XML without DTD"):
            import_verdicts(file, "cvat")
        with pytest.raises(ValueError, match=r"is a zip file: give the annotations\.xml that is in it"):
            import_verdicts(tmp_path / "export.zip", "cvat")

    def test_faults_of_a_box_are_named(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat")
        verdicts = answer_cvat(queue.folder, [Said(queue.said[0].issue_id, "accept", box=(1, 2, 3, 4))])
        plain = verdicts.read_text()
        for old, new, message in (
            ('xtl="1.00"', 'xtl="one"', "expected the numbers xtl, ytl, xbr, ybr"),
            (f'label="{report()[0].suggested_label}"', 'label=""', "there is a verdict, but no class any more"),
            (">accept<", ">maybe<", "decision is 'maybe', expected one of accept, reject, unsure"),
        ):
            verdicts.write_text(plain.replace(old, new))
            with pytest.raises(ValueError, match=rf"image '.*png', box\[\d+\]: {message}"):
                import_verdicts(verdicts, "cvat")

    def test_a_box_whose_corners_were_rounded_stays_what_it_was(self, tmp_path: Path) -> None:
        dataset = scenes().dataset
        of = dataset.predictions
        thirds = boxlint.Boxes(of.xyxy.astype(float) + 1 / 3, of.class_id, of.score, of.offsets)
        made = boxlint.check(replace(dataset, predictions=thirds), kinds="missing")
        export_queue(made, tmp_path / "queue", "cvat", top=1)
        verdicts = answer_cvat(tmp_path / "queue", [Said(made[0].issue_id, "accept")])
        (decision,) = import_verdicts(verdicts, "cvat")
        assert (decision.box, decision.suggested_box) == (None, made[0].suggested_box)

    def test_a_corner_that_is_no_number_did_not_stay_where_it_was(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat")
        verdicts = answer_cvat(queue.folder, [Said(queue.said[0].issue_id, "accept")])
        verdicts.write_text(re.sub('xtl="[^"]*"', 'xtl="nan"', verdicts.read_text()))
        with pytest.raises(ValueError, match=r"box is \[nan, .*, expected four finite numbers"):
            import_verdicts(verdicts, "cvat")

    def test_a_copied_box_is_refused(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat")
        verdicts = answer_cvat(queue.folder, queue.said[:1])
        tree = ElementTree.parse(verdicts)
        image = next(tree.iter("image"))
        image.append(image[-1])
        tree.write(verdicts)
        with pytest.raises(ValueError, match=r"answers the same issue as .*, by the same reviewer"):
            import_verdicts(verdicts, "cvat")


class TestFiftyOne:
    def test_boxes_are_fractions_and_paths_lead_to_the_images(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "fiftyone")
        samples = read(queue.folder / "samples.json")["samples"]
        assert [sample["suspicion"] for sample in samples] == [image.suspicion for image in queue.queue.images]
        for sample, image in zip(samples, queue.queue.images, strict=True):
            assert sample["filepath"] == str(tmp_path / "images" / image.name)
            for detection, mark in zip(sample["issues"]["detections"], image.marks, strict=True):
                x, y, width, height = detection["bounding_box"]
                assert (x * 640, y * 480, (x + width) * 640, (y + height) * 480) == pytest.approx(mark.box)
                assert detection["confidence"] == mark.suspicion

    def test_ids_are_the_same_on_every_export_and_no_two_are_equal(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "fiftyone")
        export_queue(report(), tmp_path / "again", "fiftyone", images=tmp_path / "images", top=len(report()[:12]))
        text = (queue.folder / "samples.json").read_text()
        assert (tmp_path / "again" / "samples.json").read_text() == text
        ids = [line for line in text.splitlines() if "$oid" in line]
        assert len(set(ids)) == len(ids)

    def test_images_of_one_name_are_two_samples(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(picture(0))
        dataset = scenes().dataset
        alike = boxlint.check(replace(dataset, image_names=["a.png"] * len(dataset), image_ids=range(len(dataset))))
        export_queue(alike, tmp_path / "queue", "fiftyone", images=tmp_path, top=TOP)
        text = (tmp_path / "queue" / "samples.json").read_text()
        assert len(json.loads(text)["samples"]) > 1
        ids = [line for line in text.splitlines() if "$oid" in line]
        assert len(set(ids)) == len(ids)

    def test_two_verdicts_are_refused(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "fiftyone")
        answer_fiftyone(queue.folder, queue.said[:1])
        samples = queue.folder / "samples.json"
        samples.write_text(samples.read_text().replace('["seen", "accept"]', '["reject", "accept"]'))
        with pytest.raises(ValueError, match=r"sample 0, detection .* has the verdicts accept and reject"):
            import_verdicts(queue.folder, "fiftyone")

    @pytest.mark.parametrize("bounding_box", ["[0, 0, 1]", '[0, 0, 1, "b"]', f"[0, 0, 1, 1{400 * '0'}]"])
    def test_what_is_no_box_is_refused(self, tmp_path: Path, bounding_box: str) -> None:
        queue = exported(tmp_path, "fiftyone")
        answer_fiftyone(queue.folder, queue.said[:1])
        samples = queue.folder / "samples.json"
        text = re.sub(r'"bounding_box": \[[^]]*\]', f'"bounding_box": {bounding_box}', samples.read_text())
        samples.write_text(text)
        with pytest.raises(ValueError, match=r"sample 0, detection .*: expected a bounding_box of four numbers"):
            import_verdicts(queue.folder, "fiftyone")


class TestLabelMe:
    def test_every_image_lies_beside_its_file_in_the_order_of_the_queue(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "labelme")
        files = sorted(queue.folder.glob("*.json"))
        assert len(files) == len(queue.queue.images)
        for file, image in zip(files, queue.queue.images, strict=True):
            content = read(file)
            assert (queue.folder / content["imagePath"]).read_bytes() == (tmp_path / "images" / image.name).read_bytes()
            assert (content["imageWidth"], content["imageHeight"]) == (640, 480)
        classes = (queue.folder / "labels.txt").read_text().split()
        assert classes == list(scenes().dataset.class_names or ())
        # JSON is YAML, too.
        assert read(queue.folder / "label_flags.yaml") == {".*": ["accept", "reject", "unsure"]}

    def test_x_anylabeling_writes_four_corners(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "labelme")
        answer_labelme(queue.folder, queue.said)
        for file in queue.folder.glob("*.json"):
            content = read(file)
            for shape in content["shapes"]:
                (x1, y1), (x2, y2) = shape["points"]
                shape["points"] = [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]
            wrote(file, content)
        assert told(import_verdicts(queue.folder, "labelme")) == queue.said

    def test_what_is_written_below_the_reason_is_the_note(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "labelme")
        answer_labelme(queue.folder, queue.said)
        notes = {one.issue_id: one.note for one in import_verdicts(queue.folder, "labelme")}
        assert notes[queue.said[1].issue_id] == NOTE
        assert notes[queue.said[0].issue_id] is None

    def test_a_class_whose_name_has_two_lines_is_no_note(self, tmp_path: Path) -> None:
        names = [f"{name}\nof glass" for name in scenes().dataset.class_names or ()]
        found = boxlint.check(replace(scenes().dataset, class_names=names))
        assert any("\n" in issue.reason for issue in found.top(9))
        export_queue(found, tmp_path / "queue", "labelme", images=draw_images(tmp_path / "images"), top=9)
        answer_labelme(tmp_path / "queue", [Said(issue.issue_id, "reject") for issue in found.top(9)])
        assert [one.note for one in import_verdicts(tmp_path / "queue", "labelme")] == [None] * 9

    def test_faults_of_a_shape_are_named(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "labelme")
        answer_labelme(queue.folder, [Said(queue.said[0].issue_id, "accept", box=MOVED)])
        (file,) = (file for file in queue.folder.glob("*.json") if '"accept": true' in file.read_text())
        content = file.read_text()
        for no_number in ('"low"', "1" + 400 * "0"):
            file.write_text(content.replace("150.5", no_number))
            with pytest.raises(ValueError, match=rf"{file.name}: shape\[\d+\]: expected points, two numbers each"):
                import_verdicts(queue.folder, "labelme")
