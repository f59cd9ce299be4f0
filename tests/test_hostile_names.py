"""Names that a terminal or a spreadsheet would obey lose their power on the way there, and keep it nowhere else."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

import boxlint
from boxlint import Dataset, read_coco, write_coco, write_voc
from boxlint.review import export_queue
from boxlint.synthetic import make_scenes
from commands import Files, rows_of_csv, run

SCENES = make_scenes(30).dataset
# Clearing the screen, a title of the window, another direction of text, a line of its own, a backspace, 8-bit controls.
ESCAPES = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\u202egpj",
    "\u2066",
    "\u200f",
    "\n::error::",
    "\r",
    "\x08",
    "\x9b2J",
    "\x7f",
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", '=HYPERLINK("http://localhost","a,b")']


def hostile(tails: list[str]) -> Any:
    """The scenes with such names of images and classes."""
    names = [f"{tails[image % len(tails)]}{image}" for image in range(len(SCENES))]
    classes = [f"{tails[number % len(tails)]}{number}" for number in range(len(SCENES.class_names or ()))]
    return replace(SCENES, image_names=names, class_names=classes)


def files_of(dataset: Any, folder: Path) -> Files:
    write_coco(dataset, folder / "annotations.json", folder / "detections.json")
    return Files(str(folder / "annotations.json"), str(folder / "detections.json"))


def harmless(text: str) -> bool:
    return all(
        line.isprintable() for line in text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "").split("\n")
    ) and "::error::" not in [line[:9] for line in text.split("\n")]


@pytest.mark.parametrize("tail", ESCAPES)
class TestTerminal:
    """For each name."""

    @pytest.mark.parametrize(
        "arguments", [("check",), ("check", "--diff"), ("check", "--format", "github"), ("score",), ("inspect",)]
    )
    def test_no_command_prints_it(self, tail: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
        files = files_of(hostile([tail]), tmp_path)
        command, *options = arguments
        said = run(command, *files, *options, "--no-config")
        assert harmless(said.stdout), said.stdout
        assert harmless(said.stderr), said.stderr

    def test_no_finding_or_refusal_prints_it(self, tail: str, tmp_path: Path) -> None:
        files = files_of(hostile([tail]), tmp_path)
        content = json.loads(Path(files.annotations).read_text())
        content["annotations"][0]["category_id"] = tail
        content["images"][1]["file_name"] = content["images"][0]["file_name"]
        Path(files.annotations).write_text(json.dumps(content))
        for command in ("inspect", "check"):
            for options in ((), ("--skip-unknown",)):
                said = run_any(command, *files, *options)
                assert harmless(said), said

    def test_no_path_prints_it(self, tail: str, tmp_path: Path) -> None:
        folder = tmp_path / f"a{tail.replace('/', '')}b"
        write_voc(SCENES, folder)
        shutil.copy(next(folder.glob("*.xml")), folder / f"c{tail.replace('/', '')}.xml")
        detections = files_of(SCENES, tmp_path).detections
        assert harmless(run_any("inspect", folder))
        assert harmless(run_any("check", folder, detections, "-o", folder / "none" / "out.csv"))

    def test_previews_in_python(self, tail: str) -> None:
        report = boxlint.check(hostile([tail]))
        assert harmless(str(report.issues))
        assert harmless(repr(report.issues))
        assert harmless(str(report.summary()))


def run_any(*arguments: str | Path) -> str:
    """All that the command prints, however it ends."""
    from click.testing import CliRunner

    from boxlint.cli import app

    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"}).output


class TestSpreadsheets:
    """Cells that begin like a formula."""

    def test_no_cell_of_text_is_one(self, tmp_path: Path) -> None:
        files = files_of(hostile(FORMULAS), tmp_path)
        for command in ("check", "score"):
            run(command, *files, "-o", tmp_path / "out.csv")
            poured = run(command, *files, "-o", "-").stdout
            assert poured == (tmp_path / "out.csv").read_bytes().decode()
            cells = [cell for row in rows_of_csv(tmp_path / "out.csv") for cell in row.values()]
            begin = [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n\uff1d")]
            assert all(is_number(cell) for cell in begin)
            assert any(cell.startswith("'=1+1") for cell in cells)

    def test_no_column_has_one(self, tmp_path: Path) -> None:
        """Ids and the names of detectors are texts of strangers, too."""
        dataset = hostile(FORMULAS)
        ids = {
            name: [f"{FORMULAS[row % len(FORMULAS)]}{row}" for row in range(rows)]
            for name, rows in (
                ("image_ids", len(dataset)),
                ("annotation_ids", len(dataset.annotations.class_id)),
                ("prediction_ids", len(dataset.predictions.class_id)),
                ("category_ids", len(dataset.class_names)),
            )
        }
        one = replace(dataset, **ids)
        boxlint.check(Dataset.of_detectors({"=1": one, "@2": one})).to_csv(tmp_path / "out.csv")
        rows = rows_of_csv(tmp_path / "out.csv")
        for name in ("image_id", "image_name", "annotation_id", "given_category_id", "given_label", "reason"):
            assert any(row[name] for row in rows)
        cells = [cell for row in rows for item in row.items() for cell in item]
        assert all(is_number(cell) for cell in cells if cell[:1] in tuple("=+-@\t\r\n\uff1d"))

    def test_raw_csv_has_texts_as_they_are(self, tmp_path: Path) -> None:
        dataset = hostile(FORMULAS)
        files = files_of(dataset, tmp_path)
        run("score", *files, "-o", tmp_path / "out.csv", "--raw-csv")
        with (tmp_path / "out.csv").open(newline="") as lines:
            assert [row["image"] for row in csv.DictReader(lines)] == dataset.image_names
        report = boxlint.check(read_coco(*files))
        report.to_csv(tmp_path / "raw.csv", raw=True)
        run("check", *files, "-o", tmp_path / "out.csv", "--raw-csv")
        assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "raw.csv").read_bytes()
        assert run("check", *files, "-o", "-", "--raw-csv").stdout.encode() == (tmp_path / "raw.csv").read_bytes()

    def test_other_formats_have_texts_as_they_are(self, tmp_path: Path) -> None:
        dataset = hostile(FORMULAS)
        boxlint.check(dataset).to_json(tmp_path / "out.json")
        names = {row["image_name"] for row in json.loads((tmp_path / "out.json").read_text())}
        assert names <= set(dataset.image_names)

    def test_negative_numbers_stay_numbers(self, tmp_path: Path) -> None:
        annotations = replace(SCENES, annotation_ids=[-row for row in range(len(SCENES.annotations.class_id))])
        boxlint.check(annotations).to_csv(tmp_path / "out.csv")
        found = {row["annotation_id"] for row in rows_of_csv(tmp_path / "out.csv")}
        assert any(cell.startswith("-") for cell in found)


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


class TestHalvesOfSurrogatePairs:
    """Python has them for bytes of names that are no text. Where UTF-8 is written, it gets what Python calls them."""

    NAMES = replace(
        SCENES,
        image_names=[f"\udce9{image}.png" for image in range(len(SCENES))],
        image_ids=[f"\udce9{image}" for image in range(len(SCENES))],
        class_names=[f"c\ud800{number}" for number in range(len(SCENES.class_names or ()))],
    )

    def test_all_tables_have_the_same_texts(self, tmp_path: Path) -> None:
        report = boxlint.check(self.NAMES)
        report.to_csv(tmp_path / "a.csv")
        report.to_json(tmp_path / "a.json")
        report.to_parquet(tmp_path / "a.parquet")
        tables = [
            report.to_pandas().astype(object).to_dict("records"),
            report.to_arrow().to_pylist(),
            rows_of_csv(tmp_path / "a.csv"),
            json.loads((tmp_path / "a.json").read_text("utf-8")),
            pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist(),
        ]
        for column in ("image_name", "image_id", "suggested_label", "reason"):
            found = [
                [row[column] if isinstance(row[column], str) and row[column] else None for row in rows]
                for rows in tables
            ]
            assert found[1:] == found[:1] * (len(tables) - 1)
        assert tables[0][0]["image_name"] == f"\\udce9{report[0].image_index}.png"

    def test_what_is_shown_can_be_written(self) -> None:
        report = boxlint.check(self.NAMES)
        shown: list[Any] = [report, report.issues, report.summary(), self.NAMES]
        for text in [*map(str, shown), *(one._repr_html_() for one in shown), str(report.to_html())]:
            text.encode("utf-8")
        assert "\\udce9" in report.issues._repr_html_()
        assert "c\\ud800" in report.summary()._repr_html_()

    def test_an_address_has_the_bytes_of_the_file(self, tmp_path: Path) -> None:
        named = replace(self.NAMES, class_names=SCENES.class_names)
        queue = export_queue(boxlint.check(named), tmp_path / "q", "label-studio", image_url="http://a/", top=1)
        (task,) = json.loads((tmp_path / "q" / "tasks.json").read_text("utf-8"))
        assert task["data"]["image"] == f"http://a/%E9{queue.images[0].name[1:]}"
