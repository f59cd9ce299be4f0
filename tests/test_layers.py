"""The shape of the code: what may import what in the Rust crates, and how long files and functions are.

The layers of the Python package are in pyproject.toml (``[tool.importlinter]``), the length of Rust functions in
clippy.toml: `make lint` checks both.
"""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from rust_modules import Crate

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("rust", "python", "tests", "benches")

# The top modules of rust/core, from the lowest layer up. A module uses those of its own layer and of those below.
LAYERS = (
    {"abandon", "error", "parallel", "geometry", "boxes"},
    {"dataset", "verified", "overlaps", "metrics"},
    {"objectlab", "check", "inspect", "summary"},
)

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 50


def top_module(file: str) -> str:
    return file.split("/")[0].removesuffix(".rs")


def circle_in(imports: dict[str, set[str]]) -> list[str]:
    """The files of a circle, the first one again at its end; none if there is no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def our_files(*endings: str) -> list[Path]:
    files = [path for folder in FOLDERS for ending in endings for path in (ROOT / folder).rglob(f"*{ending}")]
    assert files
    return files


def made_crate(folder: Path, **files: str) -> Crate:
    for name, code in files.items():
        path = folder / (name.replace("__", "/") + ".rs")
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
    return Crate(folder)


@pytest.mark.parametrize("crate", ["core", "io", "py"])
def test_no_circle_of_imports_in_a_crate(crate: str) -> None:
    assert circle_in(Crate(ROOT / "rust" / crate / "src").imports()) == []


def test_every_function_that_python_calls_is_guarded() -> None:
    """A panic of one that is not would be no ordinary exception."""
    unguarded = [
        f"{path.name}: {found.group()}"
        for path in (ROOT / "rust" / "py" / "src").rglob("*.rs")
        for found in re.finditer(r".*\n *#\[(pyfunction|pymethods|pymodule_init)\]\n.*", path.read_text())
        if "guarded]" not in found.group().split("\n")[0]
    ]
    assert unguarded == []


def test_json_is_parsed_where_nesting_is_bounded() -> None:
    parsing = [file for file in (ROOT / "python").rglob("*.py") if re.search(r"json\.loads?\(", file.read_text())]
    assert [file.name for file in parsing] == ["_json.py"]


def test_every_module_of_the_core_has_a_layer() -> None:
    imports = Crate(ROOT / "rust" / "core" / "src").imports()
    assert {top_module(file) for file in imports} - {"lib"} == set.union(*LAYERS)


def test_the_core_imports_from_its_own_layer_or_below() -> None:
    layer = {module: number for number, modules in enumerate((*LAYERS, {"lib"})) for module in modules}
    imports = Crate(ROOT / "rust" / "core" / "src").imports()
    upward = [
        f"{file} uses {used}"
        for file, others in imports.items()
        for used in others
        if layer[top_module(used)] > layer[top_module(file)]
    ]
    assert upward == []


def test_no_file_is_too_long() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in our_files(".rs", ".py", ".pyi")}
    assert {file: count for file, count in lines.items() if count > LINES_OF_A_FILE} == {}


def test_no_python_function_is_too_long() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {node.name} has {lines_of(node)} lines"
        for path in our_files(".py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and lines_of(node) > LINES_OF_A_FUNCTION
    ]
    assert too_long == []


def lines_of(function: ast.FunctionDef) -> int:
    """The lines from ``def`` to the end, less those of the docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


class TestImports:
    """Imports between Rust files are found, whatever way the names take."""

    def test_a_circle_is_found(self, tmp_path: Path) -> None:
        crate = made_crate(tmp_path, lib="mod a;\nmod b;", a="use crate::b::Y;", b="fn f() { crate::a::x() }")
        assert circle_in(crate.imports()) in (["a.rs", "b.rs", "a.rs"], ["b.rs", "a.rs", "b.rs"])

    def test_a_name_leads_to_the_file_that_defines_it(self, tmp_path: Path) -> None:
        crate = made_crate(
            tmp_path,
            lib="mod shapes;\nmod user;\npub use shapes::Circle as Disc;",
            shapes__mod="mod circle;\nmod square;\npub use circle::Circle;\npub use square::*;",
            shapes__circle="use super::Square;\npub struct Circle;",
            shapes__square="pub struct Square;",
            user="use crate::{Disc, shapes::{self, Square}};",
        )
        assert crate.imports() == {
            "lib.rs": set(),
            "shapes/mod.rs": set(),
            "shapes/circle.rs": {"shapes/square.rs"},
            "shapes/square.rs": set(),
            "user.rs": {"shapes/circle.rs", "shapes/square.rs", "shapes/mod.rs"},
        }

    def test_a_parent_with_code_of_its_own_uses_its_children(self, tmp_path: Path) -> None:
        crate = made_crate(tmp_path, lib="mod a;", a__mod="mod b;\nfn f() { b::g() }", a__b="pub fn g() { super::f() }")
        assert crate.imports() == {"lib.rs": set(), "a/mod.rs": {"a/b.rs"}, "a/b.rs": {"a/mod.rs"}}

    @pytest.mark.parametrize(
        "code",
        [
            "/// [`crate::b::Y`]\nfn f() {}",
            'const A: &str = "crate::b::Y";',
            "fn f() -> char { '\"' } // crate::b::Y \"",
            "#[cfg(test)]\nmod tests { use crate::b::Y; }",
            "use other::b::Y;",
        ],
        ids=["docs", "string", "comment", "test", "crate"],
    )
    def test_what_is_no_import_is_left_out(self, tmp_path: Path, code: str) -> None:
        assert made_crate(tmp_path, lib="mod a;\nmod b;", a=code, b="pub struct Y;").imports()["a.rs"] == set()

    def test_an_inline_module_belongs_to_its_file(self, tmp_path: Path) -> None:
        crate = made_crate(tmp_path, lib="mod a;\nmod inner { use super::a::X; }", a="pub struct X;")
        assert crate.imports() == {"lib.rs": {"a.rs"}, "a.rs": set()}
