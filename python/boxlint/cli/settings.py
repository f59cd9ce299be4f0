"""Settings of the command: `boxlint.toml`, or `[tool.boxlint]` in `pyproject.toml`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from boxlint.cli.common import Bounds

__all__ = ["Settings", "key_of", "settings_for"]

_OWN, _SHARED = "boxlint.toml", "pyproject.toml"
# Options about the files themselves, which cannot stand in them.
_ON_THE_LINE_ALONE = ("config", "no-config")


class Settings(NamedTuple):
    """What a file says about a command: the keys as they stand there, and values by the name of the parameter."""

    path: Path
    keys: tuple[str, ...]
    values: dict[str, Any]


def settings_for(command: click.Command, ctx: click.Context, config: Path | None) -> Settings | None:
    """What a file says about a command, by default the nearest file; None if there is none, or nothing in it.

    Keys are the names of options and arguments as on the command line. Those at the top are for all commands that have
    them; those in a table with the name of a command are for that one, and count more.

    Raises
    ------
    click.ClickException
        If the file cannot be read, or has a key that no command knows, or a value of the wrong type.
    """
    path, table = _nearest() if config is None else (config, _table(config))
    if table is None:
        if config is None:
            return None
        raise click.ClickException(f"{path} has no [tool.boxlint]")
    group = ctx.parent.command if ctx.parent is not None else None
    assert isinstance(group, click.Group)
    commands = group.list_commands(ctx)
    own = _parameters(command)
    shared = {key: value for key, value in table.items() if not isinstance(value, dict)}
    for key in [key for key in table if key not in shared]:
        _refuse_unknown(f"{path}: [{key}] is the name of no command", key, commands)
    # Other commands are imported only where this one does not know a key.
    unknown = [key for key in shared if key not in own]
    known = {key for name in commands if unknown for key in _parameters(group.get_command(ctx, name))}
    for key in unknown:
        _refuse_unknown(f"{path}: no command has an option {key!r}", key, known)
    special = table.get(str(ctx.info_name), {})
    for key in special:
        _refuse_unknown(f"{path}: [{ctx.info_name}] has {key!r}, which is no option of that command", key, own)
    given = {key: value for key, value in (shared | special).items() if key in own}
    values = {str(own[key].name): _value(path, key, value, own[key]) for key, value in given.items()}
    return Settings(path, tuple(given), values) if given else None


def _nearest() -> tuple[Path, dict[str, Any] | None]:
    """The first file of settings from the working directory upwards, and what it says; None if there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for name in (_OWN, _SHARED):
            path = Path(name) if folder == here else folder / name
            table = _table(path) if path.is_file() else None
            if table is not None:
                return path, table
    return here, None


def _table(path: Path) -> dict[str, Any] | None:
    """The settings in a file; None for a pyproject.toml that has none."""
    # Python has its own reader of TOML from 3.11 on.
    try:
        toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ImportError as error:
        raise click.ClickException(f"reading {path} needs tomli: pip install 'boxlint[cli]'") from error
    try:
        content: dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except ValueError as error:
        raise click.ClickException(f"{path}: {error}, expected TOML") from error
    except RecursionError as error:
        raise click.ClickException(f"{path}: lists or tables are nested too deeply") from error
    tool = content.get("tool")
    if path.name != _SHARED:
        if isinstance(tool, dict) and "boxlint" in tool:
            raise click.ClickException(f"{path}: [tool.boxlint] is for {_SHARED}: leave these words out, as in [check]")
        return content
    table: dict[str, Any] | None = tool.get("boxlint") if isinstance(tool, dict) else None
    if not isinstance(table, dict | None):
        raise click.ClickException(f"{path}: tool.boxlint is {table!r}, expected a table")
    return table


def _parameters(command: click.Command | None) -> dict[str, click.Parameter]:
    """What can be set, by its name on the command line."""
    parameters = [] if command is None else command.params
    named = {key_of(parameter): parameter for parameter in parameters}
    return {name: parameter for name, parameter in named.items() if name not in _ON_THE_LINE_ALONE}


def key_of(parameter: click.Parameter) -> str:
    """The name of an option or argument on the command line, without dashes."""
    return max(parameter.opts, key=len).lstrip("-")


def _refuse_unknown(sentence: str, key: str, known: Iterable[str]) -> None:
    if key in known:
        return
    near = get_close_matches(key, list(known), n=1, cutoff=0.5)
    raise click.ClickException(sentence + (f": did you mean {near[0]!r}?" if near else ""))


def _value(path: Path, key: str, value: Any, parameter: click.Parameter) -> Any:
    """A value of a file as the command takes it: paths are relative to the file, lists become texts with commas."""
    if not parameter.multiple and parameter.nargs != -1:
        return _single(path, key, value, parameter)
    return [_single(path, key, one, parameter) for one in (value if isinstance(value, list) else [value])]


def _single(path: Path, key: str, value: Any, parameter: click.Parameter) -> Any:
    expected: tuple[type, ...]
    if isinstance(parameter.type, click.types.BoolParamType):
        expected, words = (bool,), "true or false"
    elif isinstance(parameter.type, click.types.IntParamType):
        expected, words = (int,), "a whole number"
    elif isinstance(parameter.type, click.types.FloatParamType):
        expected, words = (int, float), "a number"
    else:
        expected, words = (str,), "a text"
        if isinstance(parameter.type, Bounds):
            expected, words = (int, float, str), "a number or a text"
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = ",".join(value)
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise click.ClickException(f"{path}: {key} is {value!r}, expected {words}")
    beside = path.parent / str(value)
    # `names` lists classes, or is the path of a file that does; pathlib raises where a list is longer than a path.
    is_path = isinstance(parameter.type, click.Path) or (parameter.name == "names" and os.path.isfile(beside))
    return str(beside) if is_path and value != "-" else value
