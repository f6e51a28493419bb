"""Scores of a test part worked by hand."""

from pathlib import Path

import numpy as np
import pytest
import scipy.stats

import prepare
from cellbench.base.datasets.splits import Split, load_description, load_split, save_dataset
from cellbench.base.params.sources import CsvFile
from cellbench.base.params.streams import stream
from cellbench.evaluation.metrics import experiment_metrics, interval_metrics, residual_metrics
from cellbench.evaluation.test_part import TestPart as Part
from cellbench.preparation.csv_file import read_csv_file
from cellbench.preparation.windows import cut

TRUTH = np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 0.0]])
FORECASTS = np.array([[[1.0, 2.0], [2.0, 4.0], [4.0, 2.0]], [[3.0, 2.0], [2.0, 4.0], [4.0, -2.0]]])
"""Of two replicates, two steps ahead: wrong by 2 in the last step, and by 2 in the first step and the last."""


def split_of(truth: np.ndarray, first_origin: int = 1) -> Split:
    samples = len(truth)
    origin = np.arange(first_origin, first_origin + samples)
    return Split(np.zeros((samples, 2, 1), np.float32), truth, np.zeros(samples), np.ones(samples), origin)


PART = Part(
    samples=split_of(TRUTH),
    truth=TRUTH,
    periods={"early": slice(0, 2), "late": slice(2, 3)},
    outputs=2,
    series=np.arange(6.0),
    labels=[str(year) for year in range(1900, 1908)],
    season=None,
    naive=2.0,
    variance=8.0,
)


# Scores


def test_the_scores_of_periods_and_steps_are_as_by_hand() -> None:
    assert PART.score(FORECASTS)["test_mse"] == pytest.approx([4 / 6, 8 / 6])
    assert PART.score(FORECASTS, "early")["test_mse"].tolist() == [0, 1]
    assert PART.score(FORECASTS, "late")["test_mse"].tolist() == [2, 2]
    assert PART.score(FORECASTS, step=0)["test_mse"] == pytest.approx([0, 4 / 3])
    assert PART.score(FORECASTS, "late", step=1)["test_mse"].tolist() == [4, 4]
    assert PART.score(FORECASTS, "late")["test_rmse"] == pytest.approx([2**0.5] * 2)
    assert PART.score(FORECASTS)["test_mae"] == pytest.approx([2 / 6, 4 / 6])


def test_relative_errors_are_relative_to_the_naive_error_and_the_variance() -> None:
    scores = PART.score(FORECASTS)
    assert scores["test_mase"] == pytest.approx([1 / 6, 2 / 6])
    assert scores["test_arv"] == pytest.approx([1 / 12, 1 / 6])
    bare = Part(PART.samples, TRUTH, PART.periods, 2, None, None, None, None, None)
    assert set(bare.score(FORECASTS)) == {"test_mse", "test_rmse", "test_mae"}


def test_losses_are_squared_errors_averaged_over_the_horizon() -> None:
    assert PART.losses(FORECASTS).tolist() == [[0, 0, 2], [2, 0, 2]]


def test_score_rows_have_every_period_step_and_replicate_and_the_ensemble_is_scored_as_one_forecast() -> None:
    rows = list(PART.score_rows("gru", FORECASTS, (0, 1)))
    mse = {(row["period"], row["step"], row["replicate"]): row["test_mse"] for row in rows}
    assert len(rows) == len(mse) == 3 * 3 * 3
    assert {row["forecaster"] for row in rows} == {"gru"}
    # the mean forecast is wrong by 1 in the very first step and nowhere else
    ensemble = {
        ("all", "all"): 1 / 6, ("all", 1): 1 / 3, ("all", 2): 0,
        ("early", "all"): 1 / 4, ("early", 1): 1 / 2, ("early", 2): 0,
        ("late", "all"): 0, ("late", 1): 0, ("late", 2): 0,
    }  # fmt: skip
    assert {(p, s): value for (p, s, r), value in mse.items() if r == "ensemble"} == pytest.approx(ensemble)
    assert [mse["early", 1, r] for r in ("0", "1")] == [0, 2]


def test_one_step_has_rows_for_all_only() -> None:
    truth = TRUTH[:, :1]
    part = Part(split_of(truth), truth, {"test": slice(None)}, 1, None, None, None, None, None)
    rows = list(part.score_rows("mean", truth[None]))
    assert [(row["period"], row["step"], row["replicate"]) for row in rows] == [
        ("all", "all", "0"),
        ("all", "all", "ensemble"),
        ("test", "all", "0"),
        ("test", "all", "ensemble"),
    ]


# Forecasts


ENDS = {0.8: (FORECASTS[0] - 1, FORECASTS[0] + 2), 0.95: None}


def test_forecast_rows_stand_beside_the_truth_at_the_time_of_the_truth() -> None:
    rows = list(PART.forecast_rows("gru", FORECASTS[0], ENDS))
    assert [(row["period"], row["time"], row["step"], row["truth"], row["forecast"]) for row in rows] == [
        ("early", "1902", 1, 1, 1), ("early", "1903", 2, 2, 2),
        ("early", "1903", 1, 2, 2), ("early", "1904", 2, 4, 4),
        ("late", "1904", 1, 4, 4), ("late", "1905", 2, 0, 2),
    ]  # fmt: skip
    assert [rows[-1][f"{end}_{level}"] for level in ("80", "95") for end in ("lower", "upper")] == [1, 4, None, None]


def test_future_rows_go_on_after_the_last_row_without_a_truth() -> None:
    rows = list(PART.future_rows("gru", split_of(np.empty((1, 0)), first_origin=5), np.array([[7.0, 8.0]]), {}))
    assert [(row["period"], row["time"], row["step"], row["truth"], row["forecast"]) for row in rows] == [
        ("future", "1906", 1, None, 7),
        ("future", "1907", 2, None, 8),
    ]
    assert [set(row) for row in rows] == [set(row) for row in list(PART.forecast_rows("gru", FORECASTS[0], {}))[:2]]


@pytest.mark.parametrize(("season", "naive"), [(None, 11), (4, 44)])
def test_a_stored_dataset_has_its_periods_labels_and_naive_error(
    tmp_path: Path, season: int | None, naive: float
) -> None:
    """t² in 20 years, 12 of them to train on: it changes by 121 / 11 a year, and by the mean of 8 t − 16 in four."""
    (tmp_path / "squares.csv").write_text("year,y\n" + "".join(f"{1900 + t},{t * t}\n" for t in range(20)))
    source = CsvFile(
        source="csv", path="data/raw/squares.csv", target="y", time="year", window=2, horizon=2, season=season,
        until={"train": 0.5, "validation": 0.6, "early": 0.8, "a_late": 1.0}, variance=10.0,
    )  # fmt: skip
    series = read_csv_file(tmp_path / "squares.csv", "y", "year", [], "error")
    save_dataset(cut(series, source, "squares", None), tmp_path)
    prepare.save_series(series, 2, tmp_path)

    part = Part.load(tmp_path, source, load_description(tmp_path))
    assert part.naive == pytest.approx(naive)
    assert part.periods == {"early": slice(0, 3), "a_late": slice(3, 6)}
    np.testing.assert_allclose(part.truth, [[t**2, (t + 1) ** 2] for t in (12, 13, 14, 16, 17, 18)])
    np.testing.assert_array_equal(part.series, np.arange(20) ** 2)
    forecast = part.truth + 11
    assert part.score(forecast[None])["test_mase"] == pytest.approx([11 / naive])
    assert part.score(forecast[None])["test_arv"] == pytest.approx([12.1])
    rows = list(part.forecast_rows("last", forecast, {}))
    assert [int(row["time"]) for row in rows] == [1900 + round(row["truth"] ** 0.5) for row in rows]
    future = part.future_rows("last", load_split(tmp_path, "predict"), forecast[:1], {})
    assert [row["time"] for row in future] == ["1920", "1921"]


# Headline numbers


def test_skills_and_excess_are_as_by_hand() -> None:
    baselines = {"mean": np.full((3, 2), 2.0), "perfect": TRUTH}
    metrics = experiment_metrics(PART, FORECASTS, baselines, optimum=0.1)
    assert metrics["test_mse"] == pytest.approx(1)  # the mean of 4 / 6 and 8 / 6
    interval = scipy.stats.ttest_1samp([4 / 6, 8 / 6], 0).confidence_interval(0.95)
    assert metrics["test_mse_ci95"] == pytest.approx((interval.high - interval.low) / 2)
    assert metrics["skill_vs_mean"] == pytest.approx(1 - 1 / (13 / 6))  # (1 + 0 + 0 + 4 + 4 + 4) / 6
    assert "skill_vs_perfect" not in metrics  # no share of nothing
    assert metrics["ensemble_mse"] == pytest.approx(1 / 6)
    assert metrics["ensemble_arv"] == pytest.approx(1 / 48)
    assert metrics["excess_over_optimum"] == pytest.approx(1 / 6 / 0.1 - 1)
    assert "excess_over_optimum" not in experiment_metrics(PART, FORECASTS, baselines, optimum=None)


def test_one_replicate_has_no_interval() -> None:
    assert experiment_metrics(PART, FORECASTS[:1], {}, None)["test_mse_ci95"] is None


def test_intervals_are_counted_and_measured_and_left_out_where_there_are_none() -> None:
    """Of 1 2 2 4 4 0 within one below to two above 1 2 2 4 4 2, all but the last."""
    assert interval_metrics(ENDS, TRUTH) == {"coverage_80": pytest.approx(5 / 6), "width_80": 3}


@pytest.mark.parametrize(("samples", "lags"), [(60, 10), (22, 4)])
def test_residuals_are_tested_as_ljung_and_box_do(samples: int, lags: int) -> None:
    residuals = 5 + np.convolve(stream(0, "residuals").normal(size=samples + 1), [1, 0.5], "valid")
    error = residuals - residuals.mean()
    acf = [error[lag:] @ error[:-lag] / (error @ error) for lag in range(1, lags + 1)]
    statistic = samples * (samples + 2) * sum(r**2 / (samples - lag) for lag, r in enumerate(acf, 1))
    metrics = residual_metrics(residuals)
    assert metrics == pytest.approx({"residual_acf_1": acf[0], "residual_p": scipy.stats.chi2.sf(statistic, lags)})


@pytest.mark.parametrize("residuals", [np.arange(4.0), np.ones(30)])
def test_residuals_that_are_few_or_all_the_same_are_not_tested(residuals: np.ndarray) -> None:
    assert residual_metrics(residuals) == {}
