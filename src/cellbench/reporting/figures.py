"""The pictures of the report, each panel drawn by one function on one Axes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FormatStrFormatter, Locator, LogLocator, MaxNLocator, NullFormatter

from cellbench.base.files import Row, write_bytes
from cellbench.reporting.forecast_figures import (
    BLUE,
    GREY,
    ORANGE,
    column,
    draw_error_by_step,
    draw_fan,
    draw_forecasts,
    draw_residuals,
    label_times,
)
from cellbench.reporting.results import Group, Result
from cellbench.reporting.verdicts import baseline_name

Item = TypeVar("Item")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "axes.titleweight": "bold", "font.size": 10})
plt.rcParams["text.parse_math"] = False  # a $ in the name of a column is a $


def draw_figures(groups: Sequence[Group], folder: Path) -> None:
    """Write the pictures of each dataset, and each experiment's own learning curve and forecasts."""
    with ProcessPoolExecutor() as workers:  # a picture takes 0.3 s, most of it to find room for the labels
        for drawn in [workers.submit(draw_group, group, folder / group.dataset) for group in groups]:
            drawn.result()


def draw_group(group: Group, folder: Path) -> None:
    """Write the pictures of a dataset and of its experiments."""
    write_bytes(folder / "learning_curves.png", panels(draw_learning_curve, group.results))
    write_bytes(folder / "test_error.png", panels(draw_test_error, [group]))
    answers: Callable[[Axes, Result], None] = draw_predictions
    file = "predictions.png"
    if group.is_series:
        answers, file = draw_forecasts(group), "forecasts.png"
        write_bytes(folder / "residuals.png", panels(draw_residuals(group), group.results, sharey=True))
    write_bytes(folder / file, panels(answers, group.results, sharey=True))
    if group.steps:
        write_bytes(folder / "error_by_step.png", panels(draw_error_by_step, [group]))
    for result in group.results:
        write_bytes(result.figures / "learning_curve.png", panels(draw_learning_curve, [result]))
        write_bytes(result.figures / file, panels(answers, [result]))


def future_figure(experiment: str, past: Sequence[Row], rows: Sequence[Row]) -> bytes:
    """A picture of a forecast after the last part of its history, as PNG."""

    def draw(axes: Axes, rows: Sequence[Row]) -> None:
        shown = past[-max(60, 3 * len(rows)) :]
        axes.plot(np.arange(len(shown)), column(shown, "truth"), color="black", lw=1, label="series")
        draw_fan(axes, np.arange(len(shown), len(shown) + len(rows)), rows)
        axes.set(title=f"The next {len(rows)} steps, as {experiment} forecasts them")
        label_times(axes, [row["time"] for row in (*shown, *rows)])

    return panels(draw, [rows])


def draw_learning_curve(axes: Axes, result: Result) -> None:
    """Losses by epoch: mean of the replicates and their range, beside what a constant forecast would have."""
    for (name, losses), colour in zip(result.losses.items(), (BLUE, ORANGE), strict=False):
        epochs = np.arange(1, len(losses) + 1)
        part = {"train_loss": "training", "val_loss": "validation"}[name]
        axes.fill_between(epochs, losses.min(1), losses.max(1), color=colour, alpha=0.2, lw=0)
        axes.plot(epochs, losses.mean(1), color=colour, label=f"{part} loss, mean and range of the replicates")
    axes.axhline(result.baseline["train_loss"], color=GREY, ls=":", label="training mean as forecast")
    axes.set(title=title(result), xlabel="epoch", ylabel="loss (MSE)", xscale="log", yscale="log")
    axes.set_xlim(1, max(2, len(result.losses["train_loss"])))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_log_scale(axes.yaxis)


def draw_predictions(axes: Axes, result: Result) -> None:
    """The forecasts for the samples without a target: every replicate, and their mean."""
    replicates = result.predictions[:, :, 0]
    samples = np.arange(1, replicates.shape[1] + 1)
    dots = axes.plot(samples, replicates.T, "o", color=BLUE, alpha=0.3, ms=4, mew=0)
    dots[0].set_label("one replicate")
    axes.plot(samples, replicates.mean(0), "_", color=BLUE, ms=14, mew=2.5, label="mean of the replicates")
    axes.set(title=title(result), xlabel="sample", ylabel="prediction")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_test_error(axes: Axes, group: Group) -> None:
    """Test MSE on one dataset: replicates as dots, their mean with its interval, ensembles, and the baselines."""
    for row, result in enumerate(group.results):
        values = [score["test_mse"] for score in result.scores]
        mean = result.estimates["test_mse"]
        first = row == 0
        axes.plot(values, np.full(len(values), row + 0.2), "o", color=BLUE, alpha=0.35, ms=5, mew=0,
                  label="one replicate" if first else None)  # fmt: skip
        axes.errorbar(mean.mean, row, xerr=mean.ci95 or 0, color=BLUE, fmt="o", capsize=4,
                      label="mean, 95 % interval" if first else None)  # fmt: skip
        axes.plot(result.metrics["ensemble_mse"], row - 0.2, "D", color=ORANGE, ms=6,
                  label="ensemble" if first else None)  # fmt: skip
    names = list(group.baselines)
    for row, name in enumerate(names, start=len(group.results)):
        axes.plot(group.baselines[name]["test_mse"], row, "s", color=GREY, ms=6,
                  label="baseline" if name == names[0] else None)  # fmt: skip
    if group.optimum is not None:
        axes.axvline(group.optimum, color=GREY, ls="--", label="best possible, in expectation")
    axes.set(title=group.dataset, xlabel="test MSE", ylim=(len(group.results) + len(names) - 0.5, -0.5))
    if group.is_series:
        axes.set_xscale("log")
        label_log_scale(axes.xaxis)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    labels = [result.name for result in group.results] + [baseline_name(group, name) for name in names]
    axes.set_yticks(range(len(labels)), labels)


def label_log_scale(axis: Axis) -> None:
    """Label four round numbers at least, however few decades the axis spans."""
    low, high = axis.get_view_interval()
    locator: Locator = LogLocator() if high > 100 * low else MaxNLocator(5)
    for steps in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1,)):  # the coarser, the better
        candidate = LogLocator(subs=steps, numticks=99)
        shown = sum(low <= tick <= high for tick in candidate.tick_values(low, high))
        if 4 <= shown <= 9:
            locator = candidate
    axis.set_major_locator(locator)
    axis.set_major_formatter(FormatStrFormatter("%g"))
    axis.set_minor_formatter(NullFormatter())


def title(result: Result) -> str:
    """The experiment, and its cell where the name does not end with it."""
    cell = result.experiment.cell
    return result.name if result.name.endswith(cell) else f"{result.name} ({cell})"


def panels(draw: Callable[[Axes, Item], None], items: Sequence[Item], sharey: bool = False) -> bytes:
    """A grid of panels, two to a row, under one legend, as PNG."""
    columns = min(2, len(items))
    rows = -(-len(items) // columns)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(max(7, 5.2 * columns), 3.2 * rows + 0.6),
        squeeze=False,
        sharey=sharey,
        layout="constrained",
    )
    for axes, item in zip(grid.flat, items, strict=False):
        draw(axes, item)
    for axes in grid.flat[len(items) :]:
        axes.remove()
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2 if len(labels) < 4 else 3, frameon=False)
    content = BytesIO()
    figure.savefig(content, dpi=110, metadata={"Software": None})  # the version of matplotlib is no result
    plt.close(figure)
    return content.getvalue()
