"""How numbers are written, and the sentences about a result that the report and MLflow have in common."""

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

from cellbench.results.results import Result


def number(value: float) -> str:
    """Four significant digits or all before the point, without an exponent where the number is of a common size."""
    if 1e3 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:#.4g}".removesuffix(".") if 1e-4 <= abs(value) < 1e3 or value == 0 else f"{value:.3e}"


def error_of_one(result: Result, loss: str) -> str:
    """The test error of one replicate and half its interval over seeds, which is known to two digits at best."""
    mean, half = result.metrics[f"test_{loss}"], result.metrics[f"test_{loss}_ci95"]
    return number(mean) + ("" if half is None else f" ± {half:.2g}")


def interval(low: float | None, high: float | None) -> str:
    """`[low, high]` after a space; nothing where there is no interval."""
    return "" if low is None or high is None or isnan(low) else f" [{number(low)}, {number(high)}]"


def p_value(p: float) -> str:
    """`0.012`; what rounds to nothing is not zero."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def enumerated(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def loss_name(loss: str) -> str:
    """What forecasters are compared by."""
    return {"mse": "MSE", "msse": "squared RMSSE"}[loss]


def score_sentence(result: Result, loss: str) -> str:
    """The test errors of an experiment."""
    ensemble = f", ensemble {number(result.metrics[f'ensemble_{loss}'])}" if len(result.scores) > 1 else ""
    return f"`{result.name}`: test {loss_name(loss)} {error_of_one(result, loss)}{ensemble}"


def verdict_sentence(pair: Mapping[str, Any], baseline: str) -> str:
    """How one replicate of an experiment compares with a baseline: `no difference from AR(1), 335.6 (p 0.431)`."""
    theirs = f"{baseline}, {number(pair['second_loss'])}"
    if pair["verdict"] == "not tested":
        return f"too few test samples to test it against {theirs}"
    than = "from" if pair["verdict"] == "no difference" else "than"
    return f"{pair['verdict']} {than} {theirs} (p {p_value(pair['p_holm'])})"


def divergence_sentence(result: Result, loss: str) -> str:
    """Which replicates diverged and are left out; nothing if none did."""
    if not result.diverged:
        return ""
    epochs = enumerated([f"replicate {r} in epoch {epoch}" for r, epoch in result.diverged.items()])
    return (
        f"`{result.name}`: {len(result.diverged)} of {result.experiment.replicates} replicates diverged and are left "
        f"out of all other numbers ({epochs}). Counted as wrong as the training mean, they make "
        f"the {loss_name(loss)} of one replicate {number(result.metrics[f'test_{loss}_with_diverged'])}."
    )
