"""What to know about the data, the cells and their weights, before the scores are taken for more than they are."""

from collections.abc import Iterable, Sequence

from cellbench.config import Params
from cellbench.results import Result

CELLS = {  # what each is in the notebook, which says one thing and runs another
    "elman tanh": "the notebook's code and Keras's default, where its text has a sigmoid",
    "elman sigmoid": "the notebook's text, where its code has tanh",
    "gru": "the notebook's text, with no biases and the reset gate before the product",
    "gru_reset_after": "the notebook's code and Keras's default, with two biases and the reset gate after the product; "
    "its update gate is one minus the text's",
}
KERAS = """All train as Keras does by default: Adam with epsilon 1e-7, Glorot-uniform input and orthogonal recurrent
weights, an LSTM's forget gate at bias 1, a new order of the samples in every epoch, a last smaller batch."""


def remarks(params: Params, results: Sequence[Result]) -> Iterable[str]:
    """A list item for everything about the data and the cells that the scores do not show."""
    for name, data in sorted(params.datasets.items()):
        yield f"- The targets of `{name}` are uniform on [0, 1), whatever the inputs: the best forecast is 1/2."
        if data.timesteps > 1:
            yield (
                f"- On `{name}` one output is compared with each of {data.timesteps} targets, as the notebook's shapes "
                f"make Keras do: all it could do is forecast their mean."
            )
    for result in results:
        cell = " ".join([result.experiment.cell, *result.experiment.cell_options.values()])
        if cell in CELLS:
            yield f"- `{result.name}` is `{cell}`: {CELLS[cell]}."
    yield f"- {KERAS}"


def unmoved(params: Params, results: Sequence[Result]) -> Iterable[str]:
    """A sentence for each experiment whose recurrent weights are still the first ones."""
    for result in results:
        changes = {(row["weight"], row["gate"]): float(row["change"]) for row in result.weight_changes}
        gates = list(dict.fromkeys(gate for _, gate in changes))
        if any(changes["U", gate] for gate in gates):
            continue
        still = [gate for gate in gates if not any(change for (_, g), change in changes.items() if g == gate)]
        neither = f", and neither did any weight of gate {enumerated(still)}" if still else ""
        one_step = params.datasets[result.dataset].timesteps == 1
        why = ": with one time step U only ever meets the first state, which is zero" if one_step else ""
        yield f"In `{result.name}` no recurrent weight U moved{neither}{why}."


def enumerated(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
