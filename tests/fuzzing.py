"""Mutated files for every reader: ``python tests/fuzzing.py SECONDS`` reads so long from each, until one breaks.

A reader takes any bytes, or refuses them in one sentence that says which file it is.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import boxlint
from boxlint import Dataset, Decisions, Statistics, read_coco, read_voc, read_yolo
from boxlint.synthetic import make_scenes

CORPUS = Path(__file__).parent / "corpus"

# Words of all formats, and numbers at the edge of something.
WORDS = rb"""
{ } [ ] , : " \ \u \ud800 \udc00 null true false NaN Infinity -Infinity {} [] "" # < > </ /> <!-- --> <![CDATA[ ]]>
&lt; &#0; &#x41; <? ?> <object> </object> <name> <bndbox> xmin "id" "image_id" "category_id" "bbox" "score" "images"
"iscrowd" "annotations" "categories" "segmentation" "file_name" "neg_category_ids" "decision" "issue_id" "scores"
"pairs" "classes" 0 -0 -1 1 0.5 1.0 1e999 -1e999 1e-400 1e150 1e151 2147483647 2147483648 4294967296 9007199254740993
9223372036854775807 -9223372036854775808 18446744073709551616 1e19 0x1 01 .5 5. + nan inf
""".split()
WORDS += [b" ", b"\n", b"\r\n", b"\t", b"\0", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8"]
WORDS += [b"9" * 400, b"[" * 60]

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class Reader(NamedTuple):
    """What reads a file of this name below a folder, and the sound files that are mutated."""

    file: str
    read: Callable[[Path], object]
    sound: tuple[bytes, ...]


def readers() -> dict[str, Reader]:
    """Every reader of files from elsewhere, by name."""

    def of(file: str, folder: str, read: Callable[[Path], object]) -> Reader:
        return Reader(file, read, tuple(path.read_bytes() for path in sorted((CORPUS / folder).iterdir())))

    skipping: dict[str, Any] = {"skip_unknown": True, "skip_unreadable": True}
    yolo = partial(read_yolo, names=["cat", "dog"], image_sizes={"a.jpg": (640, 480)})
    return {
        "COCO": of("a.json", "coco", lambda path: read_coco(path)),
        "COCO, skipping": of("a.json", "coco", lambda path: read_coco(path, **skipping)),
        "detections": of("a.json", "detections", partial(_detections, **skipping)),
        "YOLO": of("a.txt", "yolo", lambda path: yolo(path.parent)),
        "YOLO, skipping": of("a.txt", "yolo", lambda path: yolo(path.parent, **skipping)),
        "VOC": of("a.xml", "voc", lambda path: read_voc(path.parent)),
        "VOC, skipping": of("a.xml", "voc", lambda path: read_voc(path.parent, skip_unreadable=True)),
        "statistics": Reader("a.json", _statistics, tuple(map(_saved, _counted()))),
        "decisions": of("a.json", "decisions", Decisions.read),
    }


def _detections(path: Path, **options: Any) -> object:
    try:
        return read_coco(CORPUS / "coco" / "instances.json", path)
    finally:
        read_coco(CORPUS / "coco" / "instances.json", path, **options)


@cache
def _counted() -> list[Dataset]:
    """What statistics are of: scenes, with one detector and with two, and nothing."""
    scenes = make_scenes(3, seed=4).dataset
    return [scenes, Dataset.of_detectors({"a": scenes, "b": scenes}), Dataset.from_lists([], [])]


def _saved(dataset: Dataset) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        boxlint.collect(dataset).save(Path(folder) / "statistics.json")
        return (Path(folder) / "statistics.json").read_bytes()


def _statistics(path: Path) -> object:
    """Whatever statistics are accepted serve a check, unless they are of other classes."""
    read = Statistics.load(path)
    try:
        return boxlint.check(_counted()[read.detectors > 1], statistics=read)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def mutated(sound: tuple[bytes, ...], chance: random.Random) -> bytes:
    """A file of which some parts are other than they were."""
    content = chance.choice(sound)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice((0, 1, 1, 2, 5, 20, 200)))
        other = chance.choice(sound)
        at = chance.randrange(len(other) + 1)
        put = chance.choice(
            (
                b"",
                chance.choice(WORDS),
                chance.choice(WORDS),
                chance.randbytes(chance.randrange(1, 4)),
                content[start:end] * 2,
                other[at : at + chance.randrange(60)],
            )
        )
        numbers = list(_NUMBER.finditer(content))
        if numbers and chance.random() < 0.3:
            start, end = chance.choice(numbers).span()
            put = chance.choice(WORDS)
        content = content[:start] + put + content[end:]
    return content[: chance.randrange(len(content) + 1)] if chance.random() < 0.1 else content


def fault(reader: Reader, content: bytes, folder: Path) -> str | None:
    """How a reader breaks on a content; None if it reads or refuses it as it should."""
    path = folder / reader.file
    path.write_bytes(content)
    try:
        reader.read(path)
    except (ValueError, TypeError) as error:
        if type(error) not in (ValueError, TypeError) or "\n" in str(error) or str(folder) not in str(error):
            return f"refused by {type(error).__name__}: {error}"
    except KeyboardInterrupt:
        raise
    except BaseException:
        return traceback.format_exc()
    return None


def main(seconds: float) -> None:
    """Reads mutated files until the time is up; says which one breaks its reader."""
    seed = random.randrange(2**32)
    for name, reader in readers().items():
        until, chance = time.monotonic() + seconds, random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            for number in count():
                content = mutated(reader.sound, chance)
                broken = fault(reader, content, Path(folder))
                if broken is not None:
                    sys.exit(f"{name}, seed {seed}, file {number}:\n{content!r}\n{broken}")
                if time.monotonic() > until:
                    break
        print(f"{name}: {number + 1:,} files", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
