"""The hook for pre-commit and the action for GitHub, run as these programs would, with the package under test."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from boxlint.cli.sentences import SENTENCES
from commands import Files, installed
from schemas import refuse_unless_valid

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
HOOK: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())


@pytest.fixture
def repository(files: Files, tmp_path: Path) -> Path:
    """A folder with a data set and a boxlint that is the package under test, where the action installs one."""
    for source in files:
        (tmp_path / Path(source).name).write_bytes(Path(source).read_bytes())
    installed(tmp_path / "runner" / "boxlint" / "bin")
    return tmp_path


def run_in(repository: Path, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{repository / 'runner' / 'boxlint' / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "RUNNER_TEMP": str(repository / "runner"), **variables}
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)


class TestHook:
    def run(self, repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_in(repository, [*shlex.split(HOOK["entry"]), *arguments])

    def test_its_entry_is_a_command(self) -> None:
        program, command = shlex.split(HOOK["entry"])
        assert program == "boxlint"
        assert command in SENTENCES
        assert (HOOK["id"], HOOK["language"], HOOK["pass_filenames"]) == ("boxlint-check", "python", False)

    def test_it_needs_what_the_extra_for_the_command_needs(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert HOOK["additional_dependencies"] == project["optional-dependencies"]["cli"]

    def test_it_fails_as_its_arguments_say(self, repository: Path) -> None:
        given = ("annotations.json", "detections.json")
        assert self.run(repository, *given, "--fail-over", "0").returncode == 1
        assert self.run(repository, *given, "--fail-over", "0.5").returncode == 0
        assert self.run(repository, *given, "--fail-over", "0.5,missing=0").returncode == 1

    def test_settings_can_say_it_all(self, repository: Path) -> None:
        (repository / "pyproject.toml").write_text(
            "[tool.boxlint.check]\nsource = 'annotations.json'\npredictions = 'detections.json'\nfail-over = 0\n"
        )
        said = self.run(repository)
        assert said.returncode == 1
        assert "of the annotations are listed" in said.stderr


class TestAction:
    def check(self, repository: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
        """The last step, with its variables filled from the inputs as the runner does."""
        step = ACTION["runs"]["steps"][-1]
        given = {name: str(settings.get("default", "")) for name, settings in ACTION["inputs"].items()}
        given |= {"source": "annotations.json", "predictions": "detections.json"}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        variables = {
            variable: given[expression.removeprefix("${{ inputs.").removesuffix(" }}")]
            for variable, expression in step["env"].items()
        }
        # What `shell: bash` stands for.
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return run_in(repository, shell, **variables)

    def test_it_fits_the_schema(self) -> None:
        refuse_unless_valid(ACTION, "github-action")

    def test_it_annotates_and_fails(self, repository: Path) -> None:
        said = self.check(repository)
        assert said.returncode == 1
        assert said.stdout.startswith("::warning file=annotations.json,line=1,title=")
        said = self.check(repository, fail_over="1,missing=0")
        assert (said.returncode, "rows of kind missing at suspicion 0.5 or more" in said.stderr) == (1, True)

    def test_without_a_limit_it_shows_only(self, repository: Path) -> None:
        said = self.check(repository, fail_over="")
        assert (said.returncode, said.stdout[:9]) == (0, "::warning")

    def test_more_options_are_passed_on(self, repository: Path) -> None:
        said = self.check(repository, fail_over="1", options="--top 2\n-o boxlint.sarif")
        assert said.returncode == 0, said.stderr
        assert said.stdout.count("::warning") == 2
        assert (repository / "boxlint.sarif").is_file()

    def test_inputs_run_nothing(self, repository: Path) -> None:
        hostile = "$(touch ran); touch ran; `touch ran`"
        for name in ("source", "fail_over", "options"):
            assert self.check(repository, **{name: hostile}).returncode == 2
        assert not (repository / "ran").exists()
        assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"])


class TestWheels:
    """The workflow that builds, tries and publishes wheels."""

    WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "wheels.yml").read_text())

    def names(self, job: str) -> set[str]:
        matrix = self.WORKFLOW["jobs"][job]["strategy"]["matrix"]
        return {one["name"] for one in matrix["include"] if "name" in one}

    def test_it_fits_the_schema(self) -> None:
        # YAML 1.1 takes the key `on` for true.
        workflow: dict[Any, Any] = dict(self.WORKFLOW)
        refuse_unless_valid({"on": workflow.pop(True), **workflow}, "github-workflow")

    def test_every_wheel_is_tried_before_anything_is_published(self) -> None:
        jobs = self.WORKFLOW["jobs"]
        assert self.names("build") == self.names("try") | self.names("try-musllinux")
        assert self.names("try") == set(jobs["try"]["strategy"]["matrix"]["name"])
        assert set(jobs["publish"]["needs"]) == {name for name in jobs if name.startswith("try")}

    def test_the_oldest_python_is_that_of_the_package_and_its_oldest_numpy_too(self) -> None:
        matrix = self.WORKFLOW["jobs"]["try"]["strategy"]["matrix"]
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert project["requires-python"] == f">={matrix['python'][0]}"
        oldest = next(one["oldest"] for one in matrix["include"] if one.get("python") == matrix["python"][0])
        assert project["dependencies"] == [oldest.replace("==", ">=").removesuffix(".*")]

    def test_it_can_publish_and_nothing_more(self) -> None:
        jobs = self.WORKFLOW["jobs"]
        assert self.WORKFLOW["permissions"] == {"contents": "read"}
        assert jobs["publish"]["permissions"] == {"id-token": "write"}
        assert not any("permissions" in job for name, job in jobs.items() if name != "publish")


class TestGuide:
    """The examples of docs/ci.md."""

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)

    def test_its_settings_are_known(self, repository: Path) -> None:
        (settings,) = self.blocks("toml")
        (repository / "pyproject.toml").write_text(settings)
        said = run_in(repository, ["boxlint", "check"])
        assert said.returncode == 1
        assert said.stdout.startswith(
            "settings of pyproject.toml: min-suspicion, source, predictions, kinds, fail-over\n"
        )

    def test_its_workflow_has_inputs_of_the_action(self) -> None:
        workflow, _, hook = map(yaml.safe_load, self.blocks("yaml"))
        refuse_unless_valid({"on": "push", **workflow}, "github-workflow")
        assert set(workflow["jobs"]["labels"]["steps"][1]["with"]) == set(ACTION["inputs"])
        assert hook["repos"][0]["hooks"][0]["id"] == HOOK["id"]

    def test_it_names_every_key_of_the_json(self, repository: Path) -> None:
        said = run_in(repository, ["boxlint", "check", "annotations.json", "detections.json", "--format", "json"])
        page = (ROOT / "docs" / "ci.md").read_text()
        table = page.partition("The object of `json`:")[2].partition("\n```")[0]
        keys = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))
        *others, last = json.loads(said.stdout)
        # `learned` is there after answers alone.
        assert keys == [*others, "learned", last]
