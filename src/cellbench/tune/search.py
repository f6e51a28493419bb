"""A search: the same recipes for every cell on a dataset, in rungs, and the one that is chosen.

In each rung all recipes that are left are tried on one more fold; then the better half goes on. A rung ends when all
its trials have: what is tried does not depend on which was faster (successive halving, Jamieson and Talwalkar 2016).

Shape letters: K folds, E epochs, R replicates.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cellbench.config.recipe import Recipe
from cellbench.data.scaling import Array
from cellbench.files import rounded

TINY = np.finfo(float).tiny


class Tried(NamedTuple):
    """What came of a recipe on a fold."""

    errors: list[list[float]]
    """Of each replicate after each epoch `(E, R)`: see `Dataset.validation_errors`; infinite from where it diverged."""
    steps: int
    """Of the optimiser, in each replicate."""


@dataclass
class Trial:
    """A recipe, and how wrong it was on the folds so far."""

    recipe: Recipe
    folds: list[Tried] = field(default_factory=list)

    @property
    def curve(self) -> Array:
        """The error of one newly trained network after each epoch `(E,)`: the mean over folds and replicates."""
        means = [np.mean(tried.errors, axis=1) for tried in self.folds]
        return np.array(rounded(np.mean(means, axis=0).tolist()))

    @property
    def best_epoch(self) -> int:
        """Of the lowest error, from 1."""
        return int(np.argmin(self.curve)) + 1

    @property
    def score(self) -> float:
        return float(self.curve.min())

    @property
    def steps(self) -> int:
        """Of the optimiser in each replicate, on all folds."""
        return sum(tried.steps for tried in self.folds)

    def by_fold(self) -> Array:
        """The error on each fold at the best epoch `(K,)`."""
        return np.array([np.mean(tried.errors[self.best_epoch - 1]) for tried in self.folds])


def search(recipes: Sequence[Recipe], folds: int, try_on: Callable[[int, list[int]], list[Tried]]) -> list[Trial]:
    """Try recipes rung by rung; the first one, the default, is tried on all folds.

    Args:
        try_on: called with the number of a fold and those of the recipes to try on it, from 0.
    """
    trials, left = [Trial(recipe) for recipe in recipes], list(range(len(recipes)))
    for fold in range(folds):
        for trial, tried in zip(left, try_on(fold, left), strict=True):
            trials[trial].folds.append(tried)
        ranked = sorted(left, key=lambda trial: (trials[trial].score, trial))
        left = sorted({0, *ranked[: math.ceil(len(left) / 2)]})
    return trials


def choose(trials: Sequence[Trial]) -> Trial:
    """The trial of the lowest error among those on all folds that are clearly better than the default; or the default.

    What diverged never wins.
    """
    default = trials[0]
    finished = [trial for trial in trials if len(trial.folds) == len(default.folds)]
    better = [trial for trial in finished if clearly_better(trial, default)]
    return min(better, key=lambda trial: trial.score, default=default)


def clearly_better(trial: Trial, default: Trial) -> bool:
    """Whether the logarithm of the ratio of errors, in the mean over the folds, is more than its standard error from 0,
    so that chance alone seldom chooses.
    """
    if not math.isfinite(trial.score) or not math.isfinite(default.score):
        return math.isfinite(trial.score)
    before, after = (np.log(np.maximum(one.by_fold(), TINY)) for one in (default, trial))
    gained = before - after
    error = float(gained.std(ddof=1)) / math.sqrt(len(gained)) if len(gained) > 1 else 0.0
    return bool(gained.mean() > error)
