"""The recipes that a search tries: the default one, then points spread evenly over what may suit the data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import qmc

from cellbench.config.params import Search
from cellbench.config.recipe import Recipe
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import means_by
from cellbench.streams import stream

DEFAULT_WINDOW = 12
MANY_SAMPLES = 1000
"""From here on, mini-batches are four times as large: the steps of an epoch would take too long."""
VERY_MANY_SAMPLES = 10_000
"""From here on, a fifth of the epochs have as many steps as all of them elsewhere."""


def default_recipe(training: Recipe, data: Dataset) -> Recipe:
    """What is used where nothing better is known: that of `training`. Where it has no window, that is a season and a
    half; where it has no scaling, values are relative to the season before, or to the last value if the window holds no
    season. A network that learned nothing then forecasts what the naive ones do.
    """
    season, longest = data.card.season, _longest_window(data)
    window = min(training.window or (3 * season // 2 if season else DEFAULT_WINDOW), longest)
    scaling = "seasonal" if season and season <= window else "last"
    return training.model_copy(update={"window": window, "scaling": training.scaling or scaling, "select": "last"})


def trial_recipes(training: Recipe, data: Dataset, search: Search, seed: int, dataset: str) -> list[Recipe]:
    """The same recipes for every cell on a dataset, drawn before any is tried: the default one comes first.

    The others are the points of a scrambled Sobol sequence (Sobol' 1967; Owen 1998), which leave no large gaps.
    """
    default, space = default_recipe(training, data), search_space(data, search.spaces.get(dataset, {}))
    random = stream(seed, dataset, "search")
    points = qmc.Sobol(len(space), rng=random).random_base2(max(1, (search.trials - 1).bit_length()))
    found = [default]
    for point in points[: search.trials - 1]:
        chosen = {
            key: values[int(share * len(values))] for (key, values), share in zip(space.items(), point, strict=True)
        }
        if chosen["scaling"] == "seasonal" and chosen["window"] < (data.card.season or 0):
            chosen["scaling"] = "mean"
        found.append(Recipe.model_validate({**default.model_dump(), **chosen}))
    return found


def search_space(data: Dataset, own: Mapping[Any, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The values that each key of a recipe may take: a dataset's own, or what its season, length and sign suggest."""
    season, longest, target = data.card.season, _longest_window(data), data.values[:, 0]
    windows = [season, 3 * season // 2, 2 * season] if season else [4, 8, 12, 16]
    many = 4 if len(target) > MANY_SAMPLES else 1
    # Not where a value of a series is nearly zero: the next one might be no logarithm.
    lowest = np.minimum.reduceat(target, np.unique(data.first))
    logarithm = (lowest > 0.1 * means_by(data.series, np.abs(target)[None], len(lowest))[0]).all()
    return {
        "window": tuple(sorted({min(window, longest) for window in windows})),
        "transform": ("none", "log") if logarithm else ("none", "sqrt") if target.min() >= 0 else ("none",),
        "scaling": ("train", "window", "mean", "last", *(["seasonal"] if season and season <= longest else [])),
        "skip": ("none", "linear"),
        "units": (4, 8, 16),
        "batch_size": tuple(many * size for size in (8, 16, 32)),
        "learning_rate": (0.001, 0.002, 0.003, 0.005, 0.01, 0.02),
        "schedule": ("constant", "cosine"),
        "weight_decay": (0.0, 0.1, 1.0),
        "loss": ("mse", "huber"),
        "epochs": (5, 10, 20, 40) if len(target) > VERY_MANY_SAMPLES else (25, 50, 100, 200),
        **own,
    }


def _longest_window(data: Dataset) -> int:
    """With the horizon a third of the training part, or half of that of a typical one of many series, which is what a
    fold may leave of it: enough windows must be left to learn from.
    """
    typical = int(np.median(np.bincount(data.series)))
    return max(1, typical // (2 if data.is_many else 3) - data.card.outputs)
