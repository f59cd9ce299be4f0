"""Settings of the command in `boxlint.toml` and `pyproject.toml`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import Files, refused, run
from source_files import NAMES, make_sources


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def shown(output: str) -> int:
    """How many rows the table has."""
    found = re.search(r"the (\d+) (most suspicious|worst images)", output)
    return 0 if found is None else int(found[1])


class TestPlaces:
    def test_a_table_of_pyproject_is_read(self, files: Files, project: Path) -> None:
        (project / "pyproject.toml").write_text("[tool.boxlint]\ntop = 3\n")
        output = run("check", *files).stdout
        assert shown(output) == 3
        assert output.startswith("settings of pyproject.toml: top\n")

    def test_boxlint_toml_is_read_instead_of_pyproject_beside_it(self, files: Files, project: Path) -> None:
        (project / "pyproject.toml").write_text("[tool.boxlint]\ntop = 3\nkinds = 'swap'\n")
        (project / "boxlint.toml").write_text("top = 4\n")
        assert run("check", *files).stdout.startswith("settings of boxlint.toml: top\n")

    def test_the_nearest_folder_upwards_counts(
        self, files: Files, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (project / "boxlint.toml").write_text("top = 4\n")
        (project / "a" / "b").mkdir(parents=True)
        monkeypatch.chdir(project / "a" / "b")
        # A pyproject.toml of another tool is passed over.
        (project / "a" / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
        output = run("check", *files).stdout
        assert output.startswith(f"settings of {project / 'boxlint.toml'}: top\n")
        assert shown(output) == 4
        (project / "a" / "pyproject.toml").write_text("[tool.boxlint]\ntop = 5\n")
        assert shown(run("check", *files).stdout) == 5

    def test_a_file_can_be_given_or_none(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text("top = 4\n")
        (project / "other.toml").write_text("top = 6\n")
        assert shown(run("check", *files, "--config", "other.toml").stdout) == 6
        assert shown(run("check", *files, "--no-config").stdout) == 20

    def test_without_a_file_nothing_is_said(self, files: Files) -> None:
        assert run("check", *files).stdout.startswith("read as COCO")


class TestValues:
    def test_the_command_line_counts_more(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text("top = 3\n")
        assert shown(run("check", *files, "--top", "5").stdout) == 5

    def test_the_table_of_a_command_counts_more_than_the_top(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text("top = 3\n[check]\ntop = 4\n")
        assert shown(run("check", *files).stdout) == 4
        assert shown(run("score", *files).stdout) == 3

    def test_keys_at_the_top_are_for_the_commands_that_have_them(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text("seeds = 1\nimages-by-stem = false\n")
        assert run("check", *files).stdout.startswith("settings of boxlint.toml: images-by-stem\n")
        assert run("explain", "swap").stdout.startswith("# swap")

    def test_bounds_are_a_number_a_text_or_a_list_of_texts(self, files: Files, project: Path) -> None:
        for bounds in ("0", "'0'", "['0', 'missing=1']"):
            (project / "boxlint.toml").write_text(f"[check]\nfail-over = {bounds}\n")
            assert "of the annotations are listed" in run("check", *files, code=1).stderr

    def test_settings_about_predictions_wait_for_them(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text("empty-not-run = true\nclasses-from = 0\n")
        assert "120 images" in run("inspect", files.annotations).stdout
        said = refused("inspect", files.annotations, "--empty-not-run")
        assert said.endswith("--empty-not-run is about predictions, which are not given")

    def test_settings_that_need_another_option_wait_for_it(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text(
            "[check]\nseed = 3\nraw-csv = true\nmax-mb = 5\ndespite-errors = true\nclass-order = 'file'\n"
        )
        assert "120 images" in run("check", *files).stdout
        assert refused("check", *files, "--seed", "3") == "--seed needs --sample"

    def test_rates_of_settings_give_way_to_the_line(self, files: Files, project: Path) -> None:
        (project / "boxlint.toml").write_text("[benchmark]\nrates = '0.1,0.2'\nseeds = 1\n")
        assert run("benchmark", *files).stdout.count("planted Truth") == 2
        assert run("benchmark", *files, "--rate", "0.1").stdout.count("planted Truth") == 1
        assert refused("benchmark", *files, "--natural").endswith("is flagged difficult, expected some to withhold")
        assert refused("benchmark", *files, "--rate", "1", "--rates", "1").startswith("--rate needs one rate alone")

    def test_sizes_of_settings_count_beside_images_that_a_report_shows(self, tmp_path: Path, project: Path) -> None:
        at = make_sources(tmp_path)
        given = (at.yolo / "labels" / "val", at.labels / "labels", "--names", NAMES)
        names = sorted(path.name for path in (at.yolo / "images" / "val").iterdir())
        (project / "sizes.csv").write_text("\n".join(["name,width,height", *(f"{name},640,480" for name in names)]))
        (project / "images").mkdir()
        (project / "boxlint.toml").write_text("images = 'images'\nsizes = 'sizes.csv'\n")
        assert "60 images" in run("check", *given).stdout
        assert refused("check", *given, "--images", "images") == "--images and --sizes: expected one of the two"

    def test_flags_texts_lists_and_numbers(self, files: Files, project: Path) -> None:
        (project / "pyproject.toml").write_text(
            "[tool.boxlint.check]\nkinds = ['swap', 'missing']\nmin-suspicion = 0.5\ndiff = true\nquiet = true\n"
        )
        lines = run("check", *files).stdout.splitlines()
        assert lines
        assert all(" -> " in line for line in lines)

    def test_the_data_set_can_be_named_once_and_for_all(self, files: Files, project: Path) -> None:
        folder = Path(files.annotations).parent
        (folder / "boxlint.toml").write_text("[check]\nsource = 'annotations.json'\npredictions = 'detections.json'\n")
        output = run("check", "--config", folder / "boxlint.toml").stdout
        assert "read 120 images" in output

    def test_paths_are_relative_to_the_file(self, files: Files, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (project / "boxlint.toml").write_text("[check]\noutput = 'rows.csv'\n")
        (project / "below").mkdir()
        monkeypatch.chdir(project / "below")
        run("check", *files)
        assert (project / "rows.csv").is_file()

    def test_a_file_of_names_is_relative_to_the_file(
        self, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        at = make_sources(tmp_path)
        (project / "classes.txt").write_text(NAMES.replace(",", "\n"))
        (project / "below").mkdir()
        monkeypatch.chdir(project / "below")
        longer_than_a_path = f"{NAMES},{','.join(map(str, range(1000)))}"
        for names in ("classes.txt", NAMES, longer_than_a_path):
            (project / "boxlint.toml").write_text(f"names = '{names}'\n")
            assert (
                "6 classes"
                in run("check", at.yolo / "labels" / "val", at.labels, "--images", at.yolo / "images").stdout
            )

    def test_help_needs_no_settings(self, project: Path) -> None:
        (project / "boxlint.toml").write_text("nonsense")
        assert run("check", "--help").stdout.startswith("Usage")


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("min-suspicon = 1", "boxlint.toml: no command has an option 'min-suspicon': did you mean "
             "'min-suspicion'?"),
            ("min_suspicion = 1", "boxlint.toml: no command has an option 'min_suspicion': did you mean "
             "'min-suspicion'?"),
            ("[chek]\ntop = 1", "boxlint.toml: [chek] is the name of no command: did you mean 'check'?"),
            ("[tool.boxlint.check]\ntop = 1",
             "boxlint.toml: [tool.boxlint] is for pyproject.toml: leave these words out, as in [check]"),
            ("skip_unknown = true", "boxlint.toml: no command has an option 'skip_unknown': did you mean "
             "'skip-unknown'?"),
            ("[check]\nseeds = 1", "boxlint.toml: [check] has 'seeds', which is no option of that command"),
            ("[check]\ntopp = 1", "boxlint.toml: [check] has 'topp', which is no option of that command: did you mean "
             "'top'?"),
            ("config = 'a.toml'", "boxlint.toml: no command has an option 'config'"),
            ("top = 2.5", "boxlint.toml: top is 2.5, expected a whole number"),
            ("top = true", "boxlint.toml: top is True, expected a whole number"),
            ("max-mb = '0.1'", "boxlint.toml: max-mb is '0.1', expected a number"),
            ("fail-over = true", "boxlint.toml: fail-over is True, expected a number or a text"),
            ("diff = 'yes'", "boxlint.toml: diff is 'yes', expected true or false"),
            ("kinds = 3", "boxlint.toml: kinds is 3, expected a text"),
            ("kinds = 'typo'", "kinds: unknown kind 'typo'"),
            ("top = -1", "boxlint.toml: top: -1 is not in the range x>=0"),
            ("fail-over = nan", "boxlint.toml: fail-over: 'nan' is not a valid fraction"),
            ("min-suspicion = nan", "boxlint.toml: min-suspicion: nan is not a valid fraction"),
            ("top = \xe9", "boxlint.toml: is not UTF-8 text; save it as UTF-8"),
            ("class-order = 'x'", "boxlint.toml: class-order: 'x' is not one of 'ids', 'file'"),
            ("top = ", "boxlint.toml: "),
        ],
    )  # fmt: skip
    def test_the_file_and_the_key_are_named(self, files: Files, project: Path, content: str, message: str) -> None:
        (project / "boxlint.toml").write_text(content, encoding="latin-1")
        assert refused("check", *files).startswith(message)

    def test_a_given_file_must_be_there(self, files: Files) -> None:
        assert refused("check", *files, "--config", "a.toml") == "a.toml: No such file or directory"

    def test_the_table_of_pyproject_must_be_one(self, files: Files, project: Path) -> None:
        (project / "pyproject.toml").write_text("tool.boxlint = 3")
        assert refused("check", *files) == "pyproject.toml: tool.boxlint is 3, expected a table"

    def test_a_given_pyproject_must_have_settings(self, files: Files, project: Path) -> None:
        (project / "pyproject.toml").write_text("")
        assert refused("check", *files, "--config", "pyproject.toml") == "pyproject.toml has no [tool.boxlint]"
