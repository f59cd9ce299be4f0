"""Every reader takes mutated files, or refuses them in a sentence: see fuzzing.py, which `make fuzz` runs longer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fuzzing import fault, mutated, readers


@pytest.mark.parametrize("name", readers())
def test_mutated_files(name: str, tmp_path: Path) -> None:
    reader, chance = readers()[name], random.Random(0)
    for content in (*reader.sound, *(mutated(reader.sound, chance) for _ in range(200))):
        assert fault(reader, content, tmp_path) is None, content
