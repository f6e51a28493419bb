"""The pictures of the report, each panel drawn by one function on one Axes."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, MaxNLocator, NullFormatter, NullLocator

from cellbench.files import write_bytes
from cellbench.results import Result, by_dataset

Item = TypeVar("Item")
BLUE, ORANGE, GREY = "#2f6db3", "#c8641b", "#5a5a5a"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "axes.titleweight": "bold", "font.size": 10})


def draw_learning_curve(axes: Axes, result: Result) -> None:
    """Training loss by epoch: mean of the replicates, their range, and what a constant forecast would have."""
    epochs = np.arange(1, len(result.train_loss) + 1)
    axes.fill_between(
        epochs,
        result.train_loss.min(1),
        result.train_loss.max(1),
        color=BLUE,
        alpha=0.25,
        lw=0,
        label="range of the replicates",
    )
    axes.plot(epochs, result.train_loss.mean(1), color=BLUE, label="mean of the replicates")
    constant = result.baselines["mean"]["train_mse"]
    axes.axhline(constant, color=GREY, ls=":", label="training mean as forecast")
    if best := result.baselines.get("optimum"):
        axes.axhline(best["test_mse"], color=ORANGE, ls="--", label="best possible, in expectation, on new data")
    axes.set(title=title(result), xlabel="epoch", ylabel="training loss (MSE)", xscale="log", yscale="log")
    axes.set_xlim(1, max(2, len(epochs)))
    axes.set_ylim(min(result.train_loss.min(), constant) * 0.97, result.train_loss.max() * 1.1)
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FormatStrFormatter("%.3g"))
    axes.yaxis.set_minor_locator(NullLocator())


def draw_predictions(axes: Axes, result: Result) -> None:
    """The forecasts for the samples without a target: every replicate, and their mean."""
    replicates = result.predictions[:, :, 0]
    samples = np.arange(1, replicates.shape[1] + 1)
    dots = axes.plot(samples, replicates.T, "o", color=BLUE, alpha=0.3, ms=4, mew=0)
    dots[0].set_label("one replicate")
    axes.plot(samples, replicates.mean(0), "_", color=BLUE, ms=14, mew=2.5, label="mean of the replicates")
    axes.set(title=title(result), xlabel="sample", ylabel="prediction")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_test_error(axes: Axes, results: Sequence[Result]) -> None:
    """Test MSE of the experiments on one dataset: replicates as dots, mean with its 95 % interval, the baselines."""
    for row, result in enumerate(results):
        values = [score["test_mse"] for score in result.scores]
        axes.plot(
            values,
            np.full(len(values), row + 0.18),
            "o",
            color=BLUE,
            alpha=0.35,
            ms=5,
            mew=0,
            label="one replicate" if row == 0 else None,
        )
        axes.errorbar(
            result.metrics["test_mse"],
            row - 0.1,
            xerr=result.estimates["test_mse"].ci95 or 0,
            color=BLUE,
            fmt="o",
            capsize=4,
            label="mean, 95 % interval" if row == 0 else None,
        )
    baselines = results[0].baselines
    axes.axvline(baselines["mean"]["test_mse"], color=GREY, ls=":", label="training mean as forecast")
    if best := baselines.get("optimum"):
        axes.axvline(best["test_mse"], color=ORANGE, ls="--", label="best possible, in expectation")
    axes.set(title=results[0].dataset, xlabel="test MSE", ylim=(len(results) - 0.5, -0.5))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_yticks(range(len(results)), [result.name for result in results])


def draw_figures(results: Sequence[Result], folder: Path) -> None:
    """Write the overviews, and for each experiment its own learning curve and predictions."""
    _panels(folder / "learning_curves.png", draw_learning_curve, results)
    _panels(folder / "predictions.png", draw_predictions, results, sharey=True)
    _panels(folder / "test_error.png", draw_test_error, list(by_dataset(results).values()))
    for result in results:
        _panels(folder / result.name / "learning_curve.png", draw_learning_curve, [result])
        _panels(folder / result.name / "predictions.png", draw_predictions, [result])


def title(result: Result) -> str:
    """The experiment, and its cell where that is not the same word."""
    cell = result.experiment.cell
    return result.name if result.name == cell else f"{result.name} ({cell})"


def _panels(path: Path, draw: Callable[[Axes, Item], None], items: Sequence[Item], sharey: bool = False) -> None:
    """Save a grid of panels, three to a row, under one legend."""
    columns = min(3, len(items))
    rows = -(-len(items) // columns)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(max(5.4, 4.4 * columns), 3.2 * rows + 0.6),
        squeeze=False,
        sharey=sharey,
        layout="constrained",
    )
    for axes, item in zip(grid.flat, items, strict=False):
        draw(axes, item)
    for axes in grid.flat[len(items) :]:
        axes.remove()
    figure.legend(
        *grid.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2 * columns, frameon=False
    )
    content = BytesIO()
    figure.savefig(content, dpi=110, metadata={"Software": None})  # the version of matplotlib is no result
    plt.close(figure)
    write_bytes(path, content.getvalue())
