"""The commands that take decisions: apply, check --known and review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boxlint
from boxlint import Dataset, Decisions, Report
from boxlint.cli.reading import Reading
from boxlint.formats.source import read_source
from commands import edited, refused, rows_of_csv, run
from source_files import Sources, make_sources

FORMATS = {"coco": "results", "yolo": "labels", "voc": "scored_voc"}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return make_sources(tmp_path_factory.mktemp("sources"))


def read(source: Path, predictions: Path | None = None) -> Dataset:
    return read_source(source, predictions, Reading().options()).dataset


def report_of(at: Sources, name: str) -> Report:
    return boxlint.check(read(getattr(at, name), getattr(at, FORMATS[name])), min_suspicion=0)


def decided(report: Report) -> Decisions:
    """Of each kind one row accepted and one rejected, and a class and a box corrected."""
    verdicts: dict[str, Any] = {}
    for kind in report.kinds:
        for issue, side in zip(report.top(2, kind), ("accept", "reject"), strict=False):
            verdicts[issue.issue_id] = side
    swap, badloc = report.issues.where(kind="swap")[2], report.issues.where(kind="badloc")[2]
    verdicts[swap.issue_id] = {"decision": "accept", "label": "cross"}
    verdicts[badloc.issue_id] = {"decision": "accept", "box": [100, 100, 150.5, 160.25]}
    return report.decide(verdicts, reviewer="anna")


def boxes_of(dataset: Dataset) -> list[Any]:
    """Image, class and corners of each annotation, to a hundredth of a pixel, in the order of images and boxes."""
    names = np.repeat(np.array(dataset.image_names), np.diff(dataset.annotations.offsets)).tolist()
    labels = [(dataset.class_names or ())[class_id] for class_id in dataset.annotations.class_id.tolist()]
    return sorted(zip(names, labels, np.round(dataset.annotations.xyxy, 2).tolist(), strict=True))


class TestApply:
    @pytest.mark.parametrize("name", FORMATS)
    def test_what_was_decided_is_written_in_the_format_that_was_read(
        self, at: Sources, tmp_path: Path, name: str
    ) -> None:
        report = report_of(at, name)
        decisions = decided(report)
        decisions.write(tmp_path / "decisions.json")
        out = tmp_path / ("fixed.json" if name == "coco" else "fixed")
        source = getattr(at, name)
        said = run("apply", source, "--decisions", tmp_path / "decisions.json", "--corrected", out).stdout
        count = counted_accepts(decisions)
        assert said.splitlines()[-1] == (
            f"wrote {out} with {count} corrections, from {len(decisions)} decisions on {len(decisions)} issues; "
            "0 disagreements"
        )
        again = read_back(at, name, out)
        assert boxes_of(again) == boxes_of(report.apply(decisions)) != boxes_of(read(source))

    @pytest.mark.parametrize("name", FORMATS)
    def test_nothing_accepted_changes_nothing(self, at: Sources, tmp_path: Path, name: str) -> None:
        report = report_of(at, name)
        report.decide(dict.fromkeys(report["issue_id"][:9], "reject")).write(tmp_path / "decisions.json")
        out = tmp_path / "out"
        source = getattr(at, name)
        run("apply", source, "--decisions", tmp_path / "decisions.json", "--corrected", out)
        if name == "coco":
            assert json.loads(out.read_text()) == json.loads(source.read_text())
        else:
            folder = source / "labels" / "val" if name == "yolo" else source
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            assert {path.name: path.read_bytes() for path in out.iterdir()} == files

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("coco", ["--empty-not-run", "--images-by-stem", "--classes-from", "1", "--names", "data.yaml"]),
            ("yolo", ["--confidence-second"]),
        ],
    )
    def test_options_of_the_check_that_are_about_predictions_are_passed_over(
        self, at: Sources, tmp_path: Path, name: str, options: list[str]
    ) -> None:
        decided(report_of(at, name)).write(tmp_path / "decisions.json")
        given = ("apply", getattr(at, name), "--decisions", tmp_path / "decisions.json", "--corrected")
        assert run(*given, tmp_path / "fixed", *options).stdout.splitlines()[-1].startswith("wrote ")

    def test_several_reviewers_vote_and_disagreements_are_listed(self, at: Sources, tmp_path: Path) -> None:
        report = report_of(at, "coco")
        first, second, third = report.top(3, "swap")
        for reviewer, sides in {"anna": "ara", "ben": "aar", "carl": "rru"}.items():
            words = {"a": "accept", "r": "reject", "u": "unsure"}
            verdicts = zip((first, second, third), sides, strict=True)
            made = report.decide({issue.issue_id: words[side] for issue, side in verdicts}, reviewer=reviewer)
            made.write(tmp_path / f"{reviewer}.json")
        files = [tmp_path / f"{reviewer}.json" for reviewer in ("anna", "ben", "carl")]
        out = tmp_path / "fixed.json"
        said = run("apply", at.coco, "--decisions", *files, "--corrected", out).stdout.splitlines()
        assert {line.partition(": accepted by ")[2] for line in said[1:-1]} == {
            "anna, ben, rejected by carl: carried out",
            "ben, rejected by anna, carl: not carried out",
            "anna, rejected by ben: not carried out",
        }
        assert said[-1] == f"wrote {out} with 1 correction, from 9 decisions on 3 issues; 3 disagreements"
        repeated = [argument for path in files for argument in ("--decisions", path)]
        assert run("apply", at.coco, *repeated, "--corrected", out).stdout.splitlines() == said

    def test_another_data_set_is_refused_and_nothing_written(self, at: Sources, tmp_path: Path) -> None:
        decided(report_of(at, "coco")).write(tmp_path / "decisions.json")
        other = edited(str(at.coco), tmp_path, lambda content: content["annotations"].pop())
        arguments = ("--decisions", tmp_path / "decisions.json", "--corrected", tmp_path / "fixed.json")
        message = refused("apply", other, *arguments)
        assert message.startswith(
            f"{tmp_path / 'decisions.json'}: the annotations are not those that were decided on: their fingerprint is "
        )
        assert message.endswith("; are they the same files, read with the same options?")
        assert "--corrected" in refused(
            "apply", at.yolo, *arguments[:2], "--corrected", at.yolo / "labels" / "val" / "x"
        )
        assert not (tmp_path / "fixed.json").exists()

    def test_a_class_that_there_is_not_is_named_with_the_files_and_the_image(self, at: Sources, tmp_path: Path) -> None:
        report = report_of(at, "coco")
        swap = report.top(1, "swap")[0]
        zebra = report.decide({swap.issue_id: {"decision": "accept", "label": "zebra"}})
        files = tmp_path / "anna.json", tmp_path / "ben.json"
        for file in files:
            zebra.write(file)
        assert refused("apply", at.coco, "--decisions", *files, "--corrected", tmp_path / "fixed.json").startswith(
            f"{files[0]}, {files[1]}: image {swap.image_name!r}: there is no class 'zebra', expected one of disc, "
        )

    def test_what_is_read_is_not_replaced(self, at: Sources, tmp_path: Path) -> None:
        path = tmp_path / "decisions.json"
        decided(report_of(at, "coco")).write(path)
        for out in (path, at.coco):
            message = refused("apply", at.coco, "--decisions", path, "--corrected", out)
            assert message == f"--corrected {out} would replace a file that is read"

    def test_a_file_that_is_none_is_refused(self, at: Sources, tmp_path: Path) -> None:
        message = refused("apply", at.coco, "--decisions", at.coco, "--corrected", tmp_path / "fixed.json")
        assert message.startswith(f"{at.coco}: expected decisions as boxlint writes them: ")


def counted_accepts(decisions: Decisions) -> int:
    return sum(one.decision == "accept" for one in decisions)


def read_back(at: Sources, name: str, out: Path) -> Dataset:
    if name != "yolo":
        return read(out)
    given = read(at.yolo)
    sizes = dict(zip(given.image_names or (), map(tuple, np.asarray(given.image_sizes).tolist()), strict=True))
    return boxlint.read_yolo(out, names=list(given.class_names or ()), image_sizes=sizes)


class TestKnown:
    def test_decided_issues_are_left_out_of_all_that_is_said_and_written(self, at: Sources, tmp_path: Path) -> None:
        report = boxlint.check(read(at.coco, at.results))
        swaps = report.issues.where(kind="swap", min_suspicion=0.5)["issue_id"].tolist()
        made = report.decide(dict.fromkeys(swaps, "reject") | {report.top(1, "missing")[0].issue_id: "unsure"})
        made.write(tmp_path / "known.json")
        known = ("--known", tmp_path / "known.json")
        said = run("check", at.coco, at.results, *known, "-o", tmp_path / "issues.csv").stdout
        assert f"left out {len(swaps)} issues decided in {tmp_path / 'known.json'}\n" in said
        assert f"{len(swaps)} decided issues left out." in " ".join(said.split())
        assert said.splitlines()[-1].endswith(f"left out are {len(swaps)} decided issues")
        listed = {row["issue_id"] for row in rows_of_csv(tmp_path / "issues.csv")}
        assert listed == set(report["issue_id"]) - set(swaps)
        assert swaps
        changes = run("check", at.coco, at.results, *known, "--diff").stdout.splitlines()[-1]
        assert changes.startswith(f"{len(report.changes(0.5)) - len(swaps)} corrections from")

    def test_the_gate_sees_new_issues_alone(self, at: Sources, tmp_path: Path) -> None:
        report = boxlint.check(read(at.coco, at.results))
        run("check", at.coco, at.results, "--fail-over", "0", code=1)
        report.decide(dict.fromkeys(report["issue_id"], "reject")).write(tmp_path / "baseline.json")
        run("check", at.coco, at.results, "--fail-over", "0", "--known", tmp_path / "baseline.json")

        def spoil(content: Any) -> None:
            record = content["annotations"][0]
            record["category_id"] = 1 + record["category_id"] % 6

        spoilt = edited(str(at.coco), tmp_path, spoil)
        said = run("check", spoilt, at.results, "--fail-over", "0", "--known", tmp_path / "baseline.json", code=1)
        assert "1 likely error (suspicion 0.5 or more)" in said.stdout

    def test_what_two_files_decide_is_not_said_to_be_gone(self, at: Sources, tmp_path: Path) -> None:
        report = boxlint.check(read(at.coco, at.results))
        files = [tmp_path / "anna.json", tmp_path / "ben.json"]
        for file, rows, verdict in zip(files, (report.top(5), report.top(8)), ("reject", "accept"), strict=True):
            report.decide(dict.fromkeys(rows["issue_id"].tolist(), verdict)).write(file)
        said = run("check", at.coco, at.results, "--known", files[0], "--known", files[1]).stdout
        assert f"left out 5 issues decided in {files[0]}\n" in said
        assert f"left out 3 issues decided in {files[1]}; 5 others that it decides on were left out before\n" in said

    def test_issues_that_are_gone_are_counted_and_files_add_up(self, at: Sources, tmp_path: Path) -> None:
        report = boxlint.check(read(at.coco, at.results))
        missing, swap = (report.issues.where(kind=kind)[:2]["issue_id"].tolist() for kind in ("missing", "swap"))
        report.decide(dict.fromkeys(missing + swap, "accept")).write(tmp_path / "a.json")
        report.decide(dict.fromkeys(swap, "reject")).write(tmp_path / "b.json")
        arguments: list[str | Path] = [
            "--known",
            tmp_path / "a.json",
            "--known",
            tmp_path / "b.json",
            "--kinds",
            "missing",
        ]
        lines = run("check", at.coco, at.results, *arguments).stdout.splitlines()
        path = f"issues decided in {tmp_path}"
        assert f"left out 2 {path}/a.json; 2 others that it decides on are not listed any more" in lines
        assert f"left out 0 {path}/b.json; 2 others that it decides on are not listed any more" in lines

    def test_a_file_that_is_none_is_refused_before_any_work(self, at: Sources) -> None:
        message = refused("check", "no.json", "none.json", "--known", at.coco)
        assert message.startswith(f"{at.coco}: expected decisions as boxlint writes them: ")


class TestReview:
    def test_it_prints_what_was_right_and_where_to_stop(self, at: Sources, tmp_path: Path) -> None:
        report = report_of(at, "coco")
        verdicts = {issue.issue_id: "accept" if issue.suspicion >= 0.5 else "reject" for issue in report.top(40)}
        report.decide(verdicts, reviewer="anna").write(tmp_path / "anna.json")
        report.decide(dict.fromkeys(list(verdicts)[:10], "accept"), reviewer="ben").write(tmp_path / "ben.json")
        said = run("review", tmp_path / "anna.json", tmp_path / "ben.json").stdout
        assert said.startswith(
            "40 issues looked at, and the fraction that was right\nkind      suspicion  looked at  right"
        )
        assert "\nanna and ben         10      6      0.60\n" in said
        assert "\nswap: more right than wrong down to 0.5" in said

    def test_its_files_can_be_settings(self, at: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        decided(report_of(at, "coco")).write(tmp_path / "anna.json")
        decided(report_of(at, "coco")).write(tmp_path / "ben.json")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "boxlint.toml").write_text('[review]\ndecisions = ["anna.json", "ben.json"]')
        several = run("review").stdout
        (tmp_path / "boxlint.toml").write_text('[review]\ndecisions = "anna.json"')
        assert run("review").stdout == run("review", "--no-config", "anna.json").stdout == several

    def test_no_file_and_another_file_are_refused(self, at: Sources) -> None:
        assert refused("review").startswith("missing argument 'DECISIONS...'")
        assert refused("review", at.coco).startswith(f"{at.coco}: expected decisions as boxlint writes them: ")
