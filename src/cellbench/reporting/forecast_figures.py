"""Pictures of forecasts of a series: beside the truth, by step of the horizon, and what is left in their errors."""

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from cellbench.base.files import Row
from cellbench.evaluation.statistics import autocorrelation
from cellbench.reporting.results import Group, Result
from cellbench.reporting.verdicts import baseline_name

Array = NDArray[np.float64]
BLUE, ORANGE, GREY = "#2f6db3", "#c8641b", "#5a5a5a"
SHOWN = 120
"""Test samples in a picture: the last ones."""
LAGS = 20


def draw_forecasts(group: Group) -> Callable[[Axes, Result], None]:
    """A panel of one experiment: the truth, what was forecast one step ahead, and what comes next."""

    def draw(axes: Axes, result: Result) -> None:
        test = [row for row in group.forecast_of(result.name) if row["step"] == "1"][-SHOWN:]
        future = group.forecast_of(result.name, future=True)
        rows = [*test, *future]
        positions = np.arange(len(rows))
        axes.plot(positions[: len(test)], column(test, "truth"), color="black", lw=1, label="truth")
        draw_fan(axes, positions, rows)
        axes.axvline(len(test) - 0.5, color=GREY, ls=":", lw=1)
        axes.set(title=result.name, ylabel=target_name(group))
        label_times(axes, [row["time"] for row in rows])

    return draw


def draw_fan(axes: Axes, positions: NDArray[Any], rows: Sequence[Row]) -> None:
    """Forecasts with their intervals, the wider the paler."""
    axes.plot(positions, column(rows, "forecast"), color=BLUE, lw=1.4, label="ensemble's forecast")
    for level in sorted(key.removeprefix("lower_") for key in rows[0] if key.startswith("lower_")):
        lower, upper = column(rows, f"lower_{level}"), column(rows, f"upper_{level}")
        if np.isfinite(lower).any():
            axes.fill_between(positions, lower, upper, color=BLUE, alpha=0.18, lw=0, label=f"{level} % interval")


def draw_error_by_step(axes: Axes, group: Group) -> None:
    """Root mean squared error by step of the horizon, ensembles as lines and baselines dotted."""
    steps = [int(step) for step in group.steps]
    for result in group.results:
        axes.plot(
            steps, [group.score(result.name, "test_rmse", step=s) for s in group.steps], "o-", ms=4, label=result.name
        )
    for name, marker in zip(group.baselines, cycle("sdv^x+"), strict=False):
        errors = [group.score(name, "test_rmse", step=s) for s in group.steps]
        axes.plot(steps, errors, f"{marker}:", color=GREY, ms=4, lw=1, label=baseline_name(group, name))
    axes.set(title=group.dataset, xlabel="step of the horizon", ylabel="test RMSE")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_residuals(group: Group) -> Callable[[Axes, Result], None]:
    """A panel of one experiment: the autocorrelation of its ensemble's errors one step ahead."""

    def draw(axes: Axes, result: Result) -> None:
        rows = [row for row in group.forecast_of(result.name) if row["step"] == "1"]
        residuals = column(rows, "truth") - column(rows, "forecast")
        correlations = autocorrelation(residuals, min(LAGS, len(residuals) - 1))
        axes.bar(np.arange(1, len(correlations) + 1), correlations, width=0.3, color=BLUE, label="autocorrelation")
        chance = 1.96 / np.sqrt(len(residuals))
        axes.axhspan(-chance, chance, color=GREY, alpha=0.15, lw=0, label="95 % of white noise")
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set(title=result.name, xlabel="lag", ylabel="autocorrelation")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    return draw


def column(rows: Sequence[Row], name: str) -> Array:
    """The numbers of a column; NaN, which leaves a gap in a line, where there is none."""
    return np.array([float("nan" if row[name] in ("", None) else row[name]) for row in rows])


def target_name(group: Group) -> str:
    """What the vertical axis shows."""
    return getattr(group.source, "target", "value")


def label_times(axes: Axes, times: Sequence[str]) -> None:
    """Mark some of the positions with their time labels."""
    at = np.unique(np.linspace(0, len(times) - 1, 6).round().astype(int))
    axes.set_xticks(at, [times[position] for position in at], fontsize=8 if len(times[0]) > 7 else None)
