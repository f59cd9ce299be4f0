"""The examples of docs/scale.md that need an engine."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from single import in_order, scenes, statistics, written

from boxlint import parts

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"


def run(heading: str, folder: Path) -> pa.Table:
    """Runs the example of a section on the scenes, with a folder for /data; returns the rows that it wrote."""
    (folder / "images").mkdir()
    written(folder / "images")
    section = re.search(rf"^### {heading}\n(.*?)(?=^##|\Z)", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert section is not None
    (example,) = re.findall(r"^```python\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
    exec(compile(example.replace("/data/", f"{folder}/"), f"{_PAGE}: {heading}", "exec"), {})
    found = [*folder.glob("issues/*.parquet"), *folder.glob("issues.parquet")]
    return in_order(pa.concat_tables(pq.read_table(path).cast(parts.ISSUES) for path in found))


def unnamed() -> pa.Table:
    """What a single process lists, without names of classes."""
    return in_order(next(parts.check([scenes()], statistics())))
