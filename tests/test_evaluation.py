"""The test samples of a dataset, and scores, tables and metrics of forecasts worked by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from cellbench.config.sources import CsvFile
from cellbench.data.card import DatasetCard
from cellbench.data.dataset import Dataset
from cellbench.data.scaling import Scaling
from cellbench.data.stored import load_dataset, save_dataset
from cellbench.evaluate.holdout import Holdout, errors, squared_errors
from cellbench.evaluate.metrics import interval_metrics, overall, score_metrics
from cellbench.evaluate.tables import coverage_table, forecast_table, prediction_table, score_tables
from cellbench.prepare.periods import divide
from csv_files import read_csv_file
from cuts import rows, series

Array = np.ndarray
TRUTH = np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 0.0]])
FORECASTS = np.array([[[1.0, 2.0], [2.0, 4.0], [4.0, 2.0]], [[3.0, 2.0], [2.0, 4.0], [4.0, -2.0]]])
"""Of two replicates, two steps ahead: wrong by 2 in the last step, and by 2 in the first step and the last."""


def holdout(truth: Array, periods: list[str], outputs: int, **other: object) -> Holdout:
    """Samples one after the other, each with targets of its own, as noise has them."""
    steps = truth.shape[1]
    values = np.concatenate([truth.ravel(), np.full(steps, np.nan)])
    described = {
        "series": np.repeat(np.arange(1, len(truth) + 2), steps).astype(str),
        "time": [str(1900 + n) for n in range(len(values))],
        "period": np.repeat([*periods, "future"], steps),
        "observed": True,
        "value": values,
    }
    card = DatasetCard(timesteps=steps, outputs=outputs, validation_samples=0)
    return Holdout(Dataset(card, pd.DataFrame(described)), **other)


TEST = holdout(TRUTH, ["early", "early", "late"], 2)
UNTIL = {"train": 4, "validation": 6, "test": 10}
OF_A_SERIES = Holdout(rows(series([0, 2, 0, 2, 4, 2, 1, 2, 4, 0]), UNTIL, horizon=2), variance=8.0)
"""The same truth, after six rows that change by 2 each."""


def scores(test: Holdout, metric: str, period: str = "all", step: int | str = "all") -> Array:
    """Of FORECASTS of the only series, `(R,)`."""
    return test.scores(FORECASTS, period, step)[metric][:, 0]


# Errors


def test_one_output_is_compared_with_all_targets_and_each_step_of_a_horizon_with_its_own() -> None:
    targets = np.array([[1.0, 5.0]])
    assert errors(np.array([[[1.0]]]), targets).tolist() == [[[[0, -4]]]]
    assert errors(np.array([[[1.0, 2.0]]]), targets).tolist() == [[[[0], [-3]]]]


def test_the_scores_of_periods_and_steps_are_as_by_hand() -> None:
    assert scores(TEST, "test_mse") == pytest.approx([4 / 6, 8 / 6])
    assert scores(TEST, "test_mse", "early").tolist() == [0, 1]
    assert scores(TEST, "test_mse", "late").tolist() == [2, 2]
    assert scores(TEST, "test_mse", step=1) == pytest.approx([0, 4 / 3])
    assert scores(TEST, "test_mse", "late", step=2).tolist() == [4, 4]
    assert scores(TEST, "test_rmse", "late") == pytest.approx([2**0.5] * 2)
    assert scores(TEST, "test_mae") == pytest.approx([2 / 6, 4 / 6])


def test_relative_errors_are_relative_to_the_naive_error_the_size_and_the_variance() -> None:
    np.testing.assert_array_equal(OF_A_SERIES.truth, TRUTH)
    assert scores(OF_A_SERIES, "test_mase") == pytest.approx([1 / 6, 2 / 6])
    assert scores(OF_A_SERIES, "test_rmsse") == pytest.approx([(1 / 6) ** 0.5, (2 / 6) ** 0.5])
    assert scores(OF_A_SERIES, "test_smape") == pytest.approx([200 / 6, (100 + 200) / 6])
    assert scores(OF_A_SERIES, "test_arv") == pytest.approx([1 / 12, 1 / 6])
    assert set(TEST.scores(FORECASTS)) == {"test_mse", "test_rmse", "test_mae"}


def test_squared_errors_are_averaged_over_the_horizon_and_the_targets() -> None:
    assert squared_errors(FORECASTS, TRUTH).tolist() == [[0, 0, 2], [2, 0, 2]]
    assert squared_errors(np.array([[[1.0]]]), np.array([[1.0, 5.0]])).tolist() == [[8]]


@pytest.mark.parametrize(("season", "naive", "squared"), [(None, 11, 161), (4, 44, 2272)])
def test_a_stored_dataset_has_its_periods_labels_and_naive_error(
    tmp_path: Path, season: int | None, naive: float, squared: float
) -> None:
    """t² in 20 years, 12 of them to train on: it changes by 121 / 11 a year, and by the mean of 8 t − 16 in four."""
    (tmp_path / "squares.csv").write_text("year,y\n" + "".join(f"{1900 + t},{t * t}\n" for t in range(20)))
    source = CsvFile(
        source="csv", path="data/raw/squares.csv", target="y", time="year", horizon=2, season=season,
        until={"train": 0.5, "validation": 0.6, "early": 0.8, "a_late": 1.0}, variance=10.0,
    )  # fmt: skip
    read = read_csv_file(tmp_path / "squares.csv", "y", "year", [], "error")
    save_dataset(divide([read], source, "squares"), tmp_path)

    test = Holdout(load_dataset(tmp_path, "known.csv", "test.csv"), source.variance)
    assert test.data.naive_errors("train", "validation") == (pytest.approx([naive]), pytest.approx([squared]))
    assert test.period.tolist() == ["early"] * 3 + ["a_late"] * 3
    np.testing.assert_allclose(test.truth, [[t**2, (t + 1) ** 2] for t in (12, 13, 14, 16, 17, 18)])
    np.testing.assert_array_equal(test.data.values[:-2, 0], np.arange(20) ** 2)
    assert (test.names, test.series.tolist(), test.loss) == (["y"], [0] * 6, "mse")
    found = test.scores(test.truth[None] + 11)
    assert found["test_mase"].tolist() == [pytest.approx([11 / naive])]
    assert found["test_rmsse"].tolist() == [pytest.approx([11 / squared**0.5])]
    assert found["test_arv"].tolist() == [pytest.approx([12.1])]
    assert test.extents == {
        "train": {"first": "1901", "last": "1909"},
        "validation": {"samples": 1, "first": "1910", "last": "1911"},
        "early": {"samples": 3, "first": "1912", "last": "1915"},
        "a_late": {"samples": 3, "first": "1916", "last": "1919"},
    }


# Tables

YEARS = [str(1900 + t) for t in range(20)]
PERIODS = {"train": "1909", "validation": "1911", "early": "1914", "late": "1916"}
SQUARES = Holdout(rows(series(np.arange(20) ** 2, YEARS), PERIODS, horizon=2))
LATER = np.append(FORECASTS[0], [[7.0, 8.0]], axis=0)
"""Of the three test samples, and of what comes next."""
NONE, SCALING = np.empty((0, 2)), Scaling("none", np.zeros((4, 2)), np.ones(4))


def test_a_score_table_has_every_period_step_and_replicate_and_scores_the_ensemble_as_one_forecast() -> None:
    table = score_tables(TEST, FORECASTS, (0, 1))["scores"].set_index(["period", "step", "replicate"])["test_mse"]
    assert len(table) == len(set(table.index)) == 3 * 3 * 3
    # the mean forecast is wrong by 1 in the very first step and nowhere else
    ensemble = {
        ("all", "all"): 1 / 6, ("all", 1): 1 / 3, ("all", 2): 0,
        ("early", "all"): 1 / 4, ("early", 1): 1 / 2, ("early", 2): 0,
        ("late", "all"): 0, ("late", 1): 0, ("late", 2): 0,
    }  # fmt: skip
    assert {(p, s): value for (p, s, r), value in table.items() if r == "ensemble"} == pytest.approx(ensemble)
    assert [table["early", 1, r] for r in ("0", "1")] == [0, 2]


def test_one_step_has_rows_for_all_only() -> None:
    truth = TRUTH[:, :1]
    table = score_tables(holdout(truth, ["test"] * 3, 1), truth[None])["scores"]
    assert table[["period", "step", "replicate"]].to_numpy().tolist() == [
        ["all", "all", "0"],
        ["all", "all", "ensemble"],
        ["test", "all", "0"],
        ["test", "all", "ensemble"],
    ]


def test_forecasts_stand_beside_the_truth_at_its_time() -> None:
    table = forecast_table(SQUARES, LATER, NONE, SCALING)
    assert table["series"].tolist() == ["y"] * 8
    assert table[["period", "time", "step", "truth", "forecast"]].to_numpy().tolist()[:6] == [
        ["early", "1912", 1, 144, 1], ["early", "1913", 2, 169, 2],
        ["early", "1913", 1, 169, 2], ["early", "1914", 2, 196, 4],
        ["late", "1915", 1, 225, 4], ["late", "1916", 2, 256, 2],
    ]  # fmt: skip
    assert table[["lower_80", "upper_80", "lower_95", "upper_95"]].isna().all(axis=None)


def test_the_future_follows_the_last_row_and_has_no_truth() -> None:
    table = forecast_table(SQUARES, LATER, NONE, SCALING).iloc[6:]
    assert table[["period", "time", "step", "forecast"]].to_numpy().tolist() == [
        ["future", "1920", 1, 7],
        ["future", "1921", 2, 8],
    ]
    assert table["truth"].isna().all()


def test_intervals_have_the_width_of_the_residuals_about_the_ensemble_and_few_residuals_give_none() -> None:
    """Four residuals give the 80 % interval, as wide as the largest of each step; 95 % take nineteen."""
    residuals = np.array([[0.1, 1.0], [-0.2, -2.0], [0.3, 3.0], [-0.4, 4.0]])
    table = forecast_table(SQUARES, LATER, residuals, SCALING)
    np.testing.assert_allclose(table["forecast"] - table["lower_80"], [0.4, 4.0] * 4)
    np.testing.assert_allclose(table["upper_80"] - table["forecast"], [0.4, 4.0] * 4)
    assert table[["lower_95", "upper_95"]].isna().all(axis=None)
    none = forecast_table(SQUARES, LATER, residuals[1:], SCALING)
    assert none[["lower_80", "upper_80", "lower_95", "upper_95"]].isna().all(axis=None)


def test_the_coverage_of_a_step_is_counted_among_the_values_that_were_observed() -> None:
    """Widths 0.4 and 3 at the 80 % level; at the third step three residuals are too few, of 95 % all are."""
    none = np.nan
    residuals = np.array([[0.1, 1.0, 1.0], [-0.2, -2.0, 1.0], [0.3, 3.0, 1.0], [-0.4, 0.0, none]])
    truth = np.array([[0.3, 2.0, 0.0], [0.5, -3.0, none], [-0.4, none, none]])
    table = coverage_table(truth, np.zeros((3, 3)), residuals, Scaling("none", np.zeros((3, 1)), np.ones(3)))
    assert table[["step", "residuals", "samples"]].to_numpy().tolist() == [[1, 4, 3], [2, 4, 2], [3, 3, 1]]
    assert table["within_80"].tolist() == pytest.approx([2 / 3, 1, none], nan_ok=True)
    assert table["within_95"].isna().all()


def test_a_prediction_table_has_every_replicate_sample_and_output() -> None:
    table = prediction_table(FORECASTS, [0, 4])
    assert table.columns.tolist() == ["replicate", "sample", "output", "prediction"]
    found = {(r, n, o): value for r, n, o, value in table.itertuples(index=False)}
    assert found == {(r, n, o): FORECASTS[i, n, o] for i, r in enumerate((0, 4)) for n in range(3) for o in (0, 1)}


# Metrics


def metrics_of(forecasts: Array, **baselines: float) -> dict:
    table = score_tables(OF_A_SERIES, forecasts, range(len(forecasts)))["scores"]
    return score_metrics(table, "mse", baselines, TRUTH.var(), optimum=0.1)


def test_skills_and_excess_are_as_by_hand() -> None:
    metrics = metrics_of(FORECASTS, mean=13 / 6, perfect=1e-15)
    assert metrics["test_mse"] == pytest.approx(1)  # the mean of 4 / 6 and 8 / 6
    interval = scipy.stats.ttest_1samp([4 / 6, 8 / 6], 0).confidence_interval(0.95)
    assert metrics["test_mse_ci95"] == pytest.approx((interval.high - interval.low) / 2)
    assert metrics["test_mae"] == pytest.approx(3 / 6)
    assert metrics["skill_vs_mean"] == pytest.approx(1 - 1 / (13 / 6))
    assert "skill_vs_perfect" not in metrics  # no share of nothing
    assert metrics["ensemble_mse"] == pytest.approx(1 / 6)
    assert metrics["ensemble_arv"] == pytest.approx(1 / 48)
    assert metrics["excess_over_optimum"] == pytest.approx(1 / 6 / 0.1 - 1)
    unknown = score_metrics(score_tables(TEST, FORECASTS, (0, 1))["scores"], "mse", {}, 1.0, optimum=None)
    assert "excess_over_optimum" not in unknown


def test_one_replicate_has_no_interval() -> None:
    assert metrics_of(FORECASTS[:1])["test_mse_ci95"] is None


def test_overall_scores_are_those_of_all_periods_and_steps() -> None:
    table = overall(score_tables(TEST, FORECASTS, (0, 1))["scores"])
    assert table.index.tolist() == ["0", "1", "ensemble"]
    assert table["test_mse"].tolist() == pytest.approx([4 / 6, 8 / 6, 1 / 6])


def test_intervals_are_counted_and_measured_and_left_out_where_there_are_none() -> None:
    """Of 1 2 2 4 4 0 within one below to two above 1 2 2 4 4 2, all but the last."""
    forecast, none = FORECASTS[0].ravel(), np.full(6, np.nan)
    table = {"truth": TRUTH.ravel(), "lower_80": forecast - 1, "upper_80": forecast + 2}
    metrics = interval_metrics(pd.DataFrame(table | {"lower_95": none, "upper_95": none}))
    assert metrics == {"coverage_80": pytest.approx(5 / 6), "width_80": 3}
    for ends in ((0, 1), (-1, 0)):  # which count as covered
        lower, upper = (TRUTH.ravel() + end for end in ends)
        at_the_end = {"truth": TRUTH.ravel(), "lower_80": lower, "upper_80": upper, "lower_95": none, "upper_95": none}
        assert interval_metrics(pd.DataFrame(at_the_end))["coverage_80"] == 1
