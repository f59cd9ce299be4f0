"""Choosing rows to review and learning from the answers, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import boxlint
from boxlint import Decisions, Report
from commands import Files, refused, rows_of_csv, run, table_lines


@pytest.fixture(scope="module")
def report(files: Files) -> Report:
    return boxlint.check(boxlint.read_coco(files.annotations, files.detections))


@pytest.fixture(scope="module")
def decided(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers about a sample: what is likelier an error than not is one."""
    sample = report.sample(15, seed=2)
    path = tmp_path_factory.mktemp("decided") / "anna.json"
    sides = {issue.issue_id: "accept" if issue.suspicion > 0.3 else "reject" for issue in sample}
    sample.decide(sides, reviewer="anna").write(path)
    return path


class TestSample:
    def test_the_rows_to_review_are_listed_alone(self, files: Files, report: Report, tmp_path: Path) -> None:
        out = tmp_path / "sample.csv"
        said = run("check", *files, "--sample", "15", "--seed", "2", "-o", out).stdout
        sample = report.sample(15, seed=2)
        assert [row["issue_id"] for row in rows_of_csv(out)] == sample["issue_id"].tolist()
        assert f"{len(sample)} rows to review of {len(report):,}, chosen with seed 2: missing 15, " in " ".join(
            said.split()
        )
        assert "likely errors" not in said

    def test_the_page_shows_the_rows_to_review(self, files: Files, report: Report, tmp_path: Path) -> None:
        out = tmp_path / "page.html"
        said = run("check", *files, "--sample", "15", "--report", out).stdout
        assert f"wrote {out}: {len(report.sample(15))} issues to look at in a browser" in said

    def test_what_is_known_is_not_chosen(self, files: Files, decided: Path, tmp_path: Path) -> None:
        out = tmp_path / "sample.json"
        run("check", *files, "--sample", "15", "--seed", "2", "--known", decided, "-o", out)
        ids = {row["issue_id"] for row in json.loads(out.read_text())}
        assert not ids & set(Decisions.read(decided).verdicts)

    @pytest.mark.parametrize("option", ["--corrected=fixed.json", "--diff", "--fail-over=0.1"])
    def test_what_acts_on_the_whole_list_is_refused(self, files: Files, option: str) -> None:
        name = option.split("=")[0]
        assert refused("check", *files, "--sample", "15", option) == (
            f"--sample lists only rows to review, and {name} would act on these alone"
        )


class TestDecisions:
    def test_the_list_has_probabilities(self, files: Files, report: Report, decided: Path, tmp_path: Path) -> None:
        out = tmp_path / "rows.json"
        said = run("check", *files, "--decisions", decided, "-o", out).stdout
        after = report.learn(Decisions.read(decided))
        assert [row["suspicion"] for row in json.loads(out.read_text())] == pytest.approx(after["suspicion"].tolist())
        assert after.learned is not None
        assert f"learned from {after.learned.answers} answers in {decided}" in said
        assert str(after.summary()) in said

    def test_the_decided_rows_can_be_left_out_as_well(self, files: Files, report: Report, decided: Path) -> None:
        said = run("check", *files, "--decisions", decided, "--known", decided).stdout
        decisions = Decisions.read(decided)
        assert str(report.learn(decisions).without(decisions).summary()) in said

    def test_several_reviewers_vote(self, files: Files, report: Report, decided: Path, tmp_path: Path) -> None:
        other = tmp_path / "ben.json"
        sample = report.sample(15, seed=2)
        sample.decide(dict.fromkeys(sample["issue_id"], "reject"), reviewer="ben").write(other)
        said = run("check", *files, "--decisions", decided, "--decisions", other).stdout
        together = report.learn(Decisions.read(decided, other))
        assert together.learned is not None
        assert together.learned.undecided > 0
        assert str(together.summary()) in said

    def test_the_gate_counts_probabilities(self, files: Files, report: Report, tmp_path: Path) -> None:
        path = tmp_path / "no.json"
        sample = report.sample(50)
        sample.decide(dict.fromkeys(sample["issue_id"], "reject")).write(path)
        run("check", *files, "--fail-over", "0", code=1)
        run("check", *files, "--fail-over", "0", "--decisions", path)

    def test_machines_read_the_estimates(self, files: Files, report: Report, decided: Path) -> None:
        after = report.learn(Decisions.read(decided)).learned
        assert after is not None
        found = json.loads(run("check", *files, "--decisions", decided, "--format", "json").stdout)["learned"]
        swap = after.estimates["swap"]
        assert found["estimates"]["swap"] == {
            "answers": swap.answers,
            "right": swap.right,
            "errors": pytest.approx(swap.errors, abs=0.1),
            "interval": pytest.approx([swap.low, swap.high], abs=0.1),
            "fraction": pytest.approx(swap.fraction, abs=1e-5),
        }
        assert (found["undecided"], found["not_listed"]) == (0, 0)
        assert "learned" not in json.loads(run("check", *files, "--format", "json").stdout)

    def test_a_file_that_holds_no_decisions_is_refused_before_any_work(self, files: Files, tmp_path: Path) -> None:
        path = tmp_path / "wrong.json"
        path.write_text("{}")
        expected = f'{path}: expected decisions as boxlint writes them: no "format": "boxlint decisions"'
        expected += "; boxlint import makes them of what a labelling tool exports"
        assert refused("check", "nothing.json", files.detections, "--decisions", path) == expected


class TestReliability:
    @pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
    def test_it_is_drawn_from_answers(self, files: Files, decided: Path, tmp_path: Path, ending: str) -> None:
        out = tmp_path / f"reliability.{ending}"
        said = run("check", *files, "--decisions", decided, "--reliability", out).stdout
        assert f"drew {out}" in said
        starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
        assert out.read_bytes().startswith(starts[ending])
        if ending == "svg":
            # A line of points for each kind with answers, and their names.
            texts = {part.split(" -->")[0].strip() for part in out.read_text().split("<!-- ")}
            assert {"missing", "swap", "badloc", "spurious"} <= texts

    def test_review_draws_it_by_the_suspicions_of_the_decisions(self, decided: Path, tmp_path: Path) -> None:
        out = tmp_path / "reliability.png"
        assert f"drew {out}" in run("review", decided, "--plot", out).stdout
        assert out.stat().st_size > 1000

    def test_without_answers_there_is_nothing_to_draw(self, files: Files, report: Report, tmp_path: Path) -> None:
        assert refused("check", *files, "--reliability", tmp_path / "a.png") == (
            "--reliability draws what was learned: give --decisions as well"
        )
        path = tmp_path / "unsure.json"
        report.decide(dict.fromkeys(report["issue_id"][:3], "unsure")).write(path)
        expected = "no issue is accepted or rejected, expected some to draw how often they are right"
        assert refused("review", path, "--plot", tmp_path / "a.png") == expected

    def test_another_ending_is_refused(self, files: Files, decided: Path, tmp_path: Path) -> None:
        out = tmp_path / "a.gif"
        assert refused("check", *files, "--decisions", decided, "--reliability", out) == (
            f"{out}: expected a path that ends in .png, .svg or .pdf"
        )

    def test_it_does_not_replace_what_is_read(self, files: Files, decided: Path, tmp_path: Path) -> None:
        path = tmp_path / "decisions.png"
        path.write_bytes(decided.read_bytes())
        assert refused("check", *files, "--decisions", path, "--reliability", path) == (
            f"--reliability {path} would replace a file that is read"
        )


class TestBenchmark:
    def test_it_measures_what_answers_teach_at_each_rate(self, files: Files) -> None:
        said = run("benchmark", *files, "--seeds", "2", "--rates", "0.05, 0.2", "--reviewed", "20").stdout
        title = "mean gap between suspicion and the rate of errors, rows from 0.1 on, and after 20 answers a kind\n"
        rows = [line.split() for line in table_lines(said, title)]
        kinds = ["image", "missing", "swap", "badloc", "spurious"]
        assert [row[:2] for row in rows] == [[rate, kind] for rate in ("0.05", "0.2") for kind in kinds]
        for row in rows:
            assert all(cell == "-" or 0 <= float(cell) <= 1 for cell in row[2:4])
            if row[1] != "image":
                assert int(row[4]) > 0
                assert 0 <= int(row[6]) <= 2
                assert row[7:] == ["of", "2"]

    def test_rates_alone_measure_the_score(self, files: Files) -> None:
        said = run("benchmark", *files, "--seeds", "1", "--rates", "0.1").stdout
        rows = table_lines(said, "mean gap between suspicion and the rate of errors, rows from 0.1 on\n")
        assert [len(row.split()) for row in rows] == [3] * 5

    @pytest.mark.parametrize("rates", ["0.1,much", "2", ""])
    def test_what_is_no_rate_is_refused(self, files: Files, rates: str) -> None:
        expected = f"--rates is {rates}, expected numbers from 0 to 1 with commas between them"
        assert refused("benchmark", *files, "--rates", rates) == expected

    def test_one_picture_shows_one_rate(self, files: Files, tmp_path: Path) -> None:
        said = refused("benchmark", *files, "--rates", "0.1,0.2", "--plot", tmp_path / "a.png")
        assert said == "--rates and --plot: expected one of the two"
