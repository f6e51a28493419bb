"""Pictures: which are drawn, from what, and that their axes can be read."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellbench.drawing import draw_forecasts, future_figure, panels
from cellbench.report.figures import (
    draw_ensemble,
    draw_error_by_step,
    draw_learning_curve,
    draw_residuals,
    draw_test_error,
    figures,
    label_log_scale,
)
from cellbench.results.results import Group
from groups import SERIES, group, result, table_of_scores

TEST, AFTER = 30, ("2000", "2001", "2002")


def series_group(horizon: int, bounds: bool = True) -> Group:
    """Two experiments and a baseline on a series, 30 test samples of it."""
    of = group(result("a", replicates=1), result("b"), source=SERIES.model_copy(update={"horizon": horizon}))
    steps, scores, forecasts = range(1, horizon + 1), [], []
    for name in ("a", "b", "mean"):
        for step in ("all", *steps) if horizon > 1 else ("all",):
            scores.append({"forecaster": name, "step": str(step), "test_rmse": len(scores) + 1})
        for period, times in (("test", [str(1900 + n) for n in range(TEST)]), ("future", AFTER[:1])):
            for n, time in enumerate(times):
                for step in steps:
                    truth = np.nan if period == "future" else n % 7
                    ends = {"lower_80": 1.0, "upper_80": 3.0} if bounds else {"lower_80": np.nan, "upper_80": np.nan}
                    row = {"forecaster": name, "period": period, "time": time, "step": step, "truth": truth}
                    forecasts.append(row | {"forecast": n % 5} | ends)
    return replace(of, scores=table_of_scores(scores), forecasts=pd.DataFrame(forecasts))


@pytest.fixture
def axes() -> Axes:
    axes: Axes = Figure().subplots()
    return axes


def legend(axes: Axes) -> list[str]:
    return axes.get_legend_handles_labels()[1]


OF_NOISE, OF_SERIES = {"learning_curves", "predictions"}, {"learning_curves", "forecasts"}


@pytest.mark.parametrize(
    ("of", "shared"),
    [
        (group(result("a"), result("b"), result("c")), OF_NOISE),
        (series_group(1), OF_SERIES | {"residuals"}),
        (series_group(3), OF_SERIES | {"residuals", "error_by_step"}),
    ],
    ids=["noise", "one step", "three steps"],
)
def test_every_dataset_and_experiment_has_its_pictures_the_same_bytes_each_time(of: Group, shared: set[str]) -> None:
    drawn = [figures(of), figures(of)]
    answers = "forecasts" if of.is_series else "predictions"
    answer = Path("reports/test_error/d.png")
    own = {answer} | {
        Path("reports/figures/d") / r.name / f"{picture}.png"
        for r in of.results
        for picture in ("learning_curve", answers)
    }
    assert set(drawn[0]) == {Path("reports/figures/d") / f"{picture}.png" for picture in shared} | own
    assert drawn[0] == drawn[1]
    assert all(content.startswith(b"\x89PNG") for content in drawn[0].values())


def test_a_learning_curve_shows_every_loss_there_is(axes: Axes) -> None:
    own = result("a")
    draw_learning_curve(axes, replace(own, curves={**own.curves, "val_loss": np.full((2, 3), 0.09)}))
    assert [label.split(",")[0] for label in legend(axes)] == [
        "training loss",
        "validation loss",
        "training mean as forecast",
    ]
    assert [line.get_ydata()[0] for line in axes.lines] == pytest.approx([0.08, 0.09, 0.07])
    assert {line.get_marker() for line in axes.lines} <= {"None", ""}


def test_a_replicate_that_was_stopped_before_its_loss_was_lost_leaves_the_others_their_curve(axes: Axes) -> None:
    curve = np.full((2, 3), 0.08)
    curve[1, 0] = np.nan
    draw_learning_curve(axes, replace(result("a"), curves={"train_loss": curve}))
    assert axes.lines[0].get_ydata() == pytest.approx([0.08, 0.08])


def test_a_training_of_one_epoch_is_a_dot(axes: Axes) -> None:
    own = replace(result("a"), curves={"train_loss": np.full((1, 3), 0.08)})
    draw_learning_curve(axes, own)
    assert axes.lines[0].get_marker() == "o"


def test_the_test_error_has_a_row_for_every_forecaster(axes: Axes) -> None:
    draw_test_error(axes, group(result("a", skill=0.5), result("b"), baselines={"last": {"test_mse": 0.2}}))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "the training mean", "the last value"]
    assert sorted(legend(axes)) == sorted(
        [
            "one replicate",
            "ensemble, or average",
            "mean of the replicates, 95 % interval",
            "baseline",
            "the true forecast",
        ]
    )


@pytest.mark.parametrize("bounds", [True, False])
def test_forecasts_one_step_ahead_stand_beside_the_truth_and_go_on_after_it(axes: Axes, bounds: bool) -> None:
    of = series_group(3, bounds)
    draw_ensemble(of, axes, of.results[0])
    truth, forecast, now = axes.lines
    np.testing.assert_array_equal(truth.get_ydata(), np.arange(TEST) % 7)
    np.testing.assert_array_equal(forecast.get_ydata(), [*(np.arange(TEST) % 5), 0, 0, 0])
    assert now.get_xdata()[0] == TEST - 0.5
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert (labels[0], labels[-1]) == ("1900", "2000")
    assert legend(axes) == ["truth", "ensemble's forecast", *(["80 % interval"] if bounds else [])]


def test_errors_by_step_are_those_of_each_forecaster(axes: Axes) -> None:
    draw_error_by_step(axes, series_group(3))
    assert {line.get_label(): list(line.get_ydata()) for line in axes.lines} == {
        "a": [2, 3, 4],
        "b": [6, 7, 8],
        "the training mean": [10, 11, 12],
    }


def test_the_next_steps_are_drawn_after_the_series(axes: Axes, tmp_path: Path) -> None:
    rows = series_group(3).forecast_of("a", future=True)
    past = pd.DataFrame({"time": [str(year) for year in range(1900, 2000)], "truth": 1.0})
    (tmp_path / "future.png").write_bytes(future_figure("a", past, rows))
    assert (tmp_path / "future.png").read_bytes().startswith(b"\x89PNG")
    draw_forecasts(axes, pd.concat([past, rows]))
    truth, forecast = axes.lines
    assert len(truth.get_ydata()) == 100
    assert np.flatnonzero(np.isfinite(forecast.get_ydata())).tolist() == [100, 101, 102]


def test_residuals_are_correlated_with_those_before_them(axes: Axes) -> None:
    """The truth n % 7 less the forecast n % 5, by hand; of residuals that are all the same nothing is drawn."""
    of = series_group(1)
    draw_residuals(of, axes, of.results[0])
    residuals = np.arange(TEST) % 7 - np.arange(TEST) % 5
    centred = residuals - residuals.mean()
    expected = [centred[lag:] @ centred[:-lag] / (centred @ centred) for lag in range(1, 21)]
    assert [bar.get_height() for bar in axes.containers[0]] == pytest.approx(expected)
    same = replace(of, forecasts=of.forecasts.assign(forecast=of.forecasts["truth"] + 1))
    draw_residuals(same, axes, same.results[0])
    assert np.isnan([bar.get_height() for bar in axes.containers[1]]).all()


@pytest.mark.parametrize("ends", [(0.98, 1.8), (0.11, 0.9), (230, 3000), (0.07, 0.0701), (1e-3, 1e5), (1e-9, 1e9)])
def test_a_logarithmic_axis_is_labelled_however_short_or_long(axes: Axes, ends: tuple[float, float]) -> None:
    axes.set(yscale="log", ylim=ends)
    label_log_scale(axes.yaxis)
    shown = [tick for tick in axes.get_yticks() if ends[0] <= tick <= ends[1]]
    assert 3 <= len(shown) <= 10
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("label", ["1921", "2024-05", "2024-05-31", "2024-05-31 23:00", "2024-05-31T23:00:00+02:00"])
def test_the_labels_of_times_do_not_overlap(label: str) -> None:
    rows = pd.DataFrame({"truth": np.arange(100.0), "forecast": np.arange(100.0), "time": label})
    drawn: list[Axes] = []

    def draw(axes: Axes, _: int) -> None:
        draw_forecasts(axes, rows)
        drawn.append(axes)

    panels(draw, [1, 2, 3, 4])
    places = [tick.get_window_extent() for axes in drawn for tick in axes.get_xticklabels()]
    assert len(places) >= 4 * 2
    side_by_side = [(a, b) for a, b in combinations(places, 2) if abs(a.y0 - b.y0) < a.height]
    assert side_by_side
    assert all(a.x1 + a.height / 2 < b.x0 or b.x1 + a.height / 2 < a.x0 for a, b in side_by_side)
