"""A whole small evaluation, held against its own tables."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellbench.config.params import load_params
from cellbench.evaluate.stage import evaluate
from cellbench.files import write_table
from cellbench.prepare.stage import prepare
from cellbench.train.stage import train

PARAMS = """
seed: 0
training: {window: 3, replicates: 2, epochs: 2, batch_size: 32, learning_rate: 0.01}
datasets:
  wave:
    {source: arma, ar: [0.6], sigma: 1.0, length: 160, horizon: 2, season: 4,
     baselines: [mean, drift, seasonal, ar, ets],
     until: {train: 0.5, validation: 0.7, early: 0.85, late: 1.0}}
experiments:
  a: {dataset: wave, cell: gru, units: 2}
  b: {dataset: wave, cell: elman, units: 2, replicates: 3}
"""


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluated")
    (folder / "params.yaml").write_text(PARAMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        params = load_params()
        prepare(params, "wave")
        for experiment in params.experiments:
            train(params, experiment)
        evaluate(params, "wave")
    return folder / "reports"


def rows_of(reports: Path, table: str) -> list[dict[str, str]]:
    with (reports / table / "wave.csv").open() as file:
        return list(csv.DictReader(file))


BASELINES = ["mean", "drift", "seasonal", "ar", "ets"]
FORECASTERS = ["a", "b", "cells", "cells_and_baseline", *BASELINES, "optimum"]


def test_every_forecaster_is_held_against_the_same_truths(evaluated: Path) -> None:
    asked: dict[str, list[tuple[str, ...]]] = {}
    for row in rows_of(evaluated, "forecasts"):
        if row["period"] != "future":
            what = (row["period"], row["time"], row["step"], row["truth"])
            asked.setdefault(row["forecaster"], []).append(what)
    assert list(asked) == FORECASTERS
    assert all(asked[name] == asked["mean"] for name in FORECASTERS)
    assert len(set(asked["mean"])) == 2 * (23 + 23)  # 24 rows a period, two steps


def test_the_scores_are_those_of_the_forecasts_that_are_shown(evaluated: Path) -> None:
    errors: dict[str, list[float]] = {}
    for row in rows_of(evaluated, "forecasts"):
        if row["period"] != "future":
            errors.setdefault(row["forecaster"], []).append(float(row["truth"]) - float(row["forecast"]))
    scores = {
        row["forecaster"]: float(row["test_mse"])
        for row in rows_of(evaluated, "scores")
        if (row["period"], row["step"], row["replicate"]) == ("all", "all", "ensemble")
    }
    assert scores == pytest.approx({name: np.square(errors[name]).mean() for name in FORECASTERS}, rel=1e-6)


def test_the_comparison_and_the_metrics_tell_of_the_same_errors(evaluated: Path) -> None:
    compared = json.loads((evaluated / "comparisons/wave.json").read_text())
    metrics = {path.stem: json.loads(path.read_text()) for path in (evaluated / "metrics/wave").rglob("*.json")}
    best = compared["best_baseline"]
    assert metrics[best]["val_mse"] == min(metrics[name]["val_mse"] for name in BASELINES)
    for pair in compared["against_baseline"]:
        expected = metrics[pair["first"]]["test_mse"] - metrics[best]["test_mse"]
        assert pair["mean"] == pytest.approx(expected)
    for name in ("a", "b"):
        assert metrics[name]["val_mse"] >= metrics[name]["val_ensemble_mse"]  # the mean of squares, the square of means
    assert compared["samples"] == 46
    above = {pair["first"]: pair["mean"] for pair in compared["above_optimum"]}
    ours = {name: metrics[name].get("ensemble_mse", metrics[name]["test_mse"]) for name in FORECASTERS[:-1]}
    assert above == pytest.approx({name: mse - metrics["optimum"]["test_mse"] for name, mse in ours.items()})
    assert metrics["a"]["excess_over_optimum"] == pytest.approx(above["a"] / metrics["optimum"]["test_mse"])
    assert compared["labels"]["cells_and_baseline"] == f"half mean of the ensembles, half {compared['labels'][best]}"
    averaged = [(pair["first"], pair["second"]) for pair in compared["averages_against_baseline"]]
    assert averaged == [("cells", best), ("cells_and_baseline", best)]


def test_averages_are_means_of_forecasts_in_every_row_and_the_true_forecast_falls_back_by_its_coefficient(
    evaluated: Path,
) -> None:
    shown: dict[str, list[float]] = {}
    for row in rows_of(evaluated, "forecasts"):
        shown.setdefault(row["forecaster"], []).append(float(row["forecast"]))
    forecasts = {name: np.array(values) for name, values in shown.items()}
    best = json.loads((evaluated / "comparisons/wave.json").read_text())["best_baseline"]
    assert forecasts["cells"] == pytest.approx((forecasts["a"] + forecasts["b"]) / 2, abs=1e-6)
    halves = (forecasts["cells"] + forecasts[best]) / 2
    assert forecasts["cells_and_baseline"] == pytest.approx(halves, abs=1e-6)
    one, two = forecasts["optimum"].reshape(-1, 2).T
    truth = [float(row["truth"]) for row in rows_of(evaluated, "forecasts")[:44:2]]  # one step ahead, the first period
    assert one[1:23] == pytest.approx(0.6 * np.array(truth), abs=1e-6)
    assert two == pytest.approx(0.6 * one, abs=1e-6)


def test_tables_are_written_in_single_precision_and_without_what_is_missing(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["a", "b,c"], "n": [1, 2], "x": [0.1, 16777217.0], "y": [np.nan, 2.0]})
    write_table(tmp_path / "table.csv", table)
    assert (tmp_path / "table.csv").read_bytes() == b'name,n,x,y\na,1,0.100000001,\n"b,c",2,16777216,2\n'
    read = pd.read_csv(tmp_path / "table.csv", dtype={"x": np.float32})
    assert read["x"].tolist() == table["x"].astype(np.float32).tolist()
