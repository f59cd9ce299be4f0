"""The examples of docs/scale.md that need an engine."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from boxlint import parts
from single import in_order, scenes, statistics, written

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"


def run(heading: str) -> pa.Table:
    """Runs the example of a section on the scenes, in the working directory; returns the rows that it wrote."""
    Path("images").mkdir()
    written(Path("images"))
    section = re.search(rf"^### {heading}\n(.*?)(?=^##|\Z)", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert section is not None
    (example,) = re.findall(r"^```python\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
    exec(compile(example, str(_PAGE), "exec"), {"__name__": "__main__"})
    found = [pq.read_table(path, partitioning=None) for path in sorted(Path().glob("issues*/*.parquet"))]
    found += [pq.read_table(path) for path in Path().glob("issues.parquet")]
    return in_order(pa.concat_tables(table.cast(parts.ISSUES) for table in found))


def unnamed() -> pa.Table:
    """What a single process lists, without names of classes."""
    return in_order(next(parts.check([scenes()], statistics())))
