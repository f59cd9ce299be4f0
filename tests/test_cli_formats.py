"""What `boxlint` writes for machines, and where: --format, -o -, --quiet and --color."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import boxlint
from boxlint._core import EXPLANATIONS
from boxlint.cli.places import Places
from boxlint.formats.read_options import ReadOptions
from boxlint.formats.source import read_source
from boxlint.synthetic import make_scenes
from commands import Files, edited, refused, run
from schemas import refuse_unless_valid
from source_files import make_sources


@pytest.fixture
def report(files: Files) -> boxlint.Report:
    return boxlint.check(boxlint.read_coco(*files))


def results_of(log: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = log["runs"][0]["results"]
    return results


class TestJson:
    def test_it_has_the_rows_of_to_json(self, files: Files, report: boxlint.Report, tmp_path: Path) -> None:
        report.to_json(tmp_path / "rows.json")
        assert json.loads(run("check", *files, "--format", "json").stdout)["issues"] == json.loads(
            (tmp_path / "rows.json").read_text()
        )

    def test_its_head_says_what_was_checked_and_found(self, files: Files, report: boxlint.Report) -> None:
        head = json.loads(run("check", *files, "--format", "json", "--kinds", "swap,missing").stdout)
        del head["issues"]
        assert head == {
            "boxlint": boxlint.__version__,
            "layout": 1,
            "fingerprint": report.fingerprint._asdict(),
            "images": 120,
            "annotations": len(report.dataset.annotations.class_id) if report.dataset else 0,
            "predictions": len(report.dataset.predictions.class_id) if report.dataset else 0,
            "kinds": ["missing", "swap"],
            "min_suspicion": 0.0,
            "likely": {kind: len(report.issues.where(kind=kind, min_suspicion=0.5)) for kind in ("missing", "swap")},
        }

    def test_all_else_goes_to_standard_error(self, files: Files) -> None:
        said = run("check", *files, "--format", "json")
        assert said.stderr.splitlines()[1].startswith("read 120 images")
        assert said.stdout.startswith("{")

    def test_the_gate_judges_as_ever(self, files: Files) -> None:
        said = run("check", *files, "--format", "json", "--fail-over", "0", code=1)
        assert json.loads(said.stdout)["issues"]
        assert "of the annotations are listed" in said.stderr


class TestGithub:
    def test_each_of_the_top_rows_is_an_annotation(self, files: Files, report: boxlint.Report) -> None:
        lines = run("check", *files, "--format", "github", "--top", "7").stdout.splitlines()
        assert len(lines) == 7
        for line, issue in zip(lines, report, strict=False):
            found = re.fullmatch(r"::(warning|notice) file=(.*),line=1,title=(.*)::(.*)", line)
            assert found is not None
            assert found[1] == ("warning" if issue.suspicion >= 0.5 else "notice")
            assert found[2] == files.annotations
            assert found[3].startswith(f"{issue.kind} {issue.suspicion:.2f}%3A ")
            assert found[4] == f"{issue.image_name}: {issue.reason} ({issue.issue_id})"

    def test_less_likely_rows_are_notices(self, files: Files) -> None:
        output = run("check", *files, "--format", "github", "--top", "1000").stdout
        assert output.count("::warning file") > 0 < output.count("::notice file")

    def test_names_cannot_end_a_property_or_a_command(self, files: Files, tmp_path: Path) -> None:
        def rename(content: Any) -> None:
            for image in content["images"]:
                image["file_name"] = f"50%, a:b\r\n::error::{image['id']}.png"
            content["categories"][0]["name"] = "a,line=7::x"

        changed = edited(files.annotations, tmp_path, rename)
        lines = run("check", changed, files.detections, "--format", "github", "--top", "1000").stdout.splitlines()
        assert all(re.match(r"::(warning|notice) file=[^,:]*,line=1,title=[^,:]*::", line) for line in lines)
        assert all("50%25, a:b%0D%0A::error::" in line for line in lines)
        assert any("a%2Cline=7%3A%3Ax" in line for line in lines)

    def test_files_below_the_working_directory_are_named_from_there(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(Path(files.annotations).parent.parent)
        folder = Path(files.annotations).parent.name
        output = run("check", *files, "--format", "github").stdout
        assert output.startswith(f"::warning file={folder}/annotations.json,")


class TestSarif:
    def test_it_fits_the_schema(self, files: Files) -> None:
        refuse_unless_valid(json.loads(run("check", *files, "--format", "sarif").stdout), "sarif-2.1.0")

    def test_every_kind_is_a_rule_that_explains_itself(self, files: Files) -> None:
        driver = json.loads(run("check", *files, "--format", "sarif").stdout)["runs"][0]["tool"]["driver"]
        assert [rule["id"] for rule in driver["rules"]] == list(EXPLANATIONS)
        for rule in driver["rules"]:
            assert rule["help"]["markdown"] == EXPLANATIONS[rule["id"]]
            assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
            assert "\n" not in rule["fullDescription"]["text"]

    def test_every_row_is_a_result(self, files: Files, report: boxlint.Report) -> None:
        log = json.loads(run("check", *files, "--format", "sarif", "--kinds", "swap,spurious").stdout)
        rows = report.issues.where(kind=["swap", "spurious"])
        rules = log["runs"][0]["tool"]["driver"]["rules"]
        assert len(results_of(log)) == len(rows)
        for result, issue in zip(results_of(log), rows, strict=True):
            assert result["ruleId"] == rules[result["ruleIndex"]]["id"] == issue.kind
            assert result["rank"] == pytest.approx(100 * issue.suspicion, abs=0.01)
            assert result["level"] == (
                "error" if issue.suspicion >= 0.5 else "warning" if issue.suspicion >= 0.1 else "note"
            )
            assert issue.reason in result["message"]["text"]
            assert result["partialFingerprints"]["primaryLocationLineHash"] == f"{issue.issue_id}:1"
            assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == issue.image_name
            assert result["properties"]["image_id"] == issue.image_id

    def test_a_file_below_the_working_directory_is_relative_to_the_root_of_the_source(
        self, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copy(files.annotations, tmp_path / "my labels.json")
        locations = []
        for folder in (tmp_path, tmp_path.parent.parent / "elsewhere"):
            folder.mkdir(exist_ok=True)
            monkeypatch.chdir(folder)
            log = json.loads(run("check", tmp_path / "my labels.json", files.detections, "--format", "sarif").stdout)
            locations.append(results_of(log)[0]["locations"][0]["physicalLocation"]["artifactLocation"])
        assert locations == [
            {"uri": "my%20labels.json", "uriBaseId": "%SRCROOT%"},
            {"uri": (tmp_path / "my labels.json").as_uri()},
        ]

    def test_labels_of_one_image_are_named_with_the_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        at = make_sources(tmp_path)
        monkeypatch.chdir(tmp_path)
        for labels in (at.yolo / "labels" / "val").iterdir():
            labels.write_text("\n" + labels.read_text())
        for issue in results_of(json.loads(run("check", at.yolo, at.labels, "--format", "sarif").stdout)):
            location = issue["locations"][0]["physicalLocation"]
            row = issue["properties"]
            assert location["artifactLocation"]["uri"] == f"yolo/labels/val/{Path(row['image_name']).stem}.txt"
            index = row.get("annotation_index")
            assert location["region"]["startLine"] == (1 if index is None else index + 2)

    def test_voc_files_are_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        at = make_sources(tmp_path)
        monkeypatch.chdir(tmp_path)
        for issue in results_of(json.loads(run("check", at.voc, at.scored_voc, "--format", "sarif").stdout)):
            uri = issue["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert uri == f"voc/Annotations/{Path(issue['properties']['image_name']).stem}.xml"

    def test_files_of_voc_are_not_read_again_to_say_where_an_issue_is(self, tmp_path: Path) -> None:
        """Nothing lies there any more, and a file that could not be read has no image."""
        at = make_sources(tmp_path)
        first, *others = sorted(at.voc.iterdir())
        first.write_text("<annotation>")
        source = read_source(at.voc, at.scored_voc, ReadOptions(skip_unreadable=True))
        shutil.rmtree(at.voc)
        report = boxlint.check(source.dataset, min_suspicion=0)
        places = Places(source)
        assert {places.of(issue).path for issue in report} <= {file.as_posix() for file in others}
        assert all(Path(places.of(issue).path).stem == Path(str(issue.image_name)).stem for issue in report)

    def test_the_name_of_an_image_may_have_dots(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        at = make_sources(tmp_path)
        monkeypatch.chdir(tmp_path)
        for folder in (at.voc, at.scored_voc):
            for file in [*folder.iterdir()]:
                name = f"day.{file.stem}"
                file.with_name(f"{name}.xml").write_text(file.read_text().replace(f"{file.stem}.png", f"{name}"))
                file.unlink()
        results = results_of(json.loads(run("check", at.voc, at.scored_voc, "--format", "sarif").stdout))
        for issue in results:
            uri = issue["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert uri == f"voc/Annotations/{issue['properties']['image_name']}.xml"

    def test_files_with_other_names_than_their_images_are_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The folder was named, or the file of another image."""
        at = make_sources(tmp_path)
        monkeypatch.chdir(tmp_path)
        stems = sorted(file.stem for file in at.voc.iterdir())
        turned = dict(zip(stems, [*stems[1:], stems[0]], strict=True))
        texts = {file.stem: file.read_text() for file in at.voc.iterdir()}
        for stem, text in texts.items():
            (at.voc / f"{turned[stem]}.xml").write_text(text)
        for labels in [*(at.yolo / "labels" / "val").iterdir()]:
            labels.rename(labels.with_name(f"{labels.stem}.png.txt"))
        for folder, predicted, ending, renamed in (
            (at.voc, at.scored_voc, "xml", turned),
            (at.yolo, at.labels, "txt", {stem: f"{stem}.png" for stem in stems}),
        ):
            results = results_of(json.loads(run("check", folder, predicted, "--format", "sarif").stdout))
            assert results
            for issue in results:
                uri = issue["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                stem = Path(issue["properties"]["image_name"]).stem
                assert Path(uri).name == f"{renamed[stem]}.{ending}"

    def test_the_parquet_file_of_the_image_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of a folder, it was a KeyError, and of several files, always the first."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "lake").mkdir()
        scenes = make_scenes(60).dataset
        for number in range(2):
            boxlint.write_parquet(scenes[30 * number : 30 * number + 30], tmp_path / "lake" / f"{number}.parquet")
        for paths in (["lake"], ["lake/1.parquet", "lake/0.parquet"]):
            results = results_of(json.loads(run("check", *paths, "--format", "sarif").stdout))
            assert {issue["properties"]["image_index"] // 30 for issue in results} == {0, 1}
            for issue in results:
                uri = issue["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                assert uri == f"lake/{issue['properties']['image_index'] // 30}.parquet"

    def test_no_line_is_named_where_lines_were_left_out(self, tmp_path: Path) -> None:
        at = make_sources(tmp_path)
        for labels in (at.yolo / "labels" / "val").iterdir():
            labels.write_text("99 .5 .5 .1 .1\n" + labels.read_text())
        log = json.loads(run("check", at.yolo, at.labels, "--skip-unknown", "--format", "sarif").stdout)
        regions = [one["locations"][0]["physicalLocation"]["region"] for one in results_of(log)]
        assert {region["startLine"] for region in regions} == {1}

    def test_it_is_written_to_a_file_beside_another_format(self, files: Files, tmp_path: Path) -> None:
        said = run("check", *files, "--format", "github", "-o", tmp_path / "a.sarif")
        assert said.stdout.startswith("::warning")
        assert f"wrote {tmp_path / 'a.sarif'}: " in said.stderr
        log = json.loads((tmp_path / "a.sarif").read_text())
        assert log == json.loads(run("check", *files, "--format", "sarif").stdout)


class TestStandardOutput:
    @pytest.mark.parametrize("command", ["check", "score"])
    def test_minus_writes_csv_and_nothing_else(self, files: Files, tmp_path: Path, command: str) -> None:
        run(command, *files, "-o", tmp_path / "rows.csv")
        said = run(command, *files, "-o", "-")
        assert said.stdout == (tmp_path / "rows.csv").read_text()
        assert list(csv.DictReader(said.stdout.splitlines()))
        assert "read 120 images" in said.stderr

    def test_minus_is_where_another_format_goes_anyway(self, files: Files) -> None:
        assert run("check", *files, "-o", "-", "--format", "json") == run("check", *files, "--format", "json")

    def test_a_pipe_that_is_closed_early_is_no_fault(self, files: Files) -> None:
        command = f"{sys.executable} -m boxlint check {files.annotations} {files.detections} --format json | head -1"
        said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        assert said.stdout == "{\n"
        assert "Traceback" not in said.stderr

    def test_changes_are_text(self, files: Files) -> None:
        assert refused("check", *files, "--diff", "--format", "json") == "--diff prints text: leave out --format json"


class TestQuiet:
    def test_only_the_rows_are_printed(self, files: Files) -> None:
        loud, quiet = run("check", *files, "--top", "3"), run("check", *files, "--top", "3", "-q")
        assert len(quiet.stdout.splitlines()) == 5
        assert quiet.stdout in loud.stdout
        assert quiet.stderr == ""

    @pytest.mark.parametrize("command", ["check", "score"])
    def test_nothing_is_printed_where_they_go_to_a_file(self, files: Files, tmp_path: Path, command: str) -> None:
        assert run(command, *files, "--quiet", "-o", tmp_path / "rows.csv") == ("", "")
        assert (tmp_path / "rows.csv").stat().st_size > 1000

    def test_findings_and_changes_are_rows(self, files: Files) -> None:
        findings = run("inspect", *files, "-q").stdout.splitlines()
        assert findings == run("inspect", *files).stdout.splitlines()[1:-1]
        lines = run("check", *files, "--diff", "-q").stdout.splitlines()
        assert lines
        assert all(line.startswith("scene_") for line in lines)

    def test_faults_are_told(self, files: Files) -> None:
        assert "No such file" in refused("check", files.annotations, "nowhere.json", "-q")
        assert "are listed at" in run("check", *files, "-q", "--fail-over", "0", code=1).stderr


class TestColor:
    def test_none_is_in_a_pipe(self, files: Files) -> None:
        assert "\x1b" not in run("check", *files).stdout

    def test_it_is_there_on_request(self, files: Files) -> None:
        assert run("check", *files, "--color", "always").stdout.count("\x1b[1mthe 20 most suspicious") == 1
        assert "\x1b[31m" in run("check", *files, "--diff", "--color", "always").stdout

    @pytest.mark.skipif(sys.platform != "linux", reason="script has other options elsewhere")
    @pytest.mark.parametrize(
        ("options", "no_color", "colored"),
        [("", "", True), ("", "1", False), ("--color never", "", False), ("--color always", "1", True)],
    )
    def test_a_terminal_has_it_unless_unwanted(self, options: str, no_color: str, colored: bool) -> None:
        command = f"{sys.executable} -m boxlint explain nonsense {options}"
        environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm"}
        said = subprocess.run(
            ["script", "-qec", command, "/dev/null"], capture_output=True, check=False, env=environment
        )
        assert b"unknown kind 'nonsense'" in said.stdout
        assert (b"\x1b[31m" in said.stdout) is colored
