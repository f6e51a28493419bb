"""From a long table to forecasts, scores and a report for many series."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cellbench import InputError
from cellbench.commands import main
from cellbench.config.params import load_params
from cellbench.data.stored import KNOWN, load_dataset
from cellbench.evaluate.stage import evaluate
from cellbench.forecast.forecaster import forecast_file
from cellbench.forecast.serving import Served
from cellbench.prepare.stage import prepare
from cellbench.publish.model import input_example
from cellbench.report.stage import report
from cellbench.results.results import load_results
from cellbench.train.stage import train

SERIES = 64
PARAMS = """
seed: 1
training: {replicates: 2, epochs: 5, batch_size: 32, learning_rate: 0.01, window: 4, scaling: window, units: 3}
datasets:
  shops:
    source: csv
    path: data/raw/shops.csv
    target: sales
    time: month
    series: shop
    horizon: 2
    season: 3
    until: {train: -4, validation: -2, test: 0}
    published: {metric: test_mase, values: {somebody: 0.5}}
experiments:
  shops_gru: {dataset: shops, cell: gru}
  shops_elman: {dataset: shops, cell: elman}
"""


def table() -> pd.DataFrame:
    """Sales of shops of different sizes that opened at different times; a shop is named NA, one 007."""
    random, rows = np.random.default_rng(4), []
    for number in range(SERIES):
        name = {0: "NA", 1: "007"}.get(number, f"shop {number}")
        months = pd.period_range(end="2024-06", periods=int(random.integers(7, 40)), freq="M")
        level = 10 ** random.uniform(0, 4)
        for n, month in enumerate(months):
            rows.append((name, str(month), round(level * (3 + n % 3 + random.normal() / 4), 4)))
    return pd.DataFrame(rows, columns=["shop", "month", "sales"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shops")
    (folder / "data/raw").mkdir(parents=True)
    (folder / "params.yaml").write_text(PARAMS)
    table().to_csv(folder / "data/raw/shops.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / ".git").mkdir()
        params = load_params()
        prepare(params, "shops")
        for name in params.experiments:
            train(params, name)
        evaluate(params, "shops")
        report(params)
    return folder


def test_every_series_has_scores_of_every_forecaster_and_a_forecast(folder: Path) -> None:
    scores = pd.read_csv(folder / "reports/series/shops.csv", dtype={"series": str}, keep_default_na=False)
    forecasts = pd.read_csv(folder / "reports/forecasts/shops.csv", dtype={"series": str}, keep_default_na=False)
    names = set(table()["shop"])
    assert {"NA", "007"} < names
    for forecaster in ("shops_gru", "last", "seasonal", "ets", "theta", "cells"):
        assert set(scores[scores["forecaster"] == forecaster]["series"]) == names
        future = forecasts[(forecasts["forecaster"] == forecaster) & (forecasts["period"] == "future")]
        assert set(future["series"]) == names
        assert set(future["time"]) == {"2024-07", "2024-08"}
    metrics = json.loads((folder / "reports/metrics/shops/shops_gru.json").read_text())
    own = scores.query("forecaster == 'shops_gru'").astype({"test_rmsse": float, "test_mase": float})
    ensemble, replicates = own.query("replicate == 'ensemble'"), own.query("replicate != 'ensemble'")
    assert metrics["ensemble_mase"] == pytest.approx(ensemble["test_mase"].mean())
    assert metrics["test_mase_median"] == pytest.approx(replicates.groupby("replicate")["test_mase"].median().mean())
    assert metrics["test_msse"] == pytest.approx((replicates["test_rmsse"] ** 2).mean())


def test_the_example_of_a_published_model_is_the_end_of_what_is_known_of_a_series(folder: Path) -> None:
    """Its answer is the forecast of the test, which sees no more of the series; the test has 2 rows."""
    known = load_dataset(folder / "data/shops", KNOWN)
    example = input_example(known, 4)
    pd.testing.assert_frame_equal(example, table().query("shop == 'NA'")[:-2].tail(12).reset_index(drop=True))
    answer = Served(folder / "runs/shops/shops_gru").predict(example)
    forecasts = pd.read_csv(folder / "reports/forecasts/shops.csv", keep_default_na=False)
    expected = forecasts.query("forecaster == 'shops_gru' and series == 'NA' and period == 'test'")["forecast"]
    assert answer["forecast"].tolist() == pytest.approx(expected.astype(float).tolist(), rel=1e-6)


def test_the_season_is_seen_and_the_naive_forecasts_are_beaten(folder: Path) -> None:
    found = json.loads((folder / "reports/comparisons/shops.json").read_text())
    assert (found["loss"], found["series"], found["samples"], found["tested"]) == ("msse", SERIES, SERIES, True)
    assert found["ranking"]["ranks"]["last"] > found["ranking"]["ranks"]["ets"]
    mean = json.loads((folder / "reports/metrics/shops/baselines/mean.json").read_text())
    assert 0.5 < mean["coverage_80"] < 0.97


def test_the_report_says_who_wins_on_how_many_series_and_by_how_much(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (group,) = load_results(load_params())
    text = (folder / "reports/comparison.md").read_text()
    errors = group.series["test_rmsse"].unstack("forecaster")
    wins = (errors["shops_gru"] < errors["shops_elman"]).sum()
    assert f"has the lowest RMSSE of the {SERIES} series: `shops_" in text
    assert f"`shops_gru` on {wins}" in text
    assert f"`shops_elman` on {SERIES - wins}" in text
    assert "| published: somebody | 0.5 |" in text
    assert "the mean squared RMSSE relative to the best baseline, " in text
    pictures = [f"figures/shops/{name}" for name in ("ranks", "error_by_step", "learning_curves")]
    for picture in (*pictures, "test_error/shops"):
        assert f"({picture}.png)" in text
        assert (folder / f"reports/{picture}.png").exists()
    assert "forecasts.png" not in text


def test_one_command_continues_every_series_as_if_it_were_alone(folder: Path, tmp_path: Path) -> None:
    together, _ = forecast_file(folder / "runs/shops/shops_gru", folder / "data/raw/shops.csv", None, [])
    assert together["series"].unique().tolist() == table()["shop"].unique().tolist()
    stored = pd.read_csv(folder / "reports/forecasts/shops.csv", dtype={"series": str}, keep_default_na=False)
    stored = stored.query("forecaster == 'shops_gru' and period == 'future'").astype({"forecast": float})
    np.testing.assert_allclose(together["forecast"], stored["forecast"], rtol=1e-6)
    for name in ("NA", "007", "shop 5"):
        alone = tmp_path / "alone.csv"
        rows = table()
        rows[rows["shop"] == name].to_csv(alone, index=False)
        found, _ = forecast_file(folder / "runs/shops/shops_gru", alone, None, [])
        same = together[together["series"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, same)


def test_a_series_that_was_not_trained_on_is_named(folder: Path, tmp_path: Path) -> None:
    rows = table().replace({"shop": {"shop 5": "new shop"}})
    rows.to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(
        InputError, match=r"new\.csv: series 'new shop' is not among the 64 series of the training; leave"
    ):
        forecast_file(folder / "runs/shops/shops_gru", tmp_path / "new.csv", None, [])


def command(folder: Path, *options: Any) -> Any:
    asked = ["shops_gru", "--csv", folder / "data/raw/shops.csv", *options]
    return CliRunner().invoke(main, ["--project", str(folder), "forecast", *map(str, asked)])


def test_the_command_writes_all_forecasts_and_draws_none_of_many(folder: Path, tmp_path: Path) -> None:
    done = command(folder, "--out", tmp_path / "out.csv")
    assert done.exit_code == 0, done.output
    assert len(pd.read_csv(tmp_path / "out.csv")) == 2 * SERIES
    refused = command(folder, "--plot", tmp_path / "out.png")
    assert refused.exit_code == 1
    assert "--plot: draws one series" in refused.output
