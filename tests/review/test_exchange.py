"""Queues out to labelling tools and verdicts back in, without the tools; those are in test_real_tools.py."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import boxlint
from boxlint.report.issue import Box, Issue
from boxlint.review import TOOLS, Tool, export_queue, import_verdicts
from boxlint.synthetic import make_scenes
from commands import Files, refused, run
from reviewing import ANSWERS, MOVED, TOP, Said, draw_images, exported, read, report, scenes, told, wrote


@pytest.mark.parametrize("tool", TOOLS)
class TestRoundTrip:
    def test_decisions_are_what_reviewers_said(self, tmp_path: Path, tool: Tool) -> None:
        queue = exported(tmp_path, tool)
        decisions = import_verdicts(ANSWERS[tool](queue.folder, queue.said), tool)
        assert told(decisions) == queue.said
        assert decisions.annotations_fingerprint == report().fingerprint.annotations
        assert decisions.predictions_fingerprint == report().fingerprint.predictions

    def test_a_decision_has_all_that_its_issue_says(self, tmp_path: Path, tool: Tool) -> None:
        queue = exported(tmp_path, tool)
        decisions = import_verdicts(ANSWERS[tool](queue.folder, queue.said[:3]), tool, reviewer="anna")
        ids = [one.issue_id for one in queue.said[:3]]
        rows = dict(zip(ids, ("accept", "reject", "unsure"), strict=True))
        by_hand = report().decide(rows, reviewer="anna")
        found = {one.issue_id: replace(one, note=None, reviewer="anna") for one in decisions}
        assert found == {one.issue_id: one for one in by_hand}

    def test_annotations_that_share_an_id_get_a_verdict_each(self, tmp_path: Path, tool: Tool) -> None:
        """Two boxes of one issue id would be two answers of one reviewer, which are refused."""
        where = scenes().dataset
        again = np.repeat(np.arange(len(where.annotations.class_id)), 2)
        boxes = where.annotations
        twice = boxlint.Boxes(boxes.xyxy[again], boxes.class_id[again], offsets=2 * boxes.offsets)
        found = boxlint.check(replace(where, annotations=twice, annotation_ids=again), kinds="spurious")
        (tmp_path / "images").mkdir()
        for name in found["image_name"][:4]:
            Image.new("L", (640, 480)).save(tmp_path / "images" / name)
        queue = export_queue(found, tmp_path / "queue", tool, images=tmp_path / "images", top=4)
        marks = [mark.issue_id for image in queue.images for mark in image.marks]
        assert marks == found["issue_id"][:4].tolist()
        answers = ANSWERS[tool](tmp_path / "queue", [Said(issue_id, "accept") for issue_id in marks])
        assert sorted(one.issue_id for one in import_verdicts(answers, tool)) == sorted(marks)

    def test_nobody_decided(self, tmp_path: Path, tool: Tool) -> None:
        queue = exported(tmp_path, tool)
        verdicts = ANSWERS[tool](queue.folder, [])
        if tool == "label-studio":  # which exports annotated tasks alone
            with pytest.raises(ValueError, match="no box that boxlint export wrote"):
                import_verdicts(verdicts, tool)
        else:
            assert len(import_verdicts(verdicts, tool)) == 0

    def test_the_command_does_the_same(self, tmp_path: Path, tool: Tool, files: Files) -> None:
        images = tmp_path / "images"
        images.mkdir()
        for scene in range(120):
            Image.new("L", (640, 480)).save(images / f"scene_{scene:04}.png")
        queue, output = tmp_path / "queue", tmp_path / "decisions.json"
        said = run("export", *files, "--to", tool, "-o", queue, "--images", images, "--top", "9").stdout
        assert f"wrote {queue}: 9 suspected errors in " in said
        read = boxlint.read_coco(*files)
        first = boxlint.check(read)[0].issue_id
        verdicts = ANSWERS[tool](queue, [Said(first, "accept")])
        assert (
            run("import", verdicts, "--from", tool, "-o", output, "--reviewer", "anna").stdout
            == f"wrote {output}: 1 decision, 1 accept, 0 reject, 0 unsure\n"
        )
        assert run("import", verdicts, "--from", tool, "-o", "-", "--reviewer", "anna") == (
            output.read_text(),
            "1 decision, 1 accept, 0 reject, 0 unsure\n",
        )
        fixed = tmp_path / "fixed.json"
        run("apply", files.annotations, "--decisions", output, "--corrected", fixed)
        expected = boxlint.check(read).apply([0])
        assert boxlint.read_coco(fixed).annotations.xyxy.tolist() == expected.annotations.xyxy.tolist()

    def test_the_folder_is_not_mixed_with_what_is_there(self, tmp_path: Path, tool: Tool) -> None:
        queue = exported(tmp_path, tool)
        with pytest.raises(FileExistsError, match="expected a new or empty folder"):
            export_queue(report(), queue.folder, tool, images=tmp_path / "images")

    def test_a_damaged_record_is_named(self, tmp_path: Path, tool: Tool) -> None:
        queue = exported(tmp_path, tool)
        verdicts = ANSWERS[tool](queue.folder, queue.said)
        for file in verdicts.glob("*.json") if verdicts.is_dir() else [verdicts]:
            file.write_text(file.read_text().replace("fingerprint", "fingerprnt"))
        with pytest.raises(
            ValueError, match=r"(task|image|sample|shape).*boxlint export wrote .* cannot be read any more"
        ):
            import_verdicts(verdicts, tool)

    def test_other_files_are_refused(self, tmp_path: Path, tool: Tool) -> None:
        folder = tmp_path / "other"
        folder.mkdir()
        file = folder / "samples.json"
        for content in ("", "[1]", '{"samples": []}', '{"shapes": []}', "<annotations/>", "<a"):
            file.write_text(content)
            with pytest.raises(ValueError, match=str(folder)):
                import_verdicts(folder if tool in ("fiftyone", "labelme") else file, tool)


JUNK: tuple[Any, ...] = (None, True, -1, 1e400, "x", [], [[]], {}, {"id": []})


@pytest.mark.parametrize("tool", ["label-studio", "fiftyone", "labelme"])
def test_whatever_stands_in_a_file_is_read_or_refused_in_a_sentence(tmp_path: Path, tool: Tool) -> None:
    images = draw_images(tmp_path / "images")
    export_queue(report(), tmp_path / "queue", tool, images=images, top=1)
    verdicts = ANSWERS[tool](tmp_path / "queue", [Said(report()[0].issue_id, "accept", note="a", box=MOVED)])
    file = verdicts if verdicts.is_file() else next(file for file in verdicts.glob("*.json") if file.stem != "metadata")
    content = read(file)
    refusals = set()
    for holder, key in list(places_in(content)):
        kept = holder[key]
        for junk in JUNK:
            holder[key] = junk
            wrote(file, content)
            try:
                import_verdicts(verdicts, tool)
            except ValueError as error:
                refusals.add(str(error))
        holder[key] = kept
    assert len(refusals) > 20
    assert all(str(tmp_path) in refusal or "no box that" in refusal for refusal in refusals)


def places_in(content: Any) -> Iterator[tuple[Any, Any]]:
    """Every value in JSON, as what holds it and its key there."""
    for key in content if isinstance(content, dict) else range(len(content)):
        yield content, key
        if isinstance(content[key], (dict, list)):
            yield from places_in(content[key])


class TestQueue:
    def test_it_is_the_top_rows_with_the_most_suspicious_image_first(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "cvat").queue
        marks = [mark for image in queue.images for mark in image.marks]
        assert {mark.issue_id for mark in marks} == set(report()["issue_id"][:TOP])
        suspicions = [image.suspicion for image in queue.images]
        assert suspicions == sorted(suspicions, reverse=True)
        assert all(image.suspicion == max(mark.suspicion for mark in image.marks) for image in queue.images)

    # With those of no suspicion, each annotation has an issue that is no badloc.
    @pytest.mark.parametrize(("least", "kinds_shown"), [(0, set()), (0.05, {"badloc"})])
    def test_a_mark_is_what_the_annotation_should_be_and_stands_in_its_place_where_the_box_stays(
        self, tmp_path: Path, least: float, kinds_shown: set[str]
    ) -> None:
        found = boxlint.check(scenes().dataset, min_suspicion=least)
        images = {image.name: image for image in export_queue(found, tmp_path / "q", "cvat").images}
        shown_of = set()
        for issue in found:
            image = images[str(issue.image_name)]
            (mark,) = (mark for mark in image.marks if mark.issue_id == issue.issue_id)
            assert mark.label == (issue.suggested_label or issue.given_label)
            box = issue.suggested_box or issue.given_box or (0, 0, 0, 0)
            assert mark.box == pytest.approx(np.clip(box, 0, [640, 480, 640, 480]))
            shown = any(label == issue.given_label and close(box, issue.given_box) for label, box in image.annotations)
            kinds = {one.kind for one in found if annotation_of(one) == annotation_of(issue)}
            assert shown == (issue.kind == "badloc" and kinds == {"badloc"})
            if shown:
                shown_of.add(issue.kind)
        assert shown_of == kinds_shown

    def test_boxes_lie_within_the_image_and_have_an_area(self, tmp_path: Path) -> None:
        boxes = [[-20, -9, 30, 40], [50, 50, 50, 50], [700, 500, 720, 530], [10, 10, 90, 90]]
        annotations = boxlint.Boxes(boxes * 40, [0] * 160, offsets=np.arange(0, 161, 4))
        missing = boxlint.Boxes([[100.0, 100, 640, 480]] * 40, [0] * 40, [0.9] * 40, np.arange(41))
        names = [f"{image}.png" for image in range(40)]
        dataset = boxlint.Dataset(annotations, missing, names, ["a"], image_sizes=np.tile([640.0, 480.0], (40, 1)))
        queue = export_queue(boxlint.check(dataset, min_suspicion=0), tmp_path / "queue", "cvat")
        shown = [box for image in queue.images for _, box in image.annotations]
        shown += [mark.box for image in queue.images for mark in image.marks]
        x1, y1, x2, y2 = np.transpose(shown)
        assert min(x1.min(), y1.min()) == 0
        assert (x2.max(), y2.max()) == (640, 480)
        assert min((x2 - x1).min(), (y2 - y1).min()) == 1

    def test_a_name_with_folders_is_found_by_its_path_or_its_last_part_and_never_outside(self, tmp_path: Path) -> None:
        images = draw_images(tmp_path / "images")
        (tmp_path / "images" / "a").mkdir()
        names = [f"a/{name}" for name in scenes().dataset.image_names or ()]
        names[report()[0].image_index] = f"../{scenes().dataset.image_names[report()[0].image_index]}"  # type: ignore[index]
        first = names[report()[1].image_index]
        (images / Path(first).name).rename(images / first)
        queue = export_queue(
            boxlint.check(replace(scenes().dataset, image_names=names)),
            tmp_path / "queue",
            "cvat",
            images=images,
            top=TOP,
        ).images
        found = {image.name: image.file for image in queue}
        assert found[first] == images / first
        assert all(file is not None and images in file.parents for file in found.values())
        assert len(list((tmp_path / "queue" / "images").iterdir())) == len(queue)


def annotation_of(issue: Issue) -> tuple[int, int | None]:
    return issue.image_index, issue.annotation_index


def close(box: Box, other: Box | None) -> bool:
    return other is not None and np.allclose(box, other)


class TestRefusals:
    @pytest.mark.parametrize("tool", ["fiftyone", "labelme"])
    def test_tools_that_need_the_images(self, tmp_path: Path, tool: Tool) -> None:
        with pytest.raises(ValueError, match=f"{tool} opens images .*: give the folder of the images"):
            export_queue(report(), tmp_path / "queue", tool)
        assert list(tmp_path.iterdir()) == []

    def test_the_queue_itself_is_no_export(self, tmp_path: Path) -> None:
        export_queue(report(), tmp_path / "queue", "label-studio", image_url="/")
        with pytest.raises(ValueError, match=r"tasks\.json: no task has annotations: this is the queue itself"):
            import_verdicts(tmp_path / "queue" / "tasks.json", "label-studio")

    def test_label_studio_needs_images_or_addresses(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="give the folder of the images or image_url"):
            export_queue(report(), tmp_path / "queue", "label-studio")
        with pytest.raises(ValueError, match="image_url is for label-studio, not for cvat"):
            export_queue(report(), tmp_path / "queue", "cvat", image_url="https://example.org/")

    def test_an_image_that_is_not_there(self, tmp_path: Path) -> None:
        images = draw_images(tmp_path / "images")
        name = report()[5].image_name
        (images / str(name)).unlink()
        with pytest.raises(ValueError, match=f"image '{name}' is not in {images}, the folder of the images"):
            export_queue(report(), tmp_path / "queue", "labelme", images=images, top=TOP)
        assert not (tmp_path / "queue").exists()

    def test_sizes_that_are_not_known_are_those_of_the_images(self, tmp_path: Path) -> None:
        images = draw_images(tmp_path / "images")
        unknown = boxlint.check(replace(scenes().dataset, image_sizes=None))
        with pytest.raises(ValueError, match="has no size in the data set: give the folder of the images"):
            export_queue(unknown, tmp_path / "queue", "cvat", top=TOP)
        queue = export_queue(unknown, tmp_path / "queue", "cvat", images=images, top=TOP)
        assert {(image.width, image.height) for image in queue.images} == {(640, 480)}
        (images / str(unknown[0].image_name)).write_bytes(b"no image")
        with pytest.raises(ValueError, match=f"{images}.*: the image cannot be read"):
            export_queue(unknown, tmp_path / "other", "cvat", images=images, top=TOP)

    def test_no_names_no_rows_no_data_set_no_tool(self, tmp_path: Path) -> None:
        target = tmp_path / "queue"
        with pytest.raises(ValueError, match="no image names, by which labelling tools find images"):
            export_queue(boxlint.check(replace(scenes().dataset, image_names=None)), target, "cvat")
        with pytest.raises(ValueError, match="no row is suspicious enough"):
            export_queue(boxlint.check(scenes().dataset, min_suspicion=1), target, "cvat")
        with pytest.raises(ValueError, match=r"give it back with report\.with_dataset"):
            export_queue(pickle.loads(pickle.dumps(report())), target, "cvat")
        with pytest.raises(ValueError, match="to is 'vgg', expected one of label-studio, cvat, fiftyone, labelme"):
            export_queue(report(), target, "vgg")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="tool is 'vgg', expected one of label-studio, cvat, fiftyone, labelme"):
            import_verdicts(target, "vgg")  # type: ignore[arg-type]

    def test_two_data_sets_in_one_folder(self, tmp_path: Path) -> None:
        queue = exported(tmp_path, "labelme")
        other = boxlint.check(make_scenes(60, seed=9).dataset)
        for image in {issue.image_index for issue in other.top(3)}:
            Image.new("L", (640, 480)).save(tmp_path / "images" / f"scene_{image:04}.png")
        export_queue(other, queue.folder / "other", "labelme", images=tmp_path / "images", top=3)
        with pytest.raises(ValueError, match="is of another data set than the boxes before it"):
            import_verdicts(queue.folder, "labelme")

    def test_the_command_says_it_in_a_sentence(self, tmp_path: Path, files: Files) -> None:
        said = refused("export", *files, "--to", "label-studio", "-o", tmp_path / "queue")
        assert said.endswith("give --images or --image-url")
        said = refused("export", *files, "--to", "labelme", "-o", tmp_path / "queue")
        assert said == "labelme opens images in the folder: give --images"
        assert refused("import", tmp_path / "no.xml", "--from", "cvat", "-o", tmp_path / "d.json").endswith(
            "no.xml: No such file or directory"
        )
        for tool, file in (("cvat", "annotations.xml of CVAT"), ("label-studio", "the JSON that Label Studio exports")):
            said = refused("import", tmp_path, "--from", tool, "-o", tmp_path / "d.json")
            assert said == f"{tmp_path}: expected a file, {file}"
        run("export", *files, "--to", "cvat", "-o", tmp_path / "queue", "--top", "1")
        said = run("import", tmp_path / "queue" / "annotations.xml", "--from", "cvat", "-o", tmp_path / "d.json").stdout
        assert said.endswith("0 decisions, 0 accept, 0 reject, 0 unsure; no box of a suspected error has a verdict\n")
