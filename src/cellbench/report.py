"""comparison.md: what was compared, what came out, and what follows from it, in words and numbers."""

from collections.abc import Iterable, Sequence

from cellbench.config import Params
from cellbench.remarks import enumerated, remarks, unmoved
from cellbench.results import Result, by_dataset
from cellbench.scoring import METRICS
from cellbench.statistics import Estimate

BASELINES = {"mean": "training mean as forecast", "optimum": "best possible, expected"}


def comparison(params: Params, results: Sequence[Result]) -> str:
    """The whole report as Markdown; every statement in it is derived from the results."""
    groups = by_dataset(results)
    parts = ["# Which cell forecasts best?", "## Conclusion"]
    parts += [conclusion(name, group) for name, group in groups.items()]
    parts += ["## Test scores", SCORES_NOTE]
    for name, group in groups.items():
        parts += [f"### {name}", _scores(group)]
    parts += ["![Test error of every experiment](figures/test_error.png)"]
    parts += ["## Learning curves", "![Learning curves](figures/learning_curves.png)", CURVES_NOTE]
    parts += ["## Predictions for fresh samples", "![Predictions](figures/predictions.png)", PREDICTIONS_NOTE]
    parts += [_predictions(group) for group in groups.values()]
    parts += ["## What training moved", MOVED_NOTE, _moved(results), *unmoved(params, results)]
    parts += ["## What was compared", _recipes(params, results), "\n".join(remarks(params, results))]
    return "\n\n".join(parts) + "\n"


SCORES_NOTE = """Means over the replicates on the test samples, ± half a 95 % interval for the mean over all seeds.
Skill is the share of the training mean's squared error that a cell saves; its interval also covers other test samples.
Where it holds zero, no difference from the mean can be told."""

CURVES_NOTE = """Training loss by epoch, mean and range of the replicates. It can fall below the best error possible on
new data, and below that of the mean: then the network is learning the training sample by heart."""

PREDICTIONS_NOTE = "Mean of the replicates for each of the samples that have no target."

MOVED_NOTE = """The largest change, from the first weights to the last, of any weight in any replicate: the columns of
each gate, W from the input, U from the hidden state, b and d biases. A zero is exact: none of them moved at all."""


def conclusion(dataset: str, results: Sequence[Result]) -> str:
    """What the intervals allow to say about the cells on one dataset."""
    winners = [result.name for result in results if verdict(result) == "better"]
    baselines = results[0].baselines
    if winners:
        head = f"On `{dataset}`, {enumerated(winners)} {'beats' if len(winners) == 1 else 'beat'} the training mean."
    else:
        head = f"On `{dataset}`, no cell beats the training mean."
    head = f"**{head}** Its test MSE is {baselines['mean']['test_mse']:.5f}"
    if best := baselines.get("optimum"):
        head += f"; the best that any forecast can expect is {best['test_mse']:.5f}"
    return head + ".\n\n" + "\n".join(f"- {verdict_sentence(result)}" for result in results)


def verdict(result: Result) -> str:
    """`better` or `worse` than the training mean if the interval of the skill excludes zero, else `no difference`."""
    skill, ci95 = result.skill
    if ci95 is None or abs(skill) <= ci95:
        return "no difference"
    return "better" if skill > 0 else "worse"


def verdict_sentence(result: Result) -> str:
    """How an experiment compares with the training mean, with the numbers behind it."""
    ours, constant = result.metrics["train_mse"], result.baselines["mean"]["train_mse"]
    on_training = f"on the training sample ({ours:.5f} against {constant:.5f})"
    said = {
        "better": "better than the mean",
        "worse": f"worse than the mean, though better {on_training}: what it learned does not hold on new data"
        if ours < constant
        else f"worse than the mean, as it is {on_training}",
        "no difference": "no difference from the mean can be told at this sample",
    }[verdict(result)]
    one_seed = "" if len(result.scores) > 1 else " One replicate says nothing about other seeds."
    error, skill = _error(result.estimates["test_mse"]), _skill(result.skill)
    return f"`{result.name}`: test MSE {error}, skill {skill}, {said}.{one_seed}"


def _scores(results: Sequence[Result]) -> str:
    rows = [
        [f"`{r.name}`", *map(_error, r.estimates.values()), _skill(r.skill), str(r.metrics["n_params"])]
        for r in results
    ]
    for name, metrics in results[0].baselines.items():
        values = (metrics.get(metric) for metric in METRICS)
        rows.append([BASELINES[name], *("" if v is None else f"{v:.5f}" for v in values), "", ""])
    return _table(["", "MSE", "RMSE", "MAE", "skill against the mean", "parameters"], rows)


def _predictions(results: Sequence[Result]) -> str:
    means = [result.predictions.mean(axis=0)[:, 0] for result in results]
    header = ["sample", *(f"`{result.name}`" for result in results)]
    return _table(
        header, [[str(n + 1), *(f"{value:.4f}" for value in row)] for n, row in enumerate(zip(*means, strict=True))]
    )


def _moved(results: Sequence[Result]) -> str:
    weights = list(dict.fromkeys(row["weight"] for result in results for row in result.weight_changes))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for result in results:
        for row in result.weight_changes:
            rows.setdefault((result.name, row["gate"]), {})[row["weight"]] = f"{float(row['change']):.3g}"
    return _table(
        ["experiment", "gate", *weights],
        [
            [f"`{name}`", gate, *(changes.get(weight, "") for weight in weights)]
            for (name, gate), changes in rows.items()
        ],
    )


def _recipes(params: Params, results: Sequence[Result]) -> str:
    header = [
        "experiment",
        "dataset",
        "cell",
        "units",
        "inputs",
        "targets",
        "epochs",
        "batch",
        "learning rate",
        "replicates",
    ]
    rows = []
    for result in results:
        e, data = result.experiment, params.datasets[result.dataset]
        rows.append(
            [
                f"`{result.name}`",
                e.dataset,
                " ".join([e.cell, *e.cell_options.values()]),
                str(e.units),
                f"{data.timesteps} x {data.features}",
                str(data.timesteps),
                str(e.epochs),
                str(e.batch_size),
                f"{e.learning_rate:g}",
                str(e.replicates),
            ]
        )
    return _table(header, rows)


def _error(estimate: Estimate) -> str:
    return f"{estimate.mean:.5f}" + ("" if estimate.ci95 is None else f" ± {estimate.ci95:.5f}")


def _skill(estimate: Estimate) -> str:
    return f"{estimate.mean:+.2%}" + ("" if estimate.ci95 is None else f" ± {estimate.ci95:.2%}")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])
