"""What no compiled form can be derived from is refused, and the reason said: it is never left out in silence."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, relu, sigmoid

from cellbench.learning.native.equation import DerivationError
from cellbench.learning.native.step import step_of
from own_cells import REPLICATES, UNITS, Own, Two, own

ONES = torch.ones(REPLICATES, UNITS, UNITS)


def without_gradients(cell: Any, x: Tensor, h: Tensor) -> Tensor:
    with torch.no_grad():
        return sigmoid(h)


REFUSED: dict[str, Callable[..., Any]] = {
    "it uses relu": lambda cell, x, h: relu(h),
    "it uses cat": lambda cell, x, h: torch.cat((x, h), -1) @ cell.U,
    "it uses add_": lambda cell, x, h: h.add_(1),
    "it uses add with alpha": lambda cell, x, h: torch.add(h, h, alpha=2),
    "it uses add with input, other": lambda cell, x, h: torch.add(input=h, other=h),
    "it uses gt": lambda cell, x, h: h if (h > 0).all() else 2 * h,
    "it uses tolist": lambda cell, x, h: h * len(h.tolist()),
    "it switches gradients off": without_gradients,
    "it splits something other than columns, or not in multiples of H": lambda cell, x, h: (
        h * cell.b.split((UNITS - 1, UNITS + 1), dim=-1)[0]
    ),
    "it computes with something other than its state, its biases, sums and gates": lambda cell, x, h: h * ONES,
    "it computes with a number that is not finite": lambda cell, x, h: h * float("inf"),
    "the second factor of a product is not a weight": lambda cell, x, h: h @ ONES,
    "it multiplies a weight with something other than its input, state or gates": lambda cell, x, h: (
        (x @ cell.W.chunk(2, dim=-1)[0]) @ cell.U.chunk(2, dim=-1)[1]
    ),
}
"""What no compiled form can be derived from, and what is said of it."""


@pytest.mark.parametrize(("reason", "step"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_understood_is_refused_and_never_left_out(reason: str, step: Callable[..., Any]) -> None:
    def whole(cell: Any, x: Tensor, h: Tensor) -> Any:
        h = step(cell, x, h)
        return h, h

    with pytest.raises(DerivationError) as refused:
        step_of(own(whole, 2, b=2))
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("reason", "first"),
    {
        "one tensor is two parts of its state": lambda cell: Two(*[cell.zeros(1)] * 2),
        "its first state is not zeros (R, B, H)": lambda cell: Two(cell.zeros(1), cell.zeros(1) + 1),
        "its state is neither a tensor nor a tuple of tensors": lambda cell: (cell.zeros(1), 0),
        "its output is not the first part of its state": lambda cell: Two(cell.zeros(1), cell.zeros(1)),
    }.items(),
)
def test_a_state_that_a_step_does_not_understand_is_refused(reason: str, first: Callable[..., Any]) -> None:
    cell = own(lambda cell, x, state: (state[1], state), 1, 2)
    cell.initial_state = lambda batch: first(cell)  # type: ignore[method-assign]
    with pytest.raises(DerivationError) as refused:
        step_of(cell)
    assert str(refused.value) == reason


def test_what_torch_would_repeat_for_a_cell_of_one_unit_is_refused() -> None:
    cell = Own({"W": torch.ones(1, 3, 2), "U": torch.ones(1, 1, 2)}, lambda cell, x, h: 2 * [h * (x @ cell.W)], 1)
    with pytest.raises(DerivationError, match=r"^it adds or multiplies vectors of unequal lengths$"):
        step_of(cell)
