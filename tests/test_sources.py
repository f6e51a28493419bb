"""The datasets of params.yaml: what may be said of a series, and how a mistake in it is named."""

from pathlib import Path

import pytest

from cellbench.config.params import load_params
from own_series import GOOD, SERIES, Complaint

END = "must be a time label (a date in quotes), a share of the rows, or rows before the end as -12, got "
TAKEN = (
    "a name is a letter, then letters, digits, '_' or '-', and none of "
    "mean, last, drift, seasonal, ar1, ar, ar_sqrt, ar_log, arima, ets, theta, ces, croston, cells, "
    "cells_and_baseline, optimum, raw, checked, tuned, size, nfiles"
)
MISTAKES_IN_SERIES = {
    "differences to a season, and none is named": (
        "window: 3",
        "window: 3, scaling: seasonal",
        "experiments.own_gru.scaling: seasonal needs a season of the dataset, and a window that is not shorter than it",
    ),
    "a season longer than the window": (
        "target: y}\nexperiments:\n  own_gru: {dataset: own, cell: gru, window: 3",
        "target: y, season: 4}\nexperiments:\n  own_gru: {dataset: own, cell: gru, window: 3, scaling: seasonal",
        "experiments.own_gru.scaling: seasonal needs a season of the dataset, and a window that is not shorter than it",
    ),
    "no window": ("window: 3, ", "", "experiments.own_gru.window: is missing: how many rows a forecast sees"),
    "a window of noise": (
        "units: 4, batch_size: 1}",
        "units: 4, window: 5, batch_size: 1}",
        "experiments.lstm.window: noise has none: its samples are as long as its timesteps, and not scaled, got 5",
    ),
    "noise that is scaled": (
        "units: 4, batch_size: 1}",
        "units: 4, scaling: last, batch_size: 1}",
        "experiments.lstm.scaling: noise has none: its samples are as long as its timesteps, and not scaled, got last",
    ),
    "noise that is transformed": (
        "units: 4, batch_size: 1}",
        "units: 4, transform: log, batch_size: 1}",
        "experiments.lstm.transform: must be 'none', since noise is not transformed, got 'log'",
    ),
    "no such recipe": (
        "cell: elman, recipe: ma}",
        "cell: elman, recipe: mb}",
        "experiments.ma_elman.recipe: must be tuned or one of recipes (ma, yearly), got 'mb'",
    ),
    "a mistake in a recipe": (
        "scaling: train, units: 4, epochs: 25",
        "scaling: train, units: 4, epochs: 0",
        "recipes.ma.epochs: must be at least 1, got 0",
    ),
    "a key beside a search for it": (
        "cell: elman, recipe: tuned}",
        "cell: elman, recipe: tuned, units: 4}",
        "experiments.sunspots_elman.units: must not be given with recipe: tuned, since the search chooses it",
    ),
    "a search on noise": (
        "units: 4, batch_size: 1}",
        "recipe: tuned}",
        "experiments.lstm.recipe: there is nothing to tune on noise, got 'tuned'",
    ),
    "a search of nothing": (
        "recipes: #",
        "search: {trials: 0}\nrecipes: #",
        "search.trials: must be at least 1, got 0",
    ),
    "an end after the end": (
        "window: 3, units: 1}",
        "window: 3, units: 1, stop_after: 101}",
        "experiments.own_gru.stop_after: must be at most its 100 epochs, got 101",
    ),
    "a key that is not of a recipe": (
        "  ma: {window: 12,",
        "  ma: {cell: gru, window: 12,",
        "recipes.ma.cell: unknown key",
    ),
    "a file that DVC does not watch": (
        "path: data/raw/x.csv",
        "path: data/x.csv",
        "datasets.own.path: must be a file in data/raw, which DVC watches, got 'data/x.csv'",
    ),
    "a way out of data/raw": (
        "path: data/raw/x.csv",
        "path: data/raw/../x.csv",
        "datasets.own.path: must be a file in data/raw, which DVC watches, got 'data/raw/../x.csv'",
    ),
    "braces": (
        "path: data/raw/x.csv",
        "path: '{folder}/{0'",
        "datasets.own.path: must be a file in data/raw, which DVC watches, got '{folder}/{0'",
    ),
    "no such way with missing values": (
        "target: y}",
        "target: y, missing: ignore}",
        "datasets.own.missing: must be 'error', 'interpolate' or 'drop', got 'ignore'",
    ),
    "no such transform": (
        "{window: 12,",
        "{window: 12, transform: root,",
        "recipes.ma.transform: must be 'none', 'sqrt' or 'log', got 'root'",
    ),
    "no validation": (
        "validation: 0.15, ",
        "",
        "datasets.ma.until: needs train, validation and at least one period to test on, got train, test",
    ),
    "nothing to test on": (
        "validation: 0.15, test: 1.0",
        "validation: 0.15",
        "datasets.ma.until: needs train, validation and at least one period to test on, got train, validation",
    ),
    "more than all rows": (
        "test: 1.0",
        "test: 1.5",
        "datasets.ma.until.test: a share of the rows lies between 0 and 1.0, got 1.5",
    ),
    "an unquoted date": (
        "validation: 1920,",
        "validation: 1920-01-01,",
        f"datasets.sunspots.until.validation: {END}1920-01-01",
    ),
    "no end at all": ("validation: 1920,", "validation: null,", f"datasets.sunspots.until.validation: {END}None"),
    "a number for a period's name": (
        "1921-1955: 1955",
        "1955: 1955",
        "datasets.sunspots.until.1955: must be a string, got 1955",
    ),
    "the name of all periods": (
        "1921-1955: 1955",
        "all: 1955",
        "datasets.sunspots.until.all: a period's name is letters, digits, '_' or '-', "
        "and not 'all' or 'future', got 'all'",
    ),
    "a random walk": ("ma: [0.8]", "ar: [1.0]", "datasets.ma.ar: must be stationary, got [1.0]"),
    "not invertible": ("ma: [0.8]", "ma: [0.5, 1.5]", "datasets.ma.ma: must be invertible, got [0.5, 1.5]"),
    "a number for a list": ("ma: [0.8]", "ma: 0.8", "datasets.ma.ma: must be a list, got 0.8"),
    "the name of a baseline": ("  gru: {", "  ar: {", f"experiments.ar: {TAKEN}, got 'ar'"),
    "the name of a folder": (
        "experiments:",
        "  raw: {source: noise, samples: 9, test_samples: 9, predict_samples: 9, timesteps: 1, features: 1}\n"
        "experiments:\n  on_noise: {dataset: raw, cell: gru, units: 1}",
        f"datasets.raw: {TAKEN}, got 'raw'",
    ),
    "the best of no validation part": (
        "batch_size: 1}",
        "batch_size: 1, select: best}",
        "experiments.lstm.select: must be 'last', since noise has no validation part, got 'best'",
    ),
    "patience for nothing": (
        "window: 3, units: 1}",
        "window: 3, units: 1, patience: 5}",
        "experiments.own_gru.patience: needs select: best, got 5 with select: last",
    ),
    "growing weights": (
        "weight_decay: 0.0",
        "weight_decay: -0.1",
        "training.weight_decay: must be at least 0, got -0.1",
    ),
    "a misspelt key that is needed": (
        "target: y}",
        "targe: y}",
        "datasets.own.targe: unknown key; did you mean 'target'",
    ),
    "no target": (", target: y", "", "datasets.own.target: is missing"),
    "target and time at once": (
        "target: y}",
        "target: y, time: y}",
        "datasets.own: the column y has more than one role",
    ),
    "a feature twice": (
        "target: y}",
        "target: y, features: [a, a]}",
        "datasets.own: the column a has more than one role",
    ),
    "a key of another source": ("target: y}", "target: y, length: 5}", "datasets.own.length: unknown key"),
    "no source": ("source: csv, ", "", "datasets.own.source: is missing"),
    "a dataset that is no mapping": (
        "  own: {source: csv, path: data/raw/x.csv, target: y}",
        "  own:",
        "datasets.own: must be a mapping, got None",
    ),
    "published for no test period": (
        "{1921-1955: 0.126",
        "{1921-1956: 0.126",
        "datasets.sunspots.published: 'AR(12), as commonly cited' has 1921-1956, "
        "the test periods are 1921-1955, 1956-1979, 1980-2008",
    ),
    "published relative to nothing": (
        "    variance: 1535.0\n",
        "",
        "datasets.sunspots.published: test_arv needs the variance that these errors are relative to",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES_IN_SERIES.values(), ids=MISTAKES_IN_SERIES)
def test_a_mistake_in_a_series_is_one_line_with_its_key(
    tmp_path: Path, complaint: Complaint, right: str, wrong: str, message: str
) -> None:
    assert complaint(SERIES, right, wrong) == f"{tmp_path / 'params.yaml'}: {message}"


def test_a_series_of_the_users_own_needs_three_keys_and_its_experiment_a_window(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(SERIES)
    params = load_params(path)
    own, recipe = params.datasets["own"].model_dump(), params.experiments["own_gru"].model_dump()
    assert own["until"] == {"train": 0.7, "validation": 0.85, "test": 1.0}
    assert [own[key] for key in ("horizon", "missing", "features", "time")] == [1, "error", [], None]
    assert [recipe[key] for key in ("window", "transform", "scaling", "skip")] == [3, "none", "last", "none"]


def test_a_recipe_is_taken_from_the_experiment_its_named_recipe_and_training_in_this_order(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(GOOD.replace("cell: elman, recipe: ma}", "cell: elman, recipe: ma, epochs: 7}"))
    experiment = load_params(path).experiments["ma_elman"]
    assert (experiment.epochs, experiment.batch_size, experiment.replicates) == (7, 64, 10)
    renamed = path.read_text().replace("  ma: {window", "  memory: {window").replace("recipe: ma", "recipe: memory")
    path.write_text(renamed)
    assert load_params(path).experiments["ma_elman"] == experiment
