"""Stage `tune@<experiment>`: the recipe of an experiment with `recipe: tuned`; of another, nothing is to be found."""

from cellbench.config.params import Params
from cellbench.files import write_json
from cellbench.runs.recipe import FOUND, recipe_folder


def tune(params: Params, name: str) -> str:
    """Write recipe.json and, after a search, search.json and trials.csv to recipes/<dataset>/<experiment>/.

    Returns:
        What was found.
    """
    experiment = params.experiments[name]
    folder = recipe_folder(experiment.dataset, name)
    if experiment.recipe is None:
        write_json(folder / FOUND, {})
        return "the recipe is given"
    from cellbench.tune.tuning import run_search  # not above: torch would be loaded where nothing is searched

    return run_search(params, name, folder)
