"""The recipe of the sunspot experiments is the one of the lowest score in docs/sunspots_recipe.csv."""

import csv
from pathlib import Path

from cellbench.config.params import load_params

ROOT = Path(__file__).parents[1]
ROWS = list(csv.DictReader((ROOT / "docs/sunspots_recipe.csv").open()))


def test_params_yaml_has_the_recipe_of_the_lowest_score() -> None:
    best = min(ROWS, key=lambda row: float(row["mean"]))
    experiments = load_params(ROOT / "params.yaml").experiments_on("sunspots")
    assert {e.cell for e in experiments.values()} == {"elman", "lstm", "gru", "gru_reset_after"}
    chosen = (
        "transform",
        "scaling",
        "window",
        "skip",
        "units",
        "batch_size",
        "learning_rate",
        "weight_decay",
        "epochs",
    )
    for experiment in experiments.values():
        for name in chosen:
            value = getattr(experiment, name)
            assert best[name] == str(value) or float(best[name]) == float(value), name
        assert experiment.select == "last"
