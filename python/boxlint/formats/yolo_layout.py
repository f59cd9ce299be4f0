"""Where a YOLO data set has its labels, images and names: by its data.yaml, or by its folders."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxlint.formats.folders import Sizes, without_ending
from boxlint.formats.recognise import Found, visible_files

__all__ = ["Names", "YoloLayout", "class_names", "layout_of", "names_beside", "numbered", "read_sizes"]

Names = Sequence[str] | Mapping[int, str]

_SPLITS = ("train", "val", "test")
_IMAGES, _LABELS = "images", "labels"
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
    """

    labels: Path
    images: Path | None
    names: Names | None
    title: str

    def sizes(self, sizes: Path | None, images: Path | None) -> dict[str, Any]:
        """The arguments of `read_yolo` for the sizes: those of a table, or of the images in a folder.

        Raises
        ------
        ValueError
            If neither is known.
        """
        if sizes is not None:
            return {"image_sizes": read_sizes(sizes)}
        folder = images or self.images
        if folder is None:
            raise ValueError(
                f"{self.labels}: no images beside these labels, whose sizes are needed: give --images or --sizes"
            )
        return {"images_dir": folder}


def layout_of(found: Found, split: str | None, predicted: set[str] | None) -> YoloLayout:
    """The folders of a YOLO data set.

    Parameters
    ----------
    found:
        The data set.
    split:
        Which of the splits in its YAML file to take: train, val or test.
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
    folders = {name: _images_of(found.yaml, content, name) for name in _SPLITS if content.get(name)}
    if split is None:
        split = _only_split(found.yaml, folders, predicted)
    if split not in folders:
        raise ValueError(f"--split {split}: {found.yaml} has {', '.join(folders) or 'no splits'}")
    images = folders[split]
    labels = _labels_of(images)
    if not labels.is_dir():
        raise ValueError(f"{found.yaml}: {split} has its images in {images}, but there is no folder {labels} of labels")
    return YoloLayout(labels, images, _names_in(found.yaml, content), f"{found.yaml.name} ({split})")


def class_names(text: str) -> Names:
    """Names that a user gives: cat,dog; or a YAML file with names; or a text file with a name a line.

    Raises
    ------
    ValueError
        If the YAML file has no names.
    """
    path = Path(text)
    if path.suffix in (".yaml", ".yml"):
        names = _names_in(path, _read_yaml(path))
        if names is None:
            raise ValueError(f"{path} has no names")
        return names
    if path.suffix in (".txt", ".names"):
        return _lines(path)
    return [name.strip() for name in text.split(",")]


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
    """Class id -> name."""
    return dict(names.items() if isinstance(names, Mapping) else enumerate(names))


def read_sizes(path: Path) -> Sizes:
    """The sizes of images in a CSV file: name, width and height a line, with or without a head.

    Raises
    ------
    ValueError
        If a line is none of these.
    """
    sizes: Sizes = {}
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            try:
                name, width, height = row
                sizes[name] = (float(width), float(height))
            except ValueError as error:
                if number > 1 and row:
                    raise ValueError(f"{path}: line {number}: {','.join(row)}, expected name,width,height") from error
    return sizes


def _only_split(yaml: Path, folders: dict[str, Path], predicted: set[str] | None) -> str:
    """The only split there is, or the only one that has predictions."""
    there = [name for name, folder in folders.items() if folder.is_dir()]
    if len(there) == 1:
        return there[0]
    if not there:
        missing = ", ".join(map(str, folders.values())) or "no train, val or test"
        raise ValueError(f"{yaml}: no folder of images is there: {missing}")
    if predicted is not None:
        of_predictions = [name for name in there if not _stems(folders[name]).isdisjoint(map(_plain, predicted))]
        if not of_predictions and predicted:
            raise ValueError(
                f"{yaml} has the splits {', '.join(there)}, and no prediction is of an image of theirs, but of such as "
                f"{min(predicted)!r}"
            )
        there = of_predictions or there
    if len(there) > 1:
        raise ValueError(f"{yaml} has the splits {', '.join(there)}: choose one with --split {there[0]}")
    return there[0]


def _stems(folder: Path) -> set[str]:
    """What the labels and images of a split are called."""
    labels = {file.stem for file in visible_files(_labels_of(folder), ".txt")}
    images = {Path(without_ending(file.name)).name for file in folder.rglob("*") if file.is_file()}
    return {_plain(stem) for stem in labels | images}


def _plain(stem: str) -> str:
    """A stem of digits as a number, which Ultralytics makes of it."""
    return str(int(stem)) if stem.isdecimal() else stem


def _images_of(yaml: Path, content: dict[str, Any], split: str) -> Path:
    """The folder of images of a split, found as Ultralytics finds it."""
    given = content[split]
    if not isinstance(given, str) or given.endswith(".txt"):
        raise ValueError(
            f"{yaml}: {split} is {given!r}, expected one folder of images; give the folder of labels instead, "
            "with --images and --names"
        )
    root = yaml.parent / content["path"] if content.get("path") else yaml.parent
    if not root.is_dir():
        # `path` may be relative to where the training ran.
        root = yaml.parent
    folder = root / given
    if not folder.is_dir() and given.startswith("../"):
        # Exports of Roboflow are one folder off, which Ultralytics makes good, too.
        folder = root / given[3:]
    return folder.resolve()


def _labels_of(images: Path) -> Path:
    """Ultralytics' rule: the last folder named images becomes labels."""
    parts = list(images.parts)
    if _IMAGES not in parts:
        return images
    last = len(parts) - 1 - parts[::-1].index(_IMAGES)
    return Path(*parts[:last], _LABELS, *parts[last + 1 :])


def _images_beside(labels: Path) -> Path | None:
    """The folder of images of a folder of labels, by the same rule; or the folder itself if it has images."""
    parts = list(labels.resolve().parts)
    if _LABELS in parts:
        last = len(parts) - 1 - parts[::-1].index(_LABELS)
        images = Path(*parts[:last], _IMAGES, *parts[last + 1 :])
        if images.is_dir():
            return images
    return labels if any(without_ending(file.name) != file.name for file in labels.iterdir()) else None


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise ImportError("reading YAML needs PyYAML: pip install 'boxlint[cli]'") from error
    try:
        # The base loader leaves every scalar a text, so that a class may be called no, or 1.
        content = yaml.load(path.read_text(encoding="utf-8-sig"), yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}: "
        raise ValueError(f"{path}: {place}{getattr(error, 'problem', error)}, expected YAML") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected the YAML file of a YOLO data set, with names and the folders of the images")
    return content


def _names_in(path: Path, content: dict[str, Any]) -> Names | None:
    names = content.get("names")
    if names is None:
        return None
    if isinstance(names, dict):
        if not all(key.isdecimal() for key in names):
            raise ValueError(f"{path}: names has the keys {', '.join(names)}, expected class ids")
        return {int(key): name for key, name in names.items()}
    if not isinstance(names, list):
        raise ValueError(f"{path}: names is {names!r}, expected a list or a dict of class ids")
    return names


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
