"""What the tests allow to say about the cells on a dataset, in sentences."""

from collections.abc import Iterable

from cellbench.evaluation.scoring import NOTHING
from cellbench.evaluation.statistics import Estimate
from cellbench.reporting.results import Group, Result

NAMES = {
    "mean": "the training mean",
    "last": "the last value",
    "seasonal": "the value one season before",
    "ar1": "AR(1)",
    "ar": "AR({p}) by AIC",
    "arima": "ARIMA({p},{d},{q})",
}


def conclusion(group: Group) -> str:
    """What follows from the comparisons on one dataset: a sentence, and a list item for every experiment."""
    cells, baseline = cells_sentence(group), baseline_sentence(group)
    head = f"**On `{group.dataset}`, {baseline}{cells}.**"
    best = group.compared["best_baseline"]
    head += f" The test MSE of {baseline_name(group, best)} is {number(group.baselines[best]['test_mse'])}"
    if group.optimum is not None:
        head += f"; the best that any forecast can expect is {number(group.optimum)}"
    return head + ".\n\n" + "\n".join(f"- {verdict_sentence(result, group)}" for result in group.results)


def cells_sentence(group: Group) -> str:
    """How the cells compare with one another."""
    pairs = group.compared["cells"]
    if not pairs:
        return ""
    different = [pair for pair in pairs if pair["verdict"] in {"better", "worse"}]
    samples = f"{group.compared['samples']} test samples"
    if not group.compared["tested"]:
        return ""
    if not different:
        return f"; no difference between the cells can be told on these {samples}"
    better: dict[str, list[str]] = {}
    for pair in different:
        first, second = pair["first"], pair["second"]
        winner, loser = (first, second) if pair["verdict"] == "better" else (second, first)
        better.setdefault(winner, []).append(loser)
    said = "; ".join(f"{winner} is better than {enumerated(losers)}" for winner, losers in better.items())
    rest = "" if len(different) == len(pairs) else "; between the others no difference can be told"
    return f"; {said}{rest}"


def baseline_sentence(group: Group) -> str:
    """How the cells compare with the best baseline."""
    name = baseline_name(group, group.compared["best_baseline"])
    best = name if name == "the training mean" else f"{name}, the best baseline"
    if not group.compared["tested"]:
        return f"{group.compared['samples']} test samples are too few to tell any forecaster from another"
    winners = [result.name for result in group.results if result.against["verdict"] == "better"]
    if winners:
        return f"{enumerated(winners)} {'beats' if len(winners) == 1 else 'beat'} {best}"
    return f"no cell beats {best}"


def verdict_sentence(result: Result, group: Group) -> str:
    """How an experiment compares with the best baseline, with the numbers behind it."""
    against, name = result.against, baseline_name(group, result.against["second"])
    ours, constant = result.metrics["train_mse"], result.baseline["train_mse"]
    on_training = f"on the training part ({number(ours)} against {number(constant)} of the training mean)"
    worse = f"worse than {name}"
    if against["second"] == "mean":
        worse += (
            f", though better {on_training}: what it learned does not hold on new data"
            if ours < constant
            else f", as it is {on_training}"
        )
    said = {
        "better": f"better than {name}",
        "worse": worse,
        "no difference": f"no difference from {name} can be told on this sample",
        "not tested": f"not tested against {name}",
    }[against["verdict"]]
    one_seed = "" if len(result.scores) > 1 else " One replicate says nothing about other seeds."
    return f"{score_sentence(result)}, skill {skill_with_interval(result, group)}, {said}.{one_seed}"


def score_sentence(result: Result) -> str:
    """The errors of an experiment, whatever else is compared with it."""
    together = f", ensemble {number(result.metrics['ensemble_mse'])}" if len(result.scores) > 1 else ""
    return f"`{result.name}`: test MSE {estimated(result.estimates['test_mse'])}{together}"


def divergence_sentence(result: Result) -> str:
    """Which replicates diverged and are left out; nothing if none did."""
    if not result.diverged:
        return ""
    epochs = enumerated([f"replicate {r} in epoch {epoch}" for r, epoch in result.diverged.items()])
    return (
        f"`{result.name}`: {len(result.diverged)} of {result.experiment.replicates} replicates diverged and left out "
        f"of all numbers ({epochs})."
    )


def skill_with_interval(result: Result, group: Group) -> str:
    """The share of the best baseline's squared error that a replicate saves, with the bootstrap's 95 % interval.

    Undefined where the best baseline makes no error but for rounding.
    """
    against = result.against
    theirs = group.baselines[against["second"]]["test_mse"]
    if theirs <= NOTHING * group.baselines["mean"]["test_mse"]:
        return "undefined"
    skill = f"{-against['mean'] / theirs:+.1%}"
    if against["low"] is None:
        return skill
    return f"{skill} [{-against['high'] / theirs:+.1%}, {-against['low'] / theirs:+.1%}]"


def baseline_name(group: Group, baseline: str) -> str:
    """What a baseline is, with the orders that were chosen."""
    return NAMES[baseline].format_map(group.baselines[baseline])


def labels(group: Group) -> dict[str, str]:
    """What tables call each forecaster: the experiments, then the baselines."""
    experiments = {result.name: f"`{result.name}`" for result in group.results}
    return experiments | {name: baseline_name(group, name) for name in group.baselines}


def unlike(group: Group) -> str | None:
    """A warning if the experiments on a dataset differ in more than the cell: then more than the cell is compared."""
    recipes = [result.experiment.model_dump(exclude={"cell", "activation", "dataset"}) for result in group.results]
    differing = [key for key in recipes[0] if len({str(recipe[key]) for recipe in recipes}) > 1]
    if not differing:
        return None
    values = [
        f"{key} ({', '.join(f'{r.name} {r.experiment.model_dump()[key]}' for r in group.results)})" for key in differing
    ]
    return f"**Warning:** the experiments on `{group.dataset}` differ in more than the cell: {enumerated(values)}."


def number(value: float) -> str:
    """Four significant digits or all before the point, without an exponent where the number is of a common size."""
    if 1e3 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:#.4g}".removesuffix(".") if 1e-4 <= abs(value) < 1e3 or value == 0 else f"{value:.3e}"


def estimated(estimate: Estimate) -> str:
    """A mean and half its interval, which is known to two digits at best."""
    return number(estimate.mean) + ("" if estimate.ci95 is None else f" ± {estimate.ci95:.2g}")


def p_value(p: float) -> str:
    """`= 0.012`; what rounds to nothing is not zero."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def enumerated(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
