"""What all commands have in common: help, version, bad options, interruption, and what they import."""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

import boxlint
from boxlint import cli
from boxlint.cli.sentences import SENTENCES
from commands import heed_interrupts, installed, refused, run

# Commands that need no more than a data set.
READERS = ["check", "score", "inspect", "benchmark"]


class TestVersion:
    def test_it_is_said(self) -> None:
        assert run("--version").stdout == f"boxlint {boxlint.__version__}\n"

    def test_it_is_said_of_the_module(self) -> None:
        said = subprocess.run(
            [sys.executable, "-m", "boxlint", "--version"], capture_output=True, text=True, check=True
        )
        assert said.stdout == f"boxlint {boxlint.__version__}\n"


class TestHelp:
    def test_it_names_every_command(self) -> None:
        output = run("--help").stdout
        assert all(f"\n  {name} " in output for name in SENTENCES)

    def test_every_command_has_a_sentence_and_a_module(self) -> None:
        modules = [importlib.import_module(f"boxlint.cli.{found.name}") for found in pkgutil.iter_modules(cli.__path__)]
        commands = {module.__name__.split(".")[-1] for module in modules if hasattr(module, "command")}
        assert commands == set(SENTENCES)

    def test_without_arguments_it_is_help(self) -> None:
        assert run(code=2).stderr == run("--help").stdout

    @pytest.mark.parametrize("command", SENTENCES)
    def test_it_says_what_the_command_does_in_80_columns(self, command: str) -> None:
        output = run(command, "--help", width=80).stdout
        assert SENTENCES[command] in " ".join(output.split())
        assert max(map(len, output.splitlines())) <= 80

    @pytest.mark.parametrize("command", SENTENCES)
    def test_h_is_short_for_help(self, command: str) -> None:
        assert run(command, "-h").stdout == run(command, "--help").stdout

    @pytest.mark.parametrize("command", SENTENCES)
    def test_every_parameter_is_explained(self, command: str) -> None:
        found = cli.app.get_command(click.Context(cli.app), command)
        assert found is not None
        output = run(command, "--help").stdout
        for parameter in found.params:
            name = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
            assert f"  {name}" in output or f"[{name}]" in output
            assert getattr(parameter, "help", None) or getattr(parameter, "about", None)

    def test_apply_offers_no_parquet_which_it_does_not_write(self) -> None:
        arguments = run("apply", "--help").stdout.partition("Options:")[0]
        assert "COCO" in arguments
        assert "Parquet" not in arguments

    @pytest.mark.parametrize("command", READERS)
    def test_examples_stand_line_by_line(self, command: str) -> None:
        assert f"\n    boxlint {command} annotations.json detections.json\n" in run(command, "--help", width=40).stdout

    @pytest.mark.parametrize("command", [*READERS, "export"])
    def test_examples_have_all_that_the_command_needs(self, command: str) -> None:
        found = cli.app.get_command(click.Context(cli.app), command)
        assert found is not None
        lines = (found.epilog or "").replace("\\\n", " ").splitlines()
        examples = [line.split() for line in lines if line.startswith("    boxlint")]
        assert {name for _, name, *_ in examples} <= {command}
        for _, _, *arguments in examples:
            found.make_context(command, [*arguments, "--no-config"])


class TestBadOptions:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["chek"], "no such command 'chek' (did you mean 'check'?), see "),
            (["frobnicate"], "no such command 'frobnicate', see "),
            (["--", "--foo"], "no such option '--foo'"),
            (["check"], "missing argument 'SOURCE'"),
            (["check", "a.json"], "missing argument 'PREDICTIONS...'"),
            (["check", "a", "b", "--corected", "c"], "--corrected"),
            (["check", "a", "b", "--fail-over", "x"], "'x' is not a valid fraction"),
            (["check", "a", "b", "--top", "many"], "invalid value for '--top': 'many' is not a valid number"),
            (
                ["check", "a", "b", "--min-suspicion", "2"],
                "'--min-suspicion': 2.0 is not in the range",
            ),
            (["check", "a", "b", "--class-order", "x"], "'x' is not one of 'ids', 'file'"),
            (["explain"], "missing argument 'KIND'"),
        ],
    )
    def test_they_are_refused_in_a_sentence(self, arguments: list[str], message: str) -> None:
        said = refused(*arguments)
        assert message in said
        assert said.endswith(" --help")

    def test_a_detector_is_given_once(self) -> None:
        assert refused("check", "a.json", "b.json", "c.json", "b.json") == "b.json is given twice"


class TestInterruption:
    def test_ctrl_c_ends_the_command_without_a_word(self, tmp_path: Path) -> None:
        drawing = subprocess.Popen(
            [sys.executable, "-m", "boxlint", "demo", tmp_path / "demo", "--images", "5000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=heed_interrupts,
        )
        while not list(tmp_path.glob("demo/images/*.png")) and drawing.poll() is None:
            time.sleep(0.01)
        drawing.send_signal(signal.SIGINT)
        assert drawing.communicate() == (b"", b"")
        assert drawing.returncode == 130


class TestCompletion:
    def completed(self, tmp_path: Path, *words: str) -> list[str]:
        script = (
            'eval "$(boxlint completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
            '_boxlint_completion boxlint; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        path = f"{installed(tmp_path / 'bin')}:{os.environ['PATH']}"
        said = subprocess.run(
            ["bash", "-c", script, "bash", "boxlint", *words],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PATH": path},
        )
        return said.stdout.split()

    def test_commands_are_completed(self, tmp_path: Path) -> None:
        assert self.completed(tmp_path, "ins") == ["inspect"]

    def test_options_are_completed(self, tmp_path: Path) -> None:
        assert self.completed(tmp_path, "check", "--corr") == ["--corrected", "--corrected-from"]

    def test_values_are_completed(self, tmp_path: Path) -> None:
        assert self.completed(tmp_path, "check", "--format", "s") == ["sarif"]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_every_shell_has_a_script(self, shell: str) -> None:
        assert "_BOXLINT_COMPLETE" in run("completion", shell).stdout


class TestImports:
    @pytest.mark.parametrize("option", ["--version", "--help"])
    def test_what_is_not_needed_is_not_imported(self, option: str) -> None:
        script = f"""
import sys
from boxlint.__main__ import main
sys.argv = ["boxlint", "{option}"]
try:
    main()
finally:
    print(*sys.modules, sep="\\n")
"""
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        imported = {name.strip() for name in said.splitlines()}
        assert {"click", "boxlint.cli"} <= imported
        assert imported.isdisjoint({"yaml", "PIL", "boxlint.dataset", "boxlint.cli.reading"})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["--version"], ["completion", "bash"]])
def test_help_that_cannot_be_written_is_a_sentence(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            [sys.executable, "-m", "boxlint", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (said.returncode, said.stderr) == (2, "boxlint: No space left on device\n")


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("check", "--help")], ids=" ".join)
def test_help_that_nobody_reads_is_no_fault(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "boxlint", *arguments]
    said = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (said.returncode, said.stderr) == (0, "")
