"""Where outputs go: what is no file is written into, links, modes and owners stay, and the disk has all at the end."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import boxlint
from boxlint import collect, write_coco, write_voc
from boxlint._files import atomic_write
from boxlint._replacement import expect_writable
from boxlint.formats.folders import files_below, output_files
from boxlint.formats.recognise import visible_files
from boxlint.synthetic import make_scenes
from commands import Files, refused, run

SCENES = make_scenes(30).dataset
REPORT = boxlint.check(SCENES)
DECISIONS = REPORT.decide({issue.issue_id: "accept" for issue in REPORT.top(3)})

# Everything that writes one file, by the ending of the file.
WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "csv": (".csv", REPORT.to_csv),
    "json": (".json", REPORT.to_json),
    "parquet": (".parquet", REPORT.to_parquet),
    "page": (".html", lambda path: REPORT.to_html(path, top=2)),
    "coco": (".json", lambda path: write_coco(SCENES, path)),
    "decisions": (".json", DECISIONS.write),
    "statistics": (".json", lambda path: collect(SCENES).save(path)),
    "figure": (".svg", lambda path: DECISIONS.summary().plot(path)),
}
every_writer = pytest.mark.parametrize(("ending", "write"), WRITERS.values(), ids=WRITERS)


def contents(folder: Path) -> dict[str, bytes]:
    """The files in a folder, also hidden ones."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@contextmanager
def small_disk() -> Iterator[None]:
    """Within, no file can have more than 100 bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@every_writer
class TestTargets:
    """For each output."""

    def test_a_pipe_is_written_into(self, ending: str, write: Callable[[Path], object], tmp_path: Path) -> None:
        pipe = tmp_path / f"pipe{ending}"
        os.mkfifo(pipe)
        received: list[bytes] = []
        reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
        reader.start()
        write(pipe)
        reader.join(60)
        assert received[0] != b""
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        assert list(tmp_path.iterdir()) == [pipe]

    def test_a_link_leads_to_the_file_that_is_replaced(
        self, ending: str, write: Callable[[Path], object], tmp_path: Path
    ) -> None:
        real, link, other = tmp_path / "real", tmp_path / f"link{ending}", tmp_path / "elsewhere"
        other.mkdir()
        link.symlink_to(other / "middle")
        (other / "middle").symlink_to("../real")
        write(link)  # the file is not there yet
        size = real.stat().st_size
        real.write_text("old")
        write(link)
        assert real.stat().st_size == size
        assert link.is_symlink()
        assert (other / "middle").is_symlink()
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["elsewhere", link.name, "real"])

    def test_a_name_of_250_bytes(self, ending: str, write: Callable[[Path], object], tmp_path: Path) -> None:
        path = tmp_path / ("x" * (250 - len(ending)) + ending)
        write(path)
        write(path)
        assert list(tmp_path.iterdir()) == [path]

    def test_mode_and_owner_stay(self, ending: str, write: Callable[[Path], object], tmp_path: Path) -> None:
        path = tmp_path / f"out{ending}"
        path.write_text("old")
        path.chmod(0o640)
        owner = (12345, 23456) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        os.chown(path, *owner)
        write(path)
        found = path.stat()
        assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o640, *owner)
        assert path.read_bytes() != b"old"

    def test_a_full_disk_leaves_the_old_file_and_names_the_path(
        self, ending: str, write: Callable[[Path], object], tmp_path: Path
    ) -> None:
        path = tmp_path / f"out{ending}"
        path.write_text("old")
        with pytest.raises(OSError, match="File too large") as caught, small_disk():
            write(path)
        assert caught.value.filename == str(path)
        assert contents(tmp_path) == {path.name: b"old"}


def in_a_process(script: str, *arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, check=False, **options)


class TestStreams:
    """What is no file."""

    PRINTS = """
import sys
from boxlint._files import atomic_write
print("before")
with atomic_write(sys.argv[1]) as beside:
    beside.write_text("rows\\n")
print("after")
"""

    @pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
    def test_standard_output_is_written_into_where_it_is(self, path: str, tmp_path: Path) -> None:
        if path == "link":
            path = str(tmp_path / "link")
            Path(path).symlink_to("/dev/stdout")
        assert in_a_process(self.PRINTS, path, stdout=subprocess.PIPE).stdout == b"before\nrows\nafter\n"
        log = tmp_path / "log"
        log.write_text("old\n")
        with log.open("ab") as out:
            in_a_process(self.PRINTS, path, stdout=out)
        assert log.read_text() == "old\nbefore\nrows\nafter\n"
        with log.open("wb") as out:
            in_a_process(self.PRINTS, path, stdout=out)
        assert log.read_text() == "before\nrows\nafter\n"

    def test_a_device_stays(self, tmp_path: Path) -> None:
        device = tmp_path / "null"
        try:
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")
        try:
            write_coco(SCENES, device)
        except PermissionError:
            pytest.skip("no devices in this folder")
        assert stat.S_ISCHR(device.stat().st_mode)
        assert list(tmp_path.iterdir()) == [device]

    def test_nothing_goes_into_a_pipe_if_writing_fails(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        with pytest.raises(OSError, match="File too large"), small_disk():
            REPORT.to_csv(pipe)
        assert os.read(reader, 10) == b""
        os.close(reader)

    def test_another_hard_link_keeps_the_old_content(self, tmp_path: Path) -> None:
        (tmp_path / "one").write_text("old")
        os.link(tmp_path / "one", tmp_path / "other")
        DECISIONS.write(tmp_path / "one")
        assert (tmp_path / "other").read_text() == "old"


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_new_file_has_the_mode_of_any_new_file(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        DECISIONS.write(tmp_path / "new")
        write_voc(SCENES, tmp_path / "folder")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~umask
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~umask
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "folder").iterdir()} == {0o666 & ~umask}


def test_nobody_may_read_a_new_file_before_it_has_the_mode_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o600)
    with atomic_write(path) as beside:
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600


class Synced:
    """Calls of os.fsync: of what, whether it was open for writing, and whether the new file was in its place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, in_place: Callable[[], bool]) -> None:
        self.calls: list[tuple[int, bool, bool]] = []
        fsync = os.fsync

        def noted(handle: int) -> None:
            fsync(handle)
            found = os.fstat(handle)
            writable = fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
            self.calls.append((found.st_ino, writable or stat.S_ISDIR(found.st_mode), in_place()))

        monkeypatch.setattr(os, "fsync", noted)


class TestDisk:
    """What is on the disk when a call returns: os.fsync is looked at, since nothing else shows it without a crash."""

    def test_a_file_is_synced_before_it_gets_its_name_and_its_folder_afterwards(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "out.json"
        synced = Synced(monkeypatch, path.exists)
        DECISIONS.write(path)
        assert synced.calls == [(path.stat().st_ino, True, False), (tmp_path.stat().st_ino, True, True)]

    @pytest.mark.parametrize("exists", [False, True])
    def test_so_are_all_files_of_a_folder(self, exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "out"
        if exists:
            folder.mkdir()
        last = folder / "sub" / "b.txt"
        synced = Synced(monkeypatch, last.exists)
        with output_files(folder, ["a", "sub/b"], ".txt") as files:
            for file in files:
                file.write_text("new")
        before = {inode for inode, _, in_place in synced.calls if not in_place}
        after = {inode for inode, _, in_place in synced.calls if in_place}
        assert all(writable for _, writable, _ in synced.calls)
        assert {(folder / "a.txt").stat().st_ino, last.stat().st_ino} <= before
        named = {folder, folder / "sub"} if exists else {tmp_path}
        assert {path.stat().st_ino for path in named} <= after
        assert {path.stat().st_ino for path in (folder, folder / "sub")} <= before | after


HALF_A_FILE = """
import os, signal, sys
from boxlint._files import atomic_write
with atomic_write(sys.argv[1]) as beside:
    beside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
HALF_A_FOLDER = """
import os, signal, sys
from boxlint.formats.folders import files_below, output_files
from boxlint.formats.recognise import visible_files
with output_files(sys.argv[1], ["a", "b"], ".xml") as files:
    files[0].write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestLeftovers:
    """What a killed writer left."""

    def test_of_a_file_is_removed_by_the_next_writer_of_that_file_alone(self, tmp_path: Path) -> None:
        paths = tmp_path / "out.json", tmp_path / "other.json"
        for path in paths:
            in_a_process(HALF_A_FILE, path)
        left = [path.name for path in tmp_path.iterdir()]
        assert len(left) == 2
        assert all(name.startswith(".boxlint-") and name.endswith(".tmp") for name in left)
        DECISIONS.write(paths[0])
        assert len(list(tmp_path.iterdir())) == 2
        DECISIONS.write(paths[1])
        assert sorted(path.name for path in tmp_path.iterdir()) == ["other.json", "out.json"]

    @pytest.mark.parametrize("exists", [False, True])
    def test_of_a_folder_is_not_read_and_is_removed(self, exists: bool, tmp_path: Path) -> None:
        folder = tmp_path / "voc"
        if exists:
            write_voc(SCENES, folder)
        in_a_process(HALF_A_FOLDER, folder)
        assert [path for path in tmp_path.rglob("a.xml") if path.read_text() == "half"]
        assert len(files_below(tmp_path, ".xml")) == len(visible_files(tmp_path, ".xml")) == len(SCENES) * exists
        write_voc(SCENES, folder)
        assert not list(tmp_path.rglob(".boxlint-*"))
        assert len(boxlint.read_voc(folder)) == len(SCENES)

    def test_a_writer_that_lives_keeps_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "out"
        with atomic_write(path) as first, atomic_write(path) as second:
            assert first.exists()
            first.write_text("first")
            second.write_text("second")
        assert contents(tmp_path) == {"out": b"first"}

    def test_what_looks_alike_and_is_none_stays(self, tmp_path: Path) -> None:
        in_a_process(HALF_A_FILE, tmp_path / "out")
        [left] = tmp_path.iterdir()
        left.unlink()
        os.mkfifo(left)
        left.with_name(left.name.replace(".tmp", ".json")).touch()
        DECISIONS.write(tmp_path / "out")
        assert len(list(tmp_path.iterdir())) == 3


class TestRefusals:
    """An output that cannot be written is refused before the work, with the path that was given."""

    OUTPUTS = (
        ("check", "-o", "out.csv"), ("check", "-o", "out.sarif"), ("check", "--corrected", "out.json"),
        ("check", "--report", "out.html"), ("score", "-o", "out.json"), ("benchmark", "--plot", "out.svg"),
        ("export", "-o", "queue"),
    )  # fmt: skip

    @pytest.mark.parametrize("arguments", OUTPUTS)
    def test_before_any_work(self, files: Files, arguments: tuple[str, str, str]) -> None:
        command, option, name = arguments
        path = Path("/proc") / name  # where nobody, not even root, can make a file
        more = ("--to", "cvat") if command == "export" else ()
        said = run(command, *files, option, path, *more, code=2)
        assert said.stdout == ""
        assert said.stderr == f"boxlint: {path}: No such file or directory\n"

    @pytest.mark.parametrize("arguments", OUTPUTS[:-1])
    def test_a_folder_in_the_way(self, files: Files, arguments: tuple[str, str, str], tmp_path: Path) -> None:
        command, option, name = arguments
        (tmp_path / name).mkdir()
        said = run(command, *files, option, tmp_path / name, code=2)
        assert str(tmp_path / name) in said.stderr
        assert "folder" in said.stderr or "directory" in said.stderr

    @pytest.mark.parametrize("arguments", OUTPUTS[2:4])
    def test_standard_output_is_for_lists(self, files: Files, arguments: tuple[str, str, str], tmp_path: Path) -> None:
        command, option, _ = arguments
        assert refused(command, *files, option, "-").startswith(f"{option} -: ")

    def test_asking_leaves_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "old").write_text("old")
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "folder").mkdir()
        before = sorted(tmp_path.rglob("*"))
        for name in ("old", "new", "pipe"):
            expect_writable(tmp_path / name)
        expect_writable(tmp_path / "folder", is_folder=True)
        with pytest.raises(IsADirectoryError, match="folder"):
            expect_writable(tmp_path / "folder")
        assert sorted(tmp_path.rglob("*")) == before
        assert (tmp_path / "old").read_text() == "old"

    def test_a_path_that_cannot_be(self, tmp_path: Path) -> None:
        words = "|".join(map(os.strerror, (errno.ENAMETOOLONG, errno.ENOENT, errno.ELOOP)))
        for path in (tmp_path / ("x" * 256), tmp_path / "none" / "out", tmp_path / "loop"):
            if path.name == "loop":
                path.symlink_to("loop")
            for ask in (expect_writable, DECISIONS.write):
                with pytest.raises(OSError, match=words) as caught:
                    ask(path)
                assert caught.value.filename == str(path)
