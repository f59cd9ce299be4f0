"""Measures how well label errors are found, on your own data: plants known errors and looks for them in a report.

    corrupted, truth = plant(dataset, rate=0.1, seed=1)                       # random errors
    corrupted, truth = plant(dataset, rate=0.1, seed=1, annotator=boxes)      # the errors of another, weaker detector
    corrupted, truth = withhold(dataset, difficult)                           # difficult objects left out
    measures = evaluate(report := boxlint.check(corrupted), truth)
    measures = evaluate(reviewed(report, truth, 100), truth)                  # after answers about 100 rows a kind

`objectlab_ranking` turns the scores of `boxlint.rank` into lists that `evaluate` measures in the same way.
"""

from boxlint.benchmark.evaluation import Measures, Step, averaged, evaluate, matched
from boxlint.benchmark.objectlab import objectlab_ranking
from boxlint.benchmark.planting import STANDARD_KINDS, plant, withhold
from boxlint.benchmark.reviewing import Total, gap, reviewed, totals
from boxlint.benchmark.truth import KINDS, Truth

__all__ = [
    "KINDS",
    "STANDARD_KINDS",
    "Measures",
    "Step",
    "Total",
    "Truth",
    "averaged",
    "evaluate",
    "gap",
    "matched",
    "objectlab_ranking",
    "plant",
    "reviewed",
    "totals",
    "withhold",
]
