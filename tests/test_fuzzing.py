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


@pytest.mark.parametrize("name", readers())
def test_a_sound_file_is_read(name: str, tmp_path: Path) -> None:
    """Else what is mutated would be refused before anything is read of it."""
    reader = readers()[name]
    path = tmp_path / reader.file
    refused = []
    for content in reader.sound:
        path.write_bytes(content)
        try:
            reader.read(path)
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) < len(reader.sound), refused
