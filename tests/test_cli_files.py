"""The files that commands write: whole or not at all, and never over a file that they read."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from boxlint._files import atomic_write
from commands import Files, refused, run, run_with_small_disk


class TestWriting:
    """Files are written whole or not at all."""

    OUTPUTS = (("score", "-o", "out.csv"), ("check", "-o", "out.json"), ("check", "--corrected", "out.json"))

    @pytest.mark.parametrize("arguments", OUTPUTS)
    def test_a_full_disk_leaves_the_old_file_whole(
        self, files: Files, tmp_path: Path, arguments: tuple[str, str, str]
    ) -> None:
        command, option, name = arguments
        (tmp_path / name).write_text("old")
        result = run_with_small_disk(command, *files, option, tmp_path / name)
        assert (result.returncode, (tmp_path / name).read_text()) == (2, "old")
        assert re.fullmatch(r"boxlint: .*File too large.*\n", result.stderr)
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_an_interruption_leaves_the_old_file_whole(self, tmp_path: Path) -> None:
        (tmp_path / "out.csv").write_text("old")

        def interrupted() -> None:
            with atomic_write(tmp_path / "out.csv") as beside:
                beside.write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]

    def test_a_folder_in_the_way_is_refused_and_nothing_stays_behind(self, files: Files, tmp_path: Path) -> None:
        (tmp_path / "out.csv").mkdir()
        assert "out.csv" in refused("score", *files, "-o", tmp_path / "out.csv")
        assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]

    @pytest.mark.parametrize(("command", "option"), [("score", "-o"), ("check", "-o"), ("check", "--corrected")])
    @pytest.mark.parametrize("which", [0, 1], ids=["annotations", "detections"])
    def test_what_is_read_is_not_replaced(
        self, files: Files, tmp_path: Path, command: str, option: str, which: int
    ) -> None:
        copies = [shutil.copy(file, tmp_path) for file in files]
        (tmp_path / "link.json").symlink_to(copies[which])
        assert "would replace a file that is read" in refused(command, *copies, option, tmp_path / "link.json")
        assert Path(copies[which]).read_bytes() == Path(files[which]).read_bytes()

    def test_a_write_protected_file_is_not_replaced(self, files: Files, tmp_path: Path) -> None:
        output = tmp_path / "out.csv"
        output.write_text("old")
        output.chmod(0o444)
        assert refused("score", *files, "-o", output) == f"{output}: write-protected"
        assert output.read_text() == "old"

    @pytest.mark.parametrize("arguments", OUTPUTS)
    def test_a_folder_that_is_not_there_is_refused_before_any_work(
        self, files: Files, tmp_path: Path, arguments: tuple[str, str, str]
    ) -> None:
        command, option, name = arguments
        said = run(command, *files, option, tmp_path / "nowhere" / name, code=2)
        assert said.stdout == ""
        assert f"there is no folder {tmp_path / 'nowhere'}" in said.stderr

    def test_two_outputs_are_two_files(self, files: Files, tmp_path: Path) -> None:
        both = tmp_path / "both.json"
        assert "would replace a file that --output writes" in refused("check", *files, "-o", both, "--corrected", both)
        assert not both.exists()

    @pytest.mark.parametrize(
        ("options", "code"),
        [((), 0), (("--fail-over", "0"), 1), (("--format", "json"), 0), (("-o", "-"), 0), (("--format", "sarif"), 0)],
        ids=["rows", "gate", "json", "csv", "sarif"],
    )
    def test_files_are_written_and_the_gate_judges_where_the_reader_closes_the_pipe(
        self, files: Files, tmp_path: Path, options: tuple[str, ...], code: int
    ) -> None:
        fixed, page = tmp_path / "fixed.json", tmp_path / "page.html"
        written = [] if "-o" in options else [tmp_path / "rows.csv"]
        outputs = ["--corrected", fixed, "--report", page, *(part for path in written for part in ("-o", path))]
        command = [sys.executable, "-m", "boxlint", "check", *files, *map(str, outputs), *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            child.stdout.close()
            told = child.stderr.read()
        assert "Broken pipe" not in told
        assert "Traceback" not in told
        assert child.returncode == code
        assert all(path.stat().st_size > 1000 for path in (fixed, page, *written))

    @pytest.mark.parametrize("ending", ["csv", "json", "sarif", "parquet"])
    def test_endings_may_be_in_upper_case(self, files: Files, tmp_path: Path, ending: str) -> None:
        for name in (f"lower.{ending}", f"UPPER.{ending.upper()}"):
            run("check", *files, "-o", tmp_path / name)
        assert (tmp_path / f"UPPER.{ending.upper()}").read_bytes() == (tmp_path / f"lower.{ending}").read_bytes()

    @pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-", "2>&1 | true"])
    @pytest.mark.parametrize("options", ["", "--format json", "-o -"])
    def test_nobody_need_listen(self, files: Files, tmp_path: Path, closed: str, options: str) -> None:
        fixed = tmp_path / "fixed.json"
        command = f"{sys.executable} -m boxlint check {' '.join(files)} --corrected {fixed} {options} {closed}"
        said = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=True)
        assert "Traceback" not in said.stderr
        assert fixed.stat().st_size > 1000
