"""How well label errors are found, measured by planting known ones: proof that anyone can repeat on their own data.

    corrupted, truth = plant(dataset, rate=0.1, seed=1)                       # errors strike at random
    corrupted, truth = plant(dataset, rate=0.1, seed=1, annotator=boxes)      # the mistakes of another, weaker detector
    corrupted, truth = withhold(dataset, difficult)                           # real, hard objects left out
    measures = evaluate(boxlint.check(corrupted, min_suspicion=0), truth)

`objectlab_ranking` turns the scores of `boxlint.rank` into lists that can be measured in the same way.
"""

from boxlint.benchmark.evaluation import Measures, Step, averaged, evaluate, matched
from boxlint.benchmark.objectlab import objectlab_ranking
from boxlint.benchmark.planting import STANDARD_KINDS, plant, withhold
from boxlint.benchmark.truth import KINDS, Truth

__all__ = [
    "KINDS",
    "STANDARD_KINDS",
    "Measures",
    "Step",
    "Truth",
    "averaged",
    "evaluate",
    "matched",
    "objectlab_ranking",
    "plant",
    "withhold",
]
