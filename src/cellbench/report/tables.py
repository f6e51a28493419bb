"""The tables of the report whose columns depend on the results, as data frames: the index is their first column."""

from typing import Any, Literal

import pandas as pd

from cellbench.intervals import LEVELS, exact_coverage, percent
from cellbench.report.verdicts import labels, relative, skill
from cellbench.results.results import Group
from cellbench.results.wording import error_of_one, interval, loss_name, number

ERRORS = {"test_mse": "MSE of the ensemble or baseline", "test_rmse": "RMSE", "test_mae": "MAE", "test_mase": "MASE"}
METRICS = {
    "test_mse": "MSE", "test_rmse": "RMSE", "test_mae": "MAE", "test_mase": "MASE", "test_rmsse": "RMSSE",
    "test_msse": "squared RMSSE", "test_smape": "sMAPE", "test_arv": "average relative variance",
}  # fmt: skip
ERRORS_OVER_SERIES = {
    "test_msse": "squared RMSSE of the ensemble or baseline", "test_rmsse": "RMSSE", "test_mase": "MASE",
    "test_smape": "sMAPE", "test_mase_median": "median MASE",
}  # fmt: skip


def markdown(table: pd.DataFrame) -> str:
    """A Markdown table; what comes from a file cannot break out of its cell."""
    rows = table.astype(object).where(table.notna(), "").reset_index(names=[name or "" for name in table.index.names])
    lines = [rows.columns, ["---"] * rows.shape[1], *rows.to_numpy()]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def scores(group: Group) -> pd.DataFrame:
    """Every forecaster's errors on all test samples, and the skill of the experiments."""
    errors = group.scores.xs(("all", "all"), level=("period", "step")).loc[list(labels(group))]
    shown = ERRORS_OVER_SERIES if group.is_many else ERRORS
    table = errors.filter(list(shown)).map(number).rename(columns=shown)
    replicates = {result.name: error_of_one(result, group.loss) for result in group.results}
    table.insert(0, f"{loss_name(group.loss)} of one replicate", pd.Series(replicates))
    if group.optimum is not None:
        above = {pair["first"]: relative(pair) for pair in group.compared["above_optimum"]}
        table["MSE above the true forecast"] = pd.Series(above)
    table["skill"] = pd.Series({result.name: skill(result) for result in group.results})
    return table.rename(index=labels(group))


def scores_by(group: Group, level: Literal["period", "step"]) -> pd.DataFrame:
    """The ensembles and baselines by test period or step of the horizon, with what others published by period."""
    ours = group.scores.xs("all", level="step" if level == "period" else "period")
    shown, metric = ours.index.unique(level).drop("all").tolist(), f"test_{group.loss}"
    published = getattr(group.source, "published", None) if level == "period" else None
    others: dict[str, dict[str, float]] = {}
    if published:
        metric, whole = published.metric, shown[0] if len(shown) == 1 else "all"
        for name, values in published.values.items():
            others[f"published: {name}"] = values if isinstance(values, dict) else {whole: values}
        shown += [whole] * any(whole in values and whole not in shown for values in others.values())
    table = ours[metric].unstack(level)[shown].loc[list(labels(group))].rename(index=labels(group))
    table = pd.concat([table.map(number), pd.DataFrame(others).T.map("{:.4g}".format, na_action="ignore")])
    return table.rename_axis(METRICS[metric])


def ranks(group: Group) -> pd.DataFrame:
    """Average ranks over the series, and on how many of them each beats the best baseline."""
    errors = group.series["test_rmsse"].unstack("series").dropna(axis="columns")
    average, best = pd.Series(group.compared["ranking"]["ranks"]).sort_values(), group.compared["best_baseline"]
    table = pd.DataFrame({"average rank": average.map("{:.2f}".format)})
    table["better than the best baseline on"] = (errors < errors.loc[best]).mean(axis="columns").map("{:.0%}".format)
    table.loc[best, "better than the best baseline on"] = ""
    return table.rename(index=labels(group))


def intervals(group: Group) -> pd.DataFrame:
    """The share of test values within the prediction intervals that can be given, and how wide these are."""
    metrics = pd.DataFrame({result.name: result.metrics for result in group.results} | group.baselines).T
    table = pd.DataFrame(index=metrics.index)
    residuals, horizon = group.compared["periods"]["validation"]["samples"], getattr(group.source, "horizon", 1)
    for share, level in zip(LEVELS, map(percent, LEVELS), strict=True):
        if f"coverage_{level}" in metrics:
            within = f"within the {level} % interval"
            if not group.is_many:  # whose errors depend on each other in ways that are not known
                within += f" (expected: {_exact(residuals, group.compared['samples'], share, horizon)})"
            table[within] = metrics[f"coverage_{level}"].map("{:.0%}".format)
            if not group.is_many:
                table[f"mean width, {level} %"] = metrics[f"width_{level}"].map(number)
    return table.rename(index=labels(group))


def coverage(group: Group) -> pd.DataFrame:
    """The share of test values within the 80 % intervals by step ahead, which for a network go on after the horizon."""
    names = [*(result.name for result in group.results), group.compared["best_baseline"]]
    rows = group.coverage[group.coverage["forecaster"].isin(names)].set_index(["forecaster", "step"])
    within = rows["within_80"].unstack("forecaster")[names].dropna(how="all")
    counts = rows.loc[names[0]].loc[within.index, ["residuals", "samples"]].itertuples()
    table = within.map("{:.0%}".format, na_action="ignore").rename(columns=labels(group))
    if not group.is_many:
        table.insert(0, "expected range", [_exact(residuals, n, 0.8, step) for step, residuals, n in counts])
    return table


def _exact(residuals: int, samples: int, level: float, step: int) -> str:
    """Between which shares the coverage of exact intervals lies in 95 of 100 cases."""
    law = exact_coverage(residuals, samples, level, step)
    low, high = law.ppf([0.025, 0.975]) / law.support()[1]
    return f"{low:.0%} to {high:.0%}"


def future(group: Group) -> pd.DataFrame:
    """What comes after the end of the series, with intervals of 80 % where they can be given."""
    columns = {}
    for name in [*(result.name for result in group.results), group.compared["best_baseline"]]:
        rows = group.forecast_of(name, future=True).set_index("time")
        columns[labels(group)[name]] = rows.apply(
            lambda row: number(row["forecast"]) + interval(row["lower_80"], row["upper_80"]), axis="columns"
        )
    return pd.DataFrame(columns)


def predictions(group: Group) -> pd.DataFrame:
    """The ensembles' predictions for fresh samples of noise."""
    means = {f"`{r.name}`": r.predictions.xs(0, level="output").mean(axis="columns") for r in group.results}
    return pd.DataFrame(means).map("{:.4f}".format).rename(index=lambda sample: sample + 1)


def weight_changes(group: Group) -> pd.DataFrame:
    """How far training moved the weights of each gate."""
    changes = group.weight_changes.assign(experiment="`" + group.weight_changes["experiment"] + "`")
    table = changes.pivot_table("change", ["experiment", "gate"], "weight", aggfunc="first", sort=False)
    return table.map("{:.3g}".format, na_action="ignore")


def searches(group: Group) -> pd.DataFrame:
    """What the search for each tuned recipe tried, and what it brought inside the training part."""
    found = {}
    for name, search in {result.name: result.search for result in group.results if result.search}.items():
        row = {"recipes": search["trials"], "folds": search["folds"], "replicates": search["replicates"]}
        if search["folds"]:
            scores = {key: search[key] for key in ("default", "chosen", "runner_up")}
            shown = {key: "diverged" if score is None else number(score) for key, score in scores.items()}
            row |= {"steps": search["steps"], "MSE of the default recipe": shown["default"]}
            row |= {"of the chosen one": "the default" if search["is_default"] else shown["chosen"]}
            row |= {"of the best other one": shown["runner_up"]}
        found[f"`{name}`"] = row
    return pd.DataFrame(found).T


def recipes(group: Group) -> pd.DataFrame:
    """How each experiment was trained, in the words of params.yaml, and what it costs."""
    found: dict[str, dict[str, Any]] = {}
    for result in group.results:
        metrics = result.metrics
        recipe = result.experiment.model_dump(exclude={"dataset", "engine", "recipe"}, exclude_none=True)
        if not group.is_series:
            del recipe["transform"]
        costs = {"parameters": metrics["n_params"], "multiply-adds": metrics["multiply_adds"]}
        recipe |= result.experiment.cell_options | {"epoch of the weights": f"{metrics['best_epoch']:g}"} | costs
        found[f"`{result.name}`"] = recipe
    return pd.DataFrame(found).T.dropna(axis="columns", how="all")
