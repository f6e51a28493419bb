"""What may be said about the forecasters on a dataset."""

from collections import defaultdict
from operator import itemgetter
from typing import Any

from cellbench.config.recipe import Recipe
from cellbench.config.sources import Arma
from cellbench.results.results import Group, Result
from cellbench.results.wording import enumerated


def best(group: Group) -> Result:
    """The experiment whose ensemble was the best on the validation part; of noise, which has none, in training."""
    error = f"val_ensemble_{group.loss}" if group.is_series else "train_mse"
    return min(group.results, key=lambda result: result.metrics[error])


def labels(group: Group) -> dict[str, str]:
    """What each forecaster is called: experiments, averages, baselines with what was chosen for them, the optimum."""
    others: dict[str, str] = group.compared["labels"]
    return {result.name: f"`{result.name}`" for result in group.results} | others


def differences(group: Group) -> list[str]:
    """Which experiments are shown to be worse than others: a clause for each."""
    label, better = labels(group), defaultdict(list)
    for pair in group.compared["cells"]:
        if pair["verdict"] == "better":
            better[pair["second"]].append(label[pair["first"]])
        elif pair["verdict"] == "worse":
            better[pair["first"]].append(label[pair["second"]])
    return [f"{label[name]} is worse than {enumerated(others)}" for name, others in better.items()]


def ratios(group: Group) -> str:
    """How many times the best baseline's squared error a replicate of each experiment has, the lowest first."""
    best, error = group.compared["best_baseline"], f"test_{group.loss}"
    theirs = f"the best baseline, {labels(group)[best]},"
    where = f"{group.compared['samples']} {'series' if group.is_many else 'test samples'}"
    if not all(f"skill_vs_{best}" in result.metrics for result in group.results):
        return f"{theirs} has no error but rounding on these {where}"
    times = {result.name: result.metrics[error] / group.baselines[best][error] for result in group.results}
    each = [f"{time:.{2 if time < 10 else 0}f} for `{name}`" for name, time in sorted(times.items(), key=itemgetter(1))]
    measure = "mean squared RMSSE" if group.is_many else "squared error"
    return f"the {measure} relative to {theirs} is {enumerated(each)} ({where})"


def over_series(group: Group) -> str:
    """On how many series each cell has the lowest error, and how the best cell fares against the best baseline."""
    errors = group.series["test_rmsse"].unstack("series").dropna(axis="columns")
    names, total = [result.name for result in group.results], errors.shape[1]
    ours, theirs = best(group), group.compared["best_baseline"]
    first = errors.loc[names].idxmin().value_counts().reindex(names, fill_value=0).sort_values(ascending=False)
    each = [f"`{name}` on {count}" for name, count in first.items()]
    lowest = f"Which cell's ensemble has the lowest RMSSE of the {total} series: {enumerated(each)}. "
    won = int((errors.loc[ours.name] < errors.loc[theirs]).sum())
    ratio = group.score(ours.name, "test_mase") / group.score(theirs, "test_mase")
    return (
        f"{lowest if len(names) > 1 else ''}The ensemble of `{ours.name}`, the best cell in "
        f"validation, has a lower RMSSE than {labels(group)[theirs]} on {won} of {total} series, and {ratio:.3f} times "
        "its mean MASE."
    )


def skill(result: Result) -> str:
    """The share of the best baseline's squared error that a replicate saves, with its 95 % interval.

    Undefined where the best baseline has no error except rounding; then there is no metric of it, either.
    """
    known = f"skill_vs_{result.against['second']}" in result.metrics
    return relative(result.against, sign=-1) if known else "undefined"


def relative(pair: dict[str, Any], sign: int = 1) -> str:
    """A difference in squared error as a share of the second's, with its 95 % interval where it was tested."""
    if pair["second_loss"] == 0:
        return "undefined"
    mean, *ends = (sign * pair[key] / pair["second_loss"] for key in ("mean", "low", "high") if key in pair)
    return f"{mean:+.1%}" + (f" [{min(ends):+.1%}, {max(ends):+.1%}]" if ends else "")


def ratio(pair: dict[str, Any]) -> str:
    """The mean loss of the first as a share of the second's."""
    return f"{1 + pair['mean'] / pair['second_loss']:.3f}" if pair["second_loss"] else "undefined"


def differing(group: Group) -> dict[str, dict[str, object]]:
    """What differs between the experiments on a dataset besides the cell: its value in each.

    Where every recipe was searched with the same budget, what was found may differ.
    """
    searched = {*Recipe.model_fields} - {"replicates"} if all(result.search for result in group.results) else set()
    recipes = {
        result.name: result.experiment.model_dump(exclude={"cell", "activation", *searched}) for result in group.results
    }
    values = {key: {name: recipe[key] for name, recipe in recipes.items()} for key in next(iter(recipes.values()))}
    return {key: of for key, of in values.items() if len(set(of.values())) > 1}


def scaled_by_train(group: Group) -> list[str]:
    """The experiments that see a series relative to its period train."""
    return [f"`{result.name}`" for result in group.results if result.experiment.scaling == "train"]


def process(source: Arma) -> str:
    """The right side of the process in symbols."""
    weights = [*((a, f"x(t-{i})") for i, a in enumerate(source.ar, 1)), (1, "e(t)")]
    weights += [(b, f"e(t-{i})") for i, b in enumerate(source.ma, 1)]
    terms = [f"{'-' if w < 0 else '+'} {'' if w == 1 else f'{abs(w):g} '}{of}" for w, of in weights]
    return " ".join(terms).removeprefix("+ ")
