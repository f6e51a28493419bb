"""The pictures of the report, each panel drawn by one function on one Axes."""

from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FormatStrFormatter, Locator, LogLocator, MaxNLocator, NullFormatter
from statsmodels.tsa.stattools import acf

from cellbench.config.sections import AVERAGES
from cellbench.drawing import BLUE, GREY, ORANGE, draw_forecasts, panels
from cellbench.report.verdicts import labels
from cellbench.results.results import FIGURES, REPORTS, Group, Result
from cellbench.results.wording import loss_name

TEST_ERROR = REPORTS / "test_error"
"""The pictures that `dvc plots` shows, one of each dataset; all others are in FIGURES."""
SHOWN = 120
"""Test samples in a picture: the last ones."""
LAGS = 20


def figures(group: Group) -> dict[Path, bytes]:
    """The pictures of a dataset and those of each experiment alone, as PNG, by where they belong."""
    name, draw = ("forecasts.png", draw_ensemble) if group.is_series else ("predictions.png", draw_predictions)
    answers, folder = partial(draw, group), FIGURES / group.dataset
    found = {
        folder / "learning_curves.png": panels(draw_learning_curve, group.results),
        TEST_ERROR / f"{group.dataset}.png": panels(draw_test_error, [group]),
    }
    if group.is_many:
        found[folder / "ranks.png"] = panels(draw_ranks, [group])
    else:
        found[folder / name] = panels(answers, group.results, sharey=True)
    if group.is_series and not group.is_many:
        found[folder / "residuals.png"] = panels(partial(draw_residuals, group), group.results, sharey=True)
    if getattr(group.source, "horizon", 1) > 1:
        found[folder / "error_by_step.png"] = panels(draw_error_by_step, [group])
    for result in group.results:
        found[folder / result.name / "learning_curve.png"] = panels(draw_learning_curve, [result])
        if not group.is_many:
            found[folder / result.name / name] = panels(answers, [result])
    return found


def draw_learning_curve(axes: Axes, result: Result) -> None:
    """Losses by epoch: mean of the replicates and their range, and the loss of a constant forecast."""
    for curves, part, colour in zip(result.curves.values(), ("training", "validation"), (BLUE, ORANGE), strict=False):
        losses = curves[:, list(result.scores.index)]
        epochs = np.arange(1, len(losses) + 1)
        axes.fill_between(epochs, np.nanmin(losses, 1), np.nanmax(losses, 1), color=colour, alpha=0.2, lw=0)
        mark = "o" if len(epochs) == 1 else ""  # one epoch is no line
        label = f"{part} loss, mean and range of the replicates"
        axes.plot(epochs, np.nanmean(losses, 1), color=colour, marker=mark, label=label)
    loss = result.experiment.loss
    if loss == "mse":
        axes.axhline(result.metrics["train_loss_of_mean"], color=GREY, ls=":", label="training mean as forecast")
    axes.set(title=title(result), xlabel="epoch", ylabel=f"loss ({loss.upper()})", xscale="log", yscale="log")
    axes.set_xlim(1, max(2, len(result.curves["train_loss"])))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    label_log_scale(axes.yaxis)


def draw_predictions(group: Group, axes: Axes, result: Result) -> None:
    """The forecasts for the samples without a target: every replicate, and their mean."""
    replicates = result.predictions.xs(0, level="output")
    samples = replicates.index + 1
    axes.plot(samples, replicates, "o", color=BLUE, alpha=0.3, ms=4, mew=0, label="one replicate")
    axes.plot(samples, replicates.mean(axis="columns"), "_", color=BLUE, ms=14, mew=2.5, label="mean of the replicates")
    axes.set(title=title(result), xlabel="sample", ylabel="prediction")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_test_error(axes: Axes, group: Group) -> None:
    """Test error on one dataset: replicates as dots, their mean with its interval, ensembles, and the baselines."""
    results, averages = group.results, [name for name in AVERAGES if name in group.compared["labels"]]
    names = [*averages, *group.baselines]
    rows = np.arange(len(results) + len(names))
    error = f"test_{group.loss}"
    replicates = pd.concat({row: result.scores[error] for row, result in enumerate(results)})
    means, halves = ([result.metrics[key] for result in results] for key in (error, f"{error}_ci95"))
    ensembles = [result.metrics[f"ensemble_{group.loss}"] for result in results]
    averaged = [group.score(name, error) for name in averages]
    errors = [metrics[error] for metrics in group.baselines.values()]
    axes.plot(replicates, replicates.index.get_level_values(0) + 0.2, "o", color=BLUE, alpha=0.35, ms=5, mew=0,
              label="one replicate")  # fmt: skip
    axes.errorbar(means, rows[: len(results)], xerr=[half or 0 for half in halves], color=BLUE, fmt="o", capsize=4,
                  label="mean of the replicates, 95 % interval")  # fmt: skip
    axes.plot(ensembles, rows[: len(results)] - 0.2, "D", color=ORANGE, ms=6, label="ensemble, or average")
    axes.plot(averaged, rows[len(results) : -len(errors)], "D", color=ORANGE, ms=6)
    axes.plot(errors, rows[-len(errors) :], "s", color=GREY, ms=6, label="baseline")
    if group.optimum is not None:
        axes.axvline(group.optimum, color=GREY, ls="--", label="the true forecast")
    axes.set(title=group.dataset, xlabel=f"test {loss_name(group.loss)}", ylim=(len(rows) - 0.4, -0.7))
    if group.is_series:
        axes.set_xscale("log")
        label_log_scale(axes.xaxis)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_yticks(rows, [result.name for result in results] + [labels(group)[name] for name in names])


def draw_ensemble(group: Group, axes: Axes, result: Result) -> None:
    """The truth, what the ensemble forecast one step ahead, and what comes next."""
    test = one_step_ahead(group, result).tail(SHOWN)
    draw_forecasts(axes, pd.concat([test, group.forecast_of(result.name, future=True)]))
    axes.axvline(len(test) - 0.5, color=GREY, ls=":", lw=1)
    axes.set(title=result.name, ylabel=getattr(group.source, "target", "value"))


def draw_error_by_step(axes: Axes, group: Group) -> None:
    """Error by step of the horizon, ensembles as lines and baselines dotted."""
    name = "RMSSE" if group.is_many else "RMSE"
    errors = group.scores[f"test_{name.lower()}"].xs("all", level="period").unstack("step").drop(columns="all")
    errors = errors.rename(columns=int).sort_index(axis="columns")
    steps = errors.columns
    for result in group.results:
        axes.plot(steps, errors.loc[result.name], "o-", ms=4, label=result.name)
    for baseline, marker in zip(group.baselines, cycle("sdv^x+"), strict=False):
        label = labels(group)[baseline]
        axes.plot(steps, errors.loc[baseline], f"{marker}:", color=GREY, ms=4, lw=1, label=label)
    axes.set(title=group.dataset, xlabel="step of the horizon", ylabel=f"test {name}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_ranks(axes: Axes, group: Group) -> None:
    """The average rank of every ensemble and baseline over the series, the best at the top."""
    ranking = group.compared["ranking"]
    names = sorted(ranking["ranks"], key=ranking["ranks"].get)
    rows, reach = np.arange(len(names)), ranking["critical_difference"] / 2
    colours = [GREY if name in group.baselines else ORANGE for name in names]
    for row, name, colour in zip(rows, names, colours, strict=True):
        axes.errorbar(ranking["ranks"][name], row, xerr=reach, color=colour, fmt="o", capsize=4)
    best = ranking["ranks"][names[0]]
    axes.axvspan(best, best + 2 * reach, color=GREY, alpha=0.15, lw=0, label="dots of those not shown to be worse")
    axes.set(title=group.dataset, xlabel="average rank", ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(rows, [labels(group)[name].strip("`") for name in names])


def draw_residuals(group: Group, axes: Axes, result: Result) -> None:
    """The autocorrelation of the ensemble's errors one step ahead."""
    rows = one_step_ahead(group, result)
    residuals = rows["truth"] - rows["forecast"]
    with np.errstate(invalid="ignore"):  # of errors that are all the same there is none
        correlations = acf(residuals, nlags=LAGS)[1:]
    axes.bar(np.arange(1, len(correlations) + 1), correlations, width=0.3, color=BLUE, label="autocorrelation")
    chance = 1.96 / np.sqrt(len(residuals))
    axes.axhspan(-chance, chance, color=GREY, alpha=0.15, lw=0, label="95 % of white noise")
    axes.axhline(0, color=GREY, lw=0.8)
    axes.set(title=result.name, xlabel="lag", ylabel="autocorrelation")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def one_step_ahead(group: Group, result: Result) -> pd.DataFrame:
    """The ensemble's forecasts of the next value, of all test samples."""
    rows = group.forecast_of(result.name)
    return rows[rows["step"] == 1]


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
