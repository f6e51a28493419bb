"""A search: the same recipes for every cell on a dataset, in rungs, and the one that is chosen.

In each rung all recipes that are left are tried on one more fold; then the better half goes on. A rung ends when all
its trials have: what is tried does not depend on which was faster (successive halving, Jamieson and Talwalkar 2016).

Shape letters: K folds, E epochs, R replicates.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cellbench.config.recipe import Recipe
from cellbench.data.scaling import Array
from cellbench.files import rounded

TINY = np.finfo(float).tiny
Errors = Callable[[Sequence[tuple[int, int]]], dict[tuple[int, int], Array]]
"""The errors `(E, R)` of trials on folds, by (trial, fold), both from 0."""


@dataclass
class Trial:
    """A recipe, and how wrong it was on the folds so far."""

    recipe: Recipe
    folds: list[Array] = field(default_factory=list)
    """The errors `(E, R)` on each."""

    @property
    def curve(self) -> Array:
        """The error of one newly trained network after each epoch `(E,)`: the mean over folds and replicates."""
        means = [errors.mean(axis=1) for errors in self.folds]
        return np.array(rounded(np.mean(means, axis=0).tolist()))

    @property
    def best_epoch(self) -> int:
        """Of the lowest error, from 1."""
        return int(np.argmin(self.curve)) + 1

    @property
    def score(self) -> float:
        return float(self.curve.min())

    def by_fold(self) -> Array:
        """The error on each fold at the best epoch `(K,)`."""
        return np.array([errors[self.best_epoch - 1].mean() for errors in self.folds])


def search(recipes: Sequence[Recipe], folds: int, errors_of: Errors) -> list[Trial]:
    """Try recipes rung by rung; the first one, the default, is tried on all folds."""
    trials, left = [Trial(recipe) for recipe in recipes], list(range(len(recipes)))
    for fold in range(folds):
        found = errors_of([(trial, fold) for trial in left])
        for trial in left:
            trials[trial].folds.append(found[trial, fold])
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
