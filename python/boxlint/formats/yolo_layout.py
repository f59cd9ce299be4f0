"""Where a YOLO data set has its labels, images and names: by its data.yaml, or by its folders."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from boxlint._core import CLASS_LIMIT, without_ending
from boxlint._text import counted, listed
from boxlint.dataset import class_name
from boxlint.formats.class_list import LINE_ENDINGS, YAML_ENDINGS
from boxlint.formats.folders import Sizes, images_below
from boxlint.formats.recognise import Found
from boxlint.formats.unreadable import utf8_text
from boxlint.formats.yolo_splits import Split, images_of, splits_in

__all__ = ["Names", "YoloLayout", "class_names", "in_order", "layout_of", "names_beside", "numbered"]

Names = Sequence[str] | Mapping[int, str]

# What the head of a table calls the names of images.
_NAME_COLUMNS = ("name", "file_name", "filename", "image", "image_name")
_CLASS_LISTS = ("classes.txt", "obj.names", "labels.txt")


@dataclass(frozen=True)
class YoloLayout:
    """The folders and names of a YOLO data set.

    Attributes
    ----------
    labels:
        Folder of the labels.
    images:
        Folder of the images, or None if it is not known.
    names:
        Name of each class id, or None if they are not known.
    title:
        What to call it in a sentence.
    listed:
        The images to read, or None for all.
    """

    labels: Path
    images: Path | None
    names: Names | None
    title: str
    listed: tuple[str, ...] | None = None

    def sizes(self, sizes: Path | None, images: Path | None) -> dict[str, Any]:
        """The arguments of `read_yolo` for the images: their sizes in a table, or the folder that they are in.

        Raises
        ------
        ValueError
            If neither is known.
        """
        if sizes is not None:
            return {"image_sizes": _read_sizes(sizes), "image_names": self.listed}
        folder = images or self.images
        if folder is None:
            raise ValueError(
                f"{self.labels}: no images beside these labels, whose sizes are needed: give --images or --sizes"
            )
        return {"images_dir": folder, "image_names": self.listed}

    def image_names(self, sizes: Path | None, images: Path | None) -> Collection[str]:
        """The names of all images, also of those that cannot be read."""
        if self.listed is not None:
            return self.listed
        given = self.sizes(sizes, images)
        return images_below(given["images_dir"]) if "images_dir" in given else given["image_sizes"]


def layout_of(found: Found, split: str | None, predicted: set[str] | None) -> YoloLayout:
    """The folders of a YOLO data set.

    Parameters
    ----------
    found:
        The data set.
    split:
        Which of the splits in its YAML file to take: train, val or test; or several as one, such as train,val.
    predicted:
        Stems of the images that the predictions are of. Without ``split``, they tell which one it is.

    Raises
    ------
    ValueError
        If the YAML file cannot be understood, or it is not clear which split to take.
    """
    if found.yaml is None:
        if split is not None:
            raise ValueError(f"--split {split}: {found.path} has no data.yaml, which lists the splits")
        return YoloLayout(found.path, _images_beside(found.path), names_beside(found.path, above=2), found.path.name)
    content = _read_yaml(found.yaml)
    splits, lacking = splits_in(found.yaml, content, split)
    split = _only_split(found.yaml, splits, lacking, predicted) if split is None else split
    chosen = splits[split]
    if not chosen.labels.is_dir():
        raise ValueError(
            f"{found.yaml}: {split} has its images in {chosen.images}, but there is no folder {chosen.labels} of labels"
        )
    title = f"{found.yaml.name} ({split})"
    return YoloLayout(chosen.labels, chosen.images, _names_in(found.yaml, content), title, chosen.listed)


def class_names(text: str) -> Names:
    """Names that a user gives: cat,dog; or a YAML file with names; or a text file with a name a line.

    Raises
    ------
    ValueError
        If the YAML file has no names, one of those given is empty, or it is a file of another kind.
    """
    path = Path(text)
    if path.suffix.lower() in YAML_ENDINGS:
        names = _names_in(path, _read_yaml(path))
        if names is None:
            raise ValueError(f"{path} has no names")
        return names
    if path.suffix.lower() in LINE_ENDINGS:
        return _lines(path)
    # pathlib raises where a list of names is longer than a path can be.
    if path.suffix and os.path.isfile(path):
        raise ValueError(
            f"names is the file {path}, expected a .yaml with names, or a .txt or .names with a name a line"
        )
    names = [name.strip() for name in text.split(",")]
    if "" in names:
        raise ValueError(f"names is {text!r:.80}, of which one is empty, expected those of all classes: cat,dog")
    return names


def names_beside(folder: Path, above: int = 1) -> Names | None:
    """The names in a YAML file or a list of classes in a folder of labels, or in those above it."""
    for place in (folder, *list(folder.resolve().parents)[:above]):
        for name in _CLASS_LISTS:
            if (place / name).is_file():
                return _lines(place / name)
        for file in ("data.yaml", "dataset.yaml"):
            if (place / file).is_file():
                return _names_in(place / file, _read_yaml(place / file))
    return None


def numbered(names: Names) -> dict[int, str]:
    """Class id -> name; ValueError for ids that are too large."""
    by_id = dict(names.items() if isinstance(names, Mapping) else enumerate(names))
    greatest = max(by_id, default=0)
    if greatest >= CLASS_LIMIT:
        raise ValueError(f"names has the class id {greatest}, expected at most {CLASS_LIMIT - 1}")
    return by_id


def in_order(names: Names) -> list[str]:
    """The name of each class id; one without is called by its number.

    >>> in_order({2: "dog", 0: "cat"})
    ['cat', 'class 1', 'dog']
    """
    by_id = numbered(names)
    return [by_id.get(class_id, class_name(None, class_id)) for class_id in range(max(by_id, default=-1) + 1)]


def _read_sizes(path: Path) -> Sizes:
    """The sizes of images in a CSV file: name, width and height a line, or in the order that its head says.

    Raises
    ------
    ValueError
        If a line is none of these, or an image has two sizes.
    """
    sizes: Sizes = {}
    columns = (0, 1, 2)
    for number, row in _rows_of_csv(path):
        head = [cell.strip().lower() for cell in row]
        if number == 1 and {"width", "height"} < set(head):
            others = [cell for cell in head if cell not in ("width", "height")]
            named = next((cell for cell in others if cell in _NAME_COLUMNS), others[0])
            columns = (head.index(named), head.index("width"), head.index("height"))
        elif row:
            try:
                name, width, height = (row[column] for column in columns)
                size = (float(width), float(height))
                if min(size) < 0 or inf in size:
                    raise ValueError("no size")
            except (IndexError, ValueError) as error:
                raise ValueError(f"{path}: line {number}: {','.join(row):.80}, expected name,width,height") from error
            if sizes.setdefault(name, size) != size:
                raise ValueError(f"{path}: line {number}: {name} has another size than before")
    if not sizes:
        raise ValueError(f"{path}: has no lines, expected name,width,height")
    return sizes


def _rows_of_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their numbers from 1."""
    rows = csv.reader(utf8_text(path).splitlines())
    try:
        yield from enumerate(rows, 1)
    except csv.Error as error:
        raise ValueError(f"{path}: line {rows.line_num}: {error}: is a quote not closed?") from error


def _only_split(yaml: Path, splits: Mapping[str, Split], lacking: str, predicted: set[str] | None) -> str:
    """The only split there is, or the only one that has predictions; two of the same images are one.

    ``lacking`` are those whose images are not there.
    """
    there = list({split: name for name, split in reversed([*splits.items()])}.values())[::-1]
    if (len(there) > 1 or lacking) and predicted is not None:
        wanted = set(map(_plain, predicted))
        of_predictions = [name for name in there if not wanted.isdisjoint(map(_plain, splits[name].stems()))]
        if not of_predictions and predicted:
            others = f"; not there are the images of {lacking}" if lacking else ""
            raise ValueError(
                f"{yaml}: no prediction is of an image of {', '.join(there)}, but of such as {min(predicted)!r}{others}"
            )
        there = of_predictions or there
    if len(there) > 1:
        raise ValueError(
            f"{yaml} has the splits {', '.join(there)}: choose one with --split {there[0]}, or give all with --split "
            f"{','.join(there)}"
        )
    return there[0]


def _plain(stem: str) -> str:
    """A stem of digits as a number, which Ultralytics makes of it."""
    return str(int(stem)) if stem.isdecimal() else stem


def _images_beside(labels: Path) -> Path | None:
    """The folder of images of a folder of labels, by Ultralytics' rule; or the folder itself if it has images."""
    images = images_of(labels.resolve())
    if images is not None and images.is_dir():
        return images
    return labels if any(without_ending(file.name) != file.name for file in labels.iterdir()) else None


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise ImportError("reading YAML needs PyYAML: pip install 'boxlint[cli]'") from error
    try:
        # The base loader leaves every scalar a text, so that a class may be called no, or 1.
        content = yaml.load(utf8_text(path), yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}: "
        raise ValueError(f"{path}: {place}{getattr(error, 'problem', error)}, expected YAML") from error
    except RecursionError as error:
        raise ValueError(f"{path}: lists or dicts are nested too deeply, expected YAML") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected the YAML file of a YOLO data set, with names and the folders of the images")
    return content


def _names_in(path: Path, content: dict[str, Any]) -> Names | None:
    names = content.get("names")
    if names is None:
        return None
    if not isinstance(names, (dict, list)):
        raise ValueError(f"{path}: names is {names!r:.80}, expected a list or a dict of class ids")
    count = str(content.get("nc"))
    if count.isdecimal() and int(count) != len(names):
        raise ValueError(f"{path}: nc is {count}, but names has {counted(len(names), 'name')}")
    if isinstance(names, dict) and not all(key.isdecimal() for key in names):
        raise ValueError(f"{path}: names has the keys {listed(names)}, expected class ids")
    for class_id, name in names.items() if isinstance(names, dict) else enumerate(names):
        if not isinstance(name, str):
            raise ValueError(f"{path}: names: class {class_id} is {name!r:.80}, expected a text")
    return {int(key): name for key, name in names.items()} if isinstance(names, dict) else names


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in utf8_text(path).splitlines() if line.strip()]
