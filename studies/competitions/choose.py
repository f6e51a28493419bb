"""Choose one recipe for all cells on the M1 competition: python studies/competitions/choose.py yearly

Every recipe is tried with every cell on two folds: the official hold-out of M1, and as many values before it. The error
is the mean MASE of single networks, over folds, cells, replicates and series; no value of M3 or Tourism is looked at.
The best of them are tried again with other seeds and more replicates, since the best of many was lucky, too; their
table is written to studies/competitions/m1_<frequency>.csv, the best first.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from cellbench.cells import CELLS
from cellbench.config.params import Experiment
from cellbench.config.sources import HORIZONS, Competition
from cellbench.continuation import network_forecasts
from cellbench.data.dataset import Dataset
from cellbench.evaluate.holdout import Holdout
from cellbench.executor import executor
from cellbench.network import build_network
from cellbench.prepare.periods import divide
from cellbench.prepare.stage import read_series
from cellbench.streams import stream
from cellbench.train.experiment import train_experiment
from cellbench.tune.folds import folds

FINALISTS = 12
FOLDS = 2
COMMON: dict[str, tuple[Any, ...]] = {
    "transform": ("none", "log"),
    "skip": ("none", "linear"),
    "learning_rate": (0.001, 0.002, 0.003, 0.005, 0.01),
    "schedule": ("constant", "cosine"),
    "weight_decay": (0.0, 0.1, 1.0),
    "loss": ("mse", "mae", "huber"),
}
SPACES: dict[str, dict[str, tuple[Any, ...]]] = {
    "yearly": {
        "window": (4, 5, 6, 8, 10),
        "scaling": ("window", "last", "mean"),
        "units": (4, 8, 16, 32),
        "batch_size": (16, 32, 64, 128),
        "epochs": (5, 10, 20, 40),
    },
    "quarterly": {
        "window": (4, 6, 8, 12, 16),
        "scaling": ("window", "last", "mean", "seasonal"),
        "units": (8, 16, 32),
        "batch_size": (32, 64, 128),
        "epochs": (5, 10, 20),
    },
    "monthly": {
        "window": (12, 15, 18, 24),
        "scaling": ("window", "last", "mean", "seasonal"),
        "units": (8, 16, 32),
        "batch_size": (64, 128, 256),
        "epochs": (5, 10, 15),
    },
}
RECIPES = {"yearly": 128, "quarterly": 64, "monthly": 32}
"""To begin with: a training on more and longer series takes longer."""


def candidates(frequency: str) -> list[dict[str, Any]]:
    """The points of a scrambled Sobol sequence."""
    space, season = COMMON | SPACES[frequency], HORIZONS[frequency][1] or 1
    points = qmc.Sobol(len(space), rng=stream(0, "m1", frequency)).random(RECIPES[frequency])
    found = [{key: of[int(x * len(of))] for (key, of), x in zip(space.items(), point, strict=True)} for point in points]
    for recipe in found:
        if recipe["scaling"] == "seasonal" and recipe["window"] < season:
            recipe["scaling"] = "mean"
    return found


def mase(recipe: dict[str, Any], cell: str, fold: Dataset, replicates: int) -> float:
    """The mean MASE of single networks on a fold, whose period test is to be forecast."""
    experiment = Experiment(dataset="m1", cell=cell, seed=replicates, replicates=replicates, **recipe)
    with redirect_stdout(StringIO()):
        trained = train_experiment(cell, experiment, fold.only(fold.until("train")))
    test = Holdout(fold)
    network = build_network(cell, trained.weights["final"], experiment.cell_options)
    forecasts = network_forecasts(network, fold.samples(test.origins, trained.card.view, cell))
    return float(np.nanmean(test.scores(forecasts)["test_mase"]))


def main(frequency: str) -> None:
    source = Competition.model_validate({"source": "competition", "collection": "m1", "frequency": frequency})
    data = divide(read_series(source, 0, "m1"), source, "datasets.m1")
    parts = folds(data.only((data.rows["period"] != "future").to_numpy()))[:FOLDS]
    tests = [Dataset(p.card, p.rows.assign(period=p.rows["period"].replace("validation", "test"))) for p in parts]
    recipes = candidates(frequency)
    first = errors_of(recipes, tests, replicates=3).mean(axis=1)
    finalists = [recipes[n] for n in np.argsort(first)[:FINALISTS]]
    errors = errors_of(finalists, tests, replicates=10)
    table = pd.DataFrame(finalists).assign(first=np.sort(first)[:FINALISTS], **dict(zip(CELLS, errors.T, strict=True)))
    table["mase"] = errors.mean(axis=1)
    table = table.sort_values("mase")
    path = Path(__file__).with_name(f"m1_{frequency}.csv")
    table.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")
    print(table.to_string(index=False))


def errors_of(recipes: Sequence[dict[str, Any]], tests: Sequence[Dataset], replicates: int) -> NDArray[np.float64]:
    """Those of each recipe with each cell, over the folds, `(recipes, cells)`."""
    pieces = [(recipe, cell, test, replicates) for recipe in recipes for cell in CELLS for test in tests]
    found: dict[int, float] = {}
    with executor() as workers:
        for number, error in workers.results(mase, pieces):
            found[number] = error
            print(f"{len(found)} of {len(pieces)}: {error:.3f}", file=sys.stderr, flush=True)
    return np.array([found[n] for n in range(len(pieces))]).reshape(len(recipes), len(CELLS), len(tests)).mean(axis=2)


if __name__ == "__main__":
    main(sys.argv[1])
