"""The folds of a search, and the recipes that it tries on them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbench.config.params import Search
from cellbench.config.recipe import Recipe
from cellbench.data.dataset import Dataset
from cellbench.tune.folds import LEAST_ROWS, MOST, ORIGINS, folds, training_part
from cellbench.tune.space import default_recipe, search_space, trial_recipes
from cuts import rows, series

VALUES = 10 + np.random.default_rng(0).uniform(0, 1, 200)


def train(values: Any, observed: Any = True, **said: Any) -> Dataset:
    """The period train, after which come as many rows again."""
    both, seen = np.concatenate([values, 5 + np.asarray(values)]), np.broadcast_to(observed, len(values))
    until = {"train": len(values), "validation": len(values) + 20, "test": 2 * len(values)}
    return training_part(rows(series(both, observed=np.concatenate([seen, np.full(len(values), True)])), until, **said))


@settings(max_examples=50, deadline=None)
@given(length=st.integers(30, 200), horizon=st.integers(1, 8))
def test_every_fold_is_forecast_from_half_of_the_training_part_at_least_and_from_all_that_comes_before_it(
    length: int, horizon: int
) -> None:
    data = train(VALUES[:length], horizon=horizon)
    assert len(data.rows) == length
    found = folds(data)
    assert len(found) <= MOST
    end = length
    for fold in found:
        assert len(fold.rows) == end  # the latest first, one after the other
        np.testing.assert_array_equal(fold.values, data.values[:end])
        scored = fold.origins("validation")
        assert len(scored) >= ORIGINS
        assert scored[-1] + horizon == end - 1
        end = int(scored[0]) + 1
        assert len(fold.origins("train")) == end - horizon
        assert end >= max(LEAST_ROWS, length // 2)
    assert found or length - (max(horizon + ORIGINS - 1, length // 10)) < max(LEAST_ROWS, length // 2)


def test_a_series_that_is_too_short_has_no_fold() -> None:
    assert folds(train(VALUES[:22])) == []
    assert len(folds(train(VALUES[:100]))) == MOST


def test_a_row_that_was_filled_in_from_a_later_value_is_not_of_the_training_part() -> None:
    observed = np.array([True] * 48 + [False] * 2)
    assert len(train(VALUES[:50], observed).rows) == 48


RECIPE = Recipe(epochs=7, replicates=3)


@pytest.mark.parametrize(
    ("said", "window", "scaling"),
    [({}, 12, "last"), ({"season": 4}, 6, "seasonal"), ({"season": 30}, 32, "seasonal"), ({"season": 60}, 32, "last")],
)
def test_the_default_recipe_is_that_of_training_relative_to_the_season_before_where_its_window_holds_one(
    said: dict[str, int], window: int, scaling: str
) -> None:
    """A window has at most a third of 100 rows, less the horizon."""
    found = default_recipe(RECIPE, train(VALUES[:100], **said))
    assert found == RECIPE.model_copy(update={"window": window, "scaling": scaling})


def test_the_default_recipe_is_tried_first_and_the_others_come_from_the_space() -> None:
    data = train(VALUES, season=12)
    found, space = trial_recipes(RECIPE, data, Search(trials=32), 0, "own"), search_space(data, {})
    assert len(found) == 32
    assert found[0] == default_recipe(RECIPE, data)
    for recipe in found[1:]:
        for key, values in space.items():
            assert getattr(recipe, key) in values
        assert recipe.window is not None
        assert recipe.scaling != "seasonal" or recipe.window >= 12
        assert (recipe.replicates, recipe.select) == (3, "last")
    for key, values in space.items():
        assert {getattr(recipe, key) for recipe in found} >= set(values)  # no value is left out
    assert len({recipe.model_dump_json() for recipe in found}) == 32


def test_the_recipes_depend_on_dataset_and_seed_and_fewer_trials_are_the_first_of_more() -> None:
    data = train(VALUES)
    found = trial_recipes(RECIPE, data, Search(trials=16), 0, "own")
    assert trial_recipes(RECIPE, data, Search(trials=16), 0, "own") == found
    assert trial_recipes(RECIPE, data, Search(trials=16), 1, "own")[1:] != found[1:]
    assert trial_recipes(RECIPE, data, Search(trials=16), 0, "other")[1:] != found[1:]
    assert trial_recipes(RECIPE, data, Search(trials=9), 0, "own") == found[:9]
    assert trial_recipes(RECIPE, data, Search(trials=1), 0, "own") == found[:1]


def test_a_dataset_may_have_a_space_of_its_own_in_which_every_cell_is_searched() -> None:
    data, own = train(VALUES), {"window": [5, 9], "units": [3]}
    found = trial_recipes(RECIPE, data, Search(trials=16, spaces={"own": own}), 0, "own")
    assert found[0] == default_recipe(RECIPE, data)
    assert {recipe.window for recipe in found[1:]} == {5, 9}
    assert {recipe.units for recipe in found[1:]} == {3}
    assert {recipe.loss for recipe in found[1:]} == {"mse", "huber"}  # as for the others
    assert trial_recipes(RECIPE, data, Search(trials=16, spaces={"other": own}), 0, "own")[1:] != found[1:]


@pytest.mark.parametrize(
    ("values", "transforms"),
    [(VALUES, ("none", "log")), (VALUES - 10, ("none", "sqrt")), (VALUES - 10.5, ("none",))],
    ids=["positive", "from zero", "of both signs"],
)
def test_a_transform_is_tried_where_the_signs_of_the_training_part_allow_it(
    values: Any, transforms: tuple[str, ...]
) -> None:
    assert search_space(train(np.maximum(values, -9)), {})["transform"] == transforms


def test_a_long_series_is_learned_in_larger_batches() -> None:
    assert search_space(train(VALUES), {})["batch_size"] == (8, 16, 32)
    assert search_space(train(np.tile(VALUES, 6)), {})["batch_size"] == (32, 64, 128)
