"""What to know about the data, the cells and their weights, before the scores are taken for more than they are."""

from collections.abc import Iterator

from cellbench.base.params.sources import Arma, Noise
from cellbench.reporting.results import Group
from cellbench.reporting.verdicts import baseline_name, enumerated, p_value

CELLS_NOTE = """`elman` with tanh is the notebook's code and Keras's default, with a sigmoid the notebook's text. `gru`
is the text's, with no biases and the reset gate before the product; `gru_reset_after` is the notebook's code and
Keras's default, with two biases and the reset gate after the product, its update gate one minus the text's.

All train as Keras does by default: Adam with epsilon 1e-7, Glorot-uniform input and orthogonal recurrent weights, an
LSTM's forget gate at bias 1, a new order of the samples in every epoch, a last smaller batch. Where an experiment sets
a weight decay, it is taken off the weights themselves (AdamW)."""


def remarks(group: Group) -> Iterator[str]:
    """What the scores do not show about the data."""
    source = group.source
    if isinstance(source, Noise):
        yield f"The targets of `{group.dataset}` are uniform on [0, 1), whatever the inputs: the best forecast is 1/2."
        if source.timesteps > 1:
            yield (
                f"One output is compared with each of {source.timesteps} targets, as the notebook's shapes make Keras "
                f"do: all it could do is forecast their mean."
            )
        return
    steps = "the next value" if source.horizon == 1 else f"the next {source.horizon} values"
    yield (
        f"From the last {source.window} values of `{group.dataset}`, {steps}. {TRANSFORMED[source.transform]}"
        f"{SCALED[source.scaling]}"
    )
    yield (
        "Samples by the time of what they forecast: "
        + ", ".join(
            f"{period} {extent['samples']} from {extent['first']} to {extent['last']}"
            for period, extent in group.compared["periods"].items()
        )
        + "."
    )
    if isinstance(source, Arma):
        yield f"{process(source)} {memory_remark(group, source)}"


TRANSFORMED = {
    "none": "",
    "sqrt": "Networks and fitted baselines see square roots of the values. ",
    "log": "Networks and fitted baselines see logarithms of the values. ",
}
SCALED = {
    "train": "Scaled by mean and deviation of the training period.",
    "window": "Every window is scaled by its own mean and deviation.",
}


def memory_remark(group: Group, source: Arma) -> str:
    """Whether a cell that is fed one value a step knows more than the one lag of an AR(1)."""
    optimum = group.optimum
    assert optimum is not None  # an ARMA process has one
    excess = {result.name: result.metrics["excess_over_optimum"] for result in group.results}
    one_lag = group.baselines["ar1"]["test_mse"] / optimum - 1
    many = group.baselines["ar"]["test_mse"] / optimum - 1
    said = ", ".join(f"`{name}` {value:+.1%}" for name, value in excess.items())
    beyond = [pair["first"] for pair in group.compared["against_one_lag"] if pair["verdict"] == "better"]
    verdict = (
        f"{enumerated(beyond)} remember more than one lag"
        if beyond
        else "no cell can be said to remember more than one lag"
    )
    if len(beyond) == 1:
        verdict = verdict.replace("remember", "remembers")
    remain = (
        f"Above the optimum, {optimum:g}, remain: {said}; AR(1), which sees one lag, {one_lag:+.1%}, "
        f"and {baseline_name(group, 'ar')} {many:+.1%}."
    )
    # where one lag says everything, or only one is seen, to be below AR(1) is luck
    return f"{remain} So {verdict}." if source.window > 1 and (source.ma or len(source.ar) > 1) else remain


def process(source: Arma) -> str:
    """The process in symbols."""
    weights = [*((a, f"x(t-{i})") for i, a in enumerate(source.ar, 1)), (1, "e(t)")]
    weights += [(b, f"e(t-{i})") for i, b in enumerate(source.ma, 1)]
    terms = [f"{'-' if w < 0 else '+'} {'' if w == 1 else f'{abs(w):g} '}{of}" for w, of in weights]
    return f"The process is x(t) = {' '.join(terms).removeprefix('+ ')}, e of deviation {source.sigma:g}."


def residual_remarks(group: Group) -> str:
    """Whether something is left to learn in the errors one step ahead."""
    lines = []
    for result in group.results:
        p = result.metrics.get("residual_p")
        if p is None:
            continue
        left = "something is left to learn" if p < 0.05 else "no sign that something is left to learn"
        acf = result.metrics["residual_acf_1"]
        lines.append(f"- `{result.name}`: autocorrelation at lag 1 {acf:+.2f}, Ljung-Box p {p_value(p)}: {left}.")
    if not lines:
        return "Too few test samples to test the ensembles' errors."
    return "\n".join(["Of the ensembles' errors one step ahead:", "", *lines])


def moved_remarks(group: Group) -> Iterator[str]:
    """A sentence for each experiment whose recurrent weights are still the first ones."""
    for result in group.results:
        changes = {(row["weight"], row["gate"]): float(row["change"]) for row in result.weight_changes}
        gates = list(dict.fromkeys(gate for _, gate in changes))
        if any(changes["U", gate] for gate in gates):
            continue
        still = [gate for gate in gates if not any(change for (_, g), change in changes.items() if g == gate)]
        neither = f", and neither did any weight of gate {enumerated(still)}" if still else ""
        one_step = isinstance(group.source, Noise) and group.source.timesteps == 1
        why = ": with one time step U only ever meets the first state, which is zero" if one_step else ""
        yield f"In `{result.name}` no recurrent weight U moved{neither}{why}."
