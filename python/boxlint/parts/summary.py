"""What `boxlint.summary` tells of a data set, from what was collected of its parts.

How many boxes each image has is in the rows of `check_images`. The areas of all boxes are no statistic:
``boxlint.summary.bounding_box_size_distribution`` tells those of each part.
"""

from __future__ import annotations

from typing import Any

from boxlint._class_names import ClassNames, by_name, names_of
from boxlint._statistics import Statistics
from boxlint.parts.matches import Matches
from boxlint.summary import confusion_of, fractions_of, metrics_of

__all__ = ["calculate_per_class_metrics", "class_label_distribution", "get_average_per_class_confusion_matrix"]


def class_label_distribution(
    statistics: Statistics, *, class_names: ClassNames | None = None
) -> tuple[dict[Any, float], dict[Any, float]]:
    """The fraction of each class in the annotations and in the predictions, rounded to two digits, by rising class id.

    Parameters
    ----------
    statistics:
        The sum of `collect` over all parts.
    class_names:
        Names to use instead of class ids, of every class that occurs.

    Raises
    ------
    ValueError
        If a class that occurs has no name.

    Examples
    --------
    >>> from boxlint.parts import collect
    >>> from boxlint.synthetic import make_scenes
    >>> class_label_distribution(collect([make_scenes(60).dataset]))[0]
    {0: 0.19, 1: 0.17, 2: 0.15, 3: 0.18, 4: 0.17, 5: 0.13}
    """
    names = names_of(class_names)
    annotations, predictions = (
        by_name(((class_id, count) for class_id, count in enumerate(side) if count), names)
        for side in statistics.totals.sizes.by_class.tolist()
    )
    return fractions_of(annotations), fractions_of(predictions)


def get_average_per_class_confusion_matrix(
    matches: Matches, *, class_names: ClassNames | None = None
) -> dict[Any, dict[str, float]]:
    """True positives, false positives and false negatives of each class, on average over the IoU thresholds.

    Parameters
    ----------
    matches:
        The sum of `collect_matches` over all parts.
    class_names:
        As in `class_label_distribution`.

    Examples
    --------
    >>> from boxlint.parts import collect_matches
    >>> from boxlint.synthetic import make_scenes
    >>> get_average_per_class_confusion_matrix(collect_matches([make_scenes(60).dataset]))[0]
    {'TP': 8.85, 'FP': 4.983333333333333, 'FN': 1.4833333333333334}
    """
    names = names_of(class_names)
    count = max(len(matches.annotations), 1 + max(names or [], default=-1))
    return confusion_of(matches.true_positives, matches.annotations, matches.predictions, count, names)


def calculate_per_class_metrics(
    matches: Matches, *, class_names: ClassNames | None = None
) -> dict[Any, dict[str, float]]:
    """Precision, recall and F1 of each class, from its average true positives, false positives and false negatives.

    Parameters
    ----------
    matches, class_names:
        Those of `get_average_per_class_confusion_matrix`.

    Examples
    --------
    >>> from boxlint.parts import collect_matches
    >>> from boxlint.synthetic import make_scenes
    >>> metrics = calculate_per_class_metrics(collect_matches([make_scenes(60).dataset]))
    >>> round(metrics[0]["average precision"], 2)
    0.64
    """
    return metrics_of(get_average_per_class_confusion_matrix(matches, class_names=class_names))
