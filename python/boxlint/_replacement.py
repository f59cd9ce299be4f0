"""What is written beside a file or folder and then takes its place, and what killed writers left there."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = [
    "expect_replaceable", "expect_writable", "hidden_file", "hidden_folder", "naming", "put", "real_path",
    "remove_leftovers", "stream_at", "sync", "sync_folder",
]  # fmt: skip

PathLike = str | os.PathLike[str]

# Paths that stand for descriptors which the process already has.
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
# As many links as Linux follows.
_LINKS = 40
# The name of a file or folder that is written: a hash of the name of what it replaces, and a number of its own.
_HIDDEN = re.compile(r"\.boxlint-[0-9a-f]{12}-[0-9a-f]{8}\.tmp")
# What a full or broken disk says, without a name.
_OF_DISK = (errno.ENOSPC, errno.EFBIG, errno.EIO, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else []))
# Systems that cannot sync a folder say so.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)
# A disk syncs many files in about the time of one, if they come at once.
_SYNCED_AT_ONCE = 16


@contextmanager
def naming(path: PathLike) -> Iterator[None]:
    """An OSError about what is hidden beside a path, or of a full disk, is raised with the path that the user knows."""
    try:
        yield
    except OSError as error:
        known = _known(path, error)
        if known is None:
            raise
        raise OSError(error.errno, error.strerror, known) from error


def _known(path: PathLike, error: OSError) -> str | None:
    """The path that an error should have; None if its own is right."""
    if not isinstance(error.filename, str):
        return os.fspath(path) if error.errno in _OF_DISK else None
    parts = Path(error.filename).parts
    hidden = [position for position, part in enumerate(parts) if _HIDDEN.fullmatch(part)]
    if hidden:
        return str(Path(path, *parts[hidden[-1] + 1 :]))
    return os.fspath(path) if error.filename == os.path.realpath(path) else None


def real_path(path: PathLike) -> Path:
    """The file or folder that a path leads to through symbolic links; it need not be there."""
    return Path(os.path.realpath(path))


def stream_at(path: PathLike) -> int | Path | None:
    """What a path leads to if it can only be written into, such as a pipe or a device: a descriptor, if the process has
    it already, or its path. None for files, folders, and nothing."""
    there = os.fspath(path)
    for _ in range(_LINKS):
        there = os.path.abspath(there)
        descriptor = _DESCRIPTOR.fullmatch(there)
        if there in _STREAMS or descriptor:
            return _STREAMS[there] if descriptor is None else int(descriptor[1])
        if not os.path.islink(there):
            break
        there = os.path.join(os.path.dirname(there), os.readlink(there))
    mode = os.stat(there).st_mode if os.path.exists(there) else stat.S_IFREG
    return None if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else Path(there)


@contextmanager
def hidden_file(target: Path) -> Iterator[Path]:
    """An empty file beside a file, for its new content; it is removed at the end if it is still there.

    What killed writers of the same file left is removed first: while a writer lives, it holds a lock.

    Raises
    ------
    OSError
        If no file can be made there, or the old one is a folder or write-protected: to rename over it would not ask.
    """
    expect_replaceable(target)
    # Nobody may read the new file who may not read the old one.
    mode = 0o600 if target.exists() else 0o666
    with _hidden(target.parent, target.name, mode, is_folder=False) as path:
        yield path


@contextmanager
def hidden_folder(parent: Path, name: str) -> Iterator[Path]:
    """An empty folder in another one, for files of the folder of this name; it is removed at the end if still there.

    What killed writers of the same folder left there, or beside it, is removed first.
    """
    remove_leftovers(parent.parent, _prefix(name))
    with _hidden(parent, name, 0o777, is_folder=True) as path:
        yield path


def expect_replaceable(target: Path) -> None:
    """Raises OSError if something lies there that is no file, or write-protected: to rename over it would not ask."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "is a pipe or a device, expected a file", str(target))
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "write-protected", str(target))


def put(beside: Path, target: Path) -> None:
    """Moves a synced file in the place of another on the same file system, whose mode and owner it gets.

    The owner and the group stay the same where the system allows it.
    """
    if target.exists():
        _keep_owner_and_mode(beside, target.stat())
    beside.replace(target)


def sync(files: Iterable[Path]) -> None:
    """Returns when the files are on the disk."""
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as workers:
        for _ in workers.map(_sync_file, files):
            pass


def sync_folder(folder: Path) -> None:
    """Returns when the names of the files in a folder are on the disk; Windows does that by itself."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def expect_writable(path: PathLike, *, is_folder: bool = False) -> None:
    """Makes and removes a hidden file where one is to be written.

    Parameters
    ----------
    path:
        Of the file.
    is_folder:
        Whether a folder may be there, for files in it.

    Raises
    ------
    OSError
        If that fails; names the path.
    """
    stream = stream_at(path)
    if isinstance(stream, Path) and not os.access(stream, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    if stream is not None:
        return
    target = real_path(path)
    with naming(path):
        if is_folder and target.is_dir():
            with hidden_folder(target, target.name):
                return
        with hidden_file(target):
            return


@contextmanager
def _hidden(folder: Path, name: str, mode: int, *, is_folder: bool) -> Iterator[Path]:
    prefix = _prefix(name)
    remove_leftovers(folder, prefix)
    path, handle = _made(folder, prefix, mode, is_folder)
    try:
        yield path
    finally:
        _remove(path)
        if handle is not None:
            os.close(handle)


def _prefix(name: str) -> str:
    """What stands before the number: a name may be as long as names can be, so that there is no room for it."""
    return f".boxlint-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}-"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _made(folder: Path, prefix: str, mode: int, is_folder: bool) -> tuple[Path, int | None]:
    """A new hidden file or folder, and the descriptor that holds its lock; none on Windows."""
    while True:
        path = folder / f"{prefix}{secrets.token_hex(4)}.tmp"
        try:
            if is_folder:
                path.mkdir(mode)
            else:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))
        except FileExistsError:
            continue
        if sys.platform == "win32":
            return path, None
        # Another writer may take it for a leftover before it is locked.
        handle = _locked(path)
        if handle is not None and path.exists():
            return path, handle


def remove_leftovers(folder: Path, prefix: str = ".boxlint-", *, held: bool = False) -> None:
    """Removes what killed writers left in a folder, of all targets or of one: that of which nobody holds the lock.

    Windows has no such locks, so it stays there. What cannot be looked at or removed, being somebody else's, is no
    reason not to write. What writers still hold goes as well if it is ``held`` by those that are not waited for.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(prefix) and _HIDDEN.fullmatch(name):
                path = folder / name
                if held:
                    _remove(path)
                    continue
                handle = _locked(path, needed=True) if path.is_file() or path.is_dir() else None
                if handle is not None:
                    try:
                        _remove(path)
                    finally:
                        os.close(handle)


def _locked(path: Path, *, needed: bool = False) -> int | None:
    """The descriptor of a file or folder with a lock on it, None if another has the lock; it ends with the process.

    Where the file system knows no locks, there is none, and None if it is needed.
    """
    try:
        writable = 0 if path.is_dir() else os.O_RDWR  # network file systems lock only what is open for writing
        handle = os.open(path, writable | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if needed or isinstance(error, BlockingIOError):
            os.close(handle)
            return None
    return handle


def _keep_owner_and_mode(path: Path, old: os.stat_result) -> None:
    mode = stat.S_IMODE(old.st_mode)
    new = path.stat()
    if sys.platform != "win32" and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(path, -1, old.st_gid)
        except PermissionError:
            # Another group gets no more than everybody.
            mode = mode & ~0o070 | (mode & 0o007) << 3
        with suppress(PermissionError):
            os.chown(path, old.st_uid, -1)
    path.chmod(mode)


def _sync_file(path: Path) -> None:
    # Windows syncs only what is open for writing.
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
