"""Which recipes go on to the next fold, and which one is chosen: made-up errors of trials on folds."""

import math
from collections.abc import Sequence

import pytest

from cellbench.config.recipe import Recipe
from cellbench.tune.search import Trial, Tried, choose, search

INF = math.inf


def searched(errors: Sequence[Sequence[float]]) -> tuple[list[Trial], list[list[int]]]:
    """The trials after a search in which each has an error `errors[trial][fold]`, and which were tried on each fold."""
    asked: list[list[int]] = []

    def try_on(fold: int, left: list[int]) -> list[Tried]:
        asked.append(left)
        return [Tried([[errors[trial][fold]]], 1) for trial in left]

    return search([Recipe(units=n + 1) for n in range(len(errors))], len(errors[0]), try_on), asked


def trial(*folds: list[list[float]]) -> Trial:
    return Trial(Recipe(), [Tried(errors, 1) for errors in folds])


def test_the_better_half_goes_on_and_the_default_recipe_always() -> None:
    trials, asked = searched([[9, 9, 9], [1, 9, 9], [2, 1, 1], [3, 0, 0], [4, 0, 0], [5, 0, 0], [6, 0, 0], [7, 0, 0]])
    assert asked == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4], [0, 2, 3, 4]]
    # after two folds the means are 5, 1.5, 1.5 and 2: of the five that are left, three go on
    assert [len(one.folds) for one in trials] == [3, 2, 3, 3, 3, 1, 1, 1]
    assert choose(trials) is trials[3]  # the mean of 3, 0, 0 is the lowest of those that were tried on all folds


def test_an_error_is_that_of_one_network_the_mean_over_folds_and_replicates_at_their_best_common_epoch() -> None:
    one = trial([[4, 6], [1, 3], [9, 9]], [[8, 8], [3, 3], [0, 0]])
    assert one.curve.tolist() == [6.5, 2.5, 4.5]
    assert (one.best_epoch, one.score) == (2, 2.5)
    assert one.by_fold().tolist() == [2, 3]


def test_what_diverges_never_wins_whatever_it_was_before() -> None:
    half = trial([[0, 0], [0, INF]], [[5, INF], [0, INF]])
    assert half.score == INF
    assert choose([trial([[1.0]], [[2.0]]), trial([[INF]], [[0.0]])]).score == 1.5
    assert choose([trial([[INF]]), trial([[INF]])]).score == INF  # the default, with which the training will say so
    assert choose([trial([[INF]], [[INF]]), trial([[8.0]], [[9.0]])]).score == 8.5


@pytest.mark.parametrize(
    ("default", "other", "chosen"),
    [
        ([1.0, 2.0, 4.0], [0.9, 1.8, 3.6], 1),  # a tenth less on each
        ([1.0, 2.0, 4.0], [1.0, 2.0, 3.9], 0),  # a little on one
        ([1.0, 2.0, 4.0], [1.1, 2.2, 0.5], 0),  # much on one, more on the others
        ([1.0, 2.0, 4.0], [1.1, 2.2, 4.4], 0),
        ([4.0], [3.9], 1),  # of one fold nothing is known of chance
    ],
)
def test_the_default_recipe_is_kept_unless_it_is_clearly_beaten(
    default: list[float], other: list[float], chosen: int
) -> None:
    trials, _ = searched([default, other])
    assert choose(trials) is trials[chosen]


def test_of_those_that_clearly_beat_the_default_the_lowest_wins() -> None:
    """The second is as low as the fourth, by one fold alone."""
    trials = [trial(*([[error]] for error in errors)) for errors in ([4, 4, 4], [4.5, 4.5, 0.1], [3, 3, 4], [3, 3, 3])]
    assert choose(trials) is trials[3]
    assert choose(trials[:2]) is trials[0]
