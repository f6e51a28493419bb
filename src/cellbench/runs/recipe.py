"""The recipe of an experiment as it is trained: as given, or with what a search found."""

from pathlib import Path

from cellbench.config.params import Experiment
from cellbench.files import read_json

FOUND, SEARCH, TRIALS = "recipe.json", "search.json", "trials.csv"
"""The keys that were chosen; how sure the choice is; all that was tried."""


def recipe_folder(dataset: str, experiment: str) -> Path:
    """What the search of an experiment leaves behind, from the repository's root."""
    return Path("recipes") / dataset / experiment


def with_found_recipe(name: str, experiment: Experiment) -> Experiment:
    """An experiment with the recipe that was found for it; as it is, if its recipe is given.

    Raises:
        InputError: the search has not been run.
    """
    if experiment.recipe is None:
        return experiment
    found = read_json(recipe_folder(experiment.dataset, name) / FOUND)
    return Experiment.model_validate(experiment.model_dump() | found)
