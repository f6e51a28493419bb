"""The tables of the report, as Markdown."""

from collections.abc import Iterable, Sequence

from cellbench.base.params.sources import Noise
from cellbench.evaluation.conformal import LEVELS, percent
from cellbench.evaluation.statistics import ALPHA
from cellbench.reporting.results import Group, Result
from cellbench.reporting.verdicts import baseline_name, estimated, labels, number, p_value, skill_with_interval


def score_table(group: Group) -> str:
    """Every forecaster's errors on all test samples, and what they cost."""
    errors = ["mse", "rmse", "mae", *(["mase"] if "ensemble_mase" in group.results[0].metrics else [])]
    excess = [] if group.optimum is None else ["above the optimum"]
    header = ["", "MSE of one replicate", "MSE of the ensemble", *(error.upper() for error in errors[1:]), *excess]
    header += ["skill against the best baseline", "in the 95 % confidence set"]
    header += ["parameters", "multiply-adds", "epoch of the weights"]
    rows = []
    for result in group.results:
        metrics = result.metrics
        row = [f"`{result.name}`", estimated(result.estimates["test_mse"])]
        row += [number(metrics[f"ensemble_{error}"]) for error in errors]
        row += [f"{metrics['excess_over_optimum']:+.1%}" for _ in excess]
        row += [skill_with_interval(result, group), _member(group, result.name)]
        rows.append([*row, str(metrics["n_params"]), str(metrics["multiply_adds"]), f"{metrics['best_epoch']:g}"])
    for name, metrics in group.baselines.items():
        row = [baseline_name(group, name), "", *(number(metrics[f"test_{error}"]) for error in errors)]
        if group.optimum is not None:
            row.append(f"{metrics['test_mse'] / group.optimum - 1:+.1%}")
        rows.append([*row, "", _member(group, name), "", "", ""])
    if group.optimum is not None:
        rows.append(["best possible, expected", "", number(group.optimum), *[""] * (len(header) - 3)])
    return table(header, rows)


def _member(group: Group, forecaster: str) -> str:
    if not group.compared["tested"]:
        return "not tested"
    p = group.compared["confidence_set"][forecaster]
    return f"{'yes' if p > ALPHA else 'no'} (p {p_value(p)})"


def period_table(group: Group) -> str:
    """The ensembles and baselines by test period, beside what others published."""
    source = group.source
    relative = not isinstance(source, Noise) and source.variance is not None
    metric = "test_arv" if relative else "test_mse"
    rows = [
        [
            label,
            *(
                f"{group.score(name, metric, period):.3f}" if relative else number(group.score(name, metric, period))
                for period in group.periods
            ),
        ]
        for name, label in labels(group).items()
    ]
    rows += [
        [f"published: {name}", *(f"{values[p]:.3g}" if p in values else "" for p in group.periods)]
        for name, values in group.published.items()
    ]
    return table([{"test_arv": "average relative variance", "test_mse": "MSE"}[metric], *group.periods], rows)


def comparison_table(group: Group) -> str:
    """Every pair that was compared, with both tests."""
    rows, label = [], labels(group)
    for pair in (*group.compared["cells"], *group.compared["against_baseline"]):
        interval = "" if pair["low"] is None else f" [{number(pair['low'])}, {number(pair['high'])}]"
        rows.append(
            [
                label[pair["first"]],
                label[pair["second"]],
                number(pair["mean"]) + interval,
                p_value(pair["p_holm"]).removeprefix("= "),
                f"{pair['dm']:.2f}",
                p_value(pair["dm_p_holm"]).removeprefix("= "),
                pair["verdict"],
            ]
        )
    header = ["first", "second", "difference in MSE", "p, bootstrap", "Diebold-Mariano", "p", "the first is"]
    return table(header, rows)


def step_table(group: Group) -> str:
    """MSE of ensembles and baselines by step of the horizon."""
    rows = [
        [label, *(number(group.score(name, "test_mse", step=step)) for step in group.steps)]
        for name, label in labels(group).items()
    ]
    return table(["MSE", *(f"step {step}" for step in group.steps)], rows)


def interval_table(group: Group) -> str:
    """What the prediction intervals promise, and what they kept on the test samples."""
    names = [percent(level) for level in LEVELS]
    rows: list[list[str]] = []
    for result in group.results:
        row = [f"`{result.name}`"]
        for name in names:
            if f"coverage_{name}" in result.metrics:
                row += [f"{result.metrics[f'coverage_{name}']:.0%}", number(result.metrics[f"width_{name}"])]
            else:
                row += ["too few validation samples", ""]
        rows.append(row)
    return table(["", *(cell for name in names for cell in (f"within the {name} % interval", "its mean width"))], rows)


def future_table(group: Group) -> str:
    """What comes after the end of the series."""
    columns = {result.name: group.forecast_of(result.name, future=True) for result in group.results}
    rows = []
    for step in zip(*columns.values(), strict=True):
        cells = []
        for row in step:
            ends = (
                "" if not row["lower_80"] else f" [{number(float(row['lower_80']))}, {number(float(row['upper_80']))}]"
            )
            cells.append(number(float(row["forecast"])) + ends)
        rows.append([step[0]["time"], *cells])
    return table(["", *(f"`{name}`" for name in columns)], rows)


def prediction_table(results: Sequence[Result]) -> str:
    """The ensembles' predictions for fresh samples of noise."""
    means = [result.predictions.mean(axis=0)[:, 0] for result in results]
    rows = [[str(n + 1), *(f"{value:.4f}" for value in row)] for n, row in enumerate(zip(*means, strict=True))]
    return table(["sample", *(f"`{result.name}`" for result in results)], rows)


def moved_table(results: Sequence[Result]) -> str:
    """How far training moved the weights of each gate."""
    weights = list(dict.fromkeys(row["weight"] for result in results for row in result.weight_changes))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for result in results:
        for row in result.weight_changes:
            rows.setdefault((result.name, row["gate"]), {})[row["weight"]] = f"{float(row['change']):.3g}"
    cells = [[f"`{name}`", gate, *(row.get(weight, "") for weight in weights)] for (name, gate), row in rows.items()]
    return table(["experiment", "gate", *weights], cells)


def recipe_table(results: Sequence[Result]) -> str:
    """What was trained how."""
    rows = []
    for result in results:
        e = result.experiment
        values = [e.units, e.epochs, e.batch_size, f"{e.learning_rate:g}", f"{e.weight_decay:g}", e.skip, e.select]
        trained = f"{len(result.members)} of {e.replicates}" if result.diverged else str(e.replicates)
        rows.append([f"`{result.name}`", " ".join([e.cell, *e.cell_options.values()]), *map(str, values), trained])
    header = [
        "experiment",
        "cell",
        "units",
        "epochs",
        "batch",
        "learning rate",
        "weight decay",
        "skip",
        "weights",
        "replicates",
    ]
    return table(header, rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what comes from a file cannot break out of its cell."""
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
