"""What a cell is to the compiled engine: its weights as a named tuple, and one time step of one sample, both ways.

The compiler chooses a cell's step by the type of its weights, so that the unrolling is written once (`block.py`) and
yet compiled for each cell as if it were written into it.

Shape letters: L lanes, F features, H units, K = gates x H columns, S = STATE x H rows of state (h first), M = MEMO x H
rows of memo; the two numbers stand in the file of the cell.
"""

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from cellbench.learning.native.functions import PART, Rows


def forward(weights: Any, x: Rows, state: Rows, new_state: Rows, memo: Rows) -> None:
    """One time step: from input `(F, L)` and state `(S, L)` to the new state; `memo` `(M, L)` is for the way back."""
    raise NotImplementedError("chosen when compiled")


def backward(weights: Any, gradients: Any, x: Rows, state: Rows, memo: Rows, d_state: Rows, da: Rows) -> None:
    """The same step backwards.

    Args:
        gradients: of the weights, to be added to.
        d_state: the gradient of the loss at the new state `(S, L)`; becomes that at the old one.
        da: room for the gradient at the pre-activations `(K, L)`.
    """
    raise NotImplementedError("chosen when compiled")


def implement(weights: type, step: Callable[..., None], step_back: Callable[..., None]) -> None:
    """Make these two the step of the cell whose weights are of this type."""

    @overload(forward, PART, strict=False)  # a cell names its state itself
    def _forward(w: Any, x: Any, state: Any, new_state: Any, memo: Any) -> Callable[..., None] | None:
        return step if w.instance_class is weights else None

    @overload(backward, PART, strict=False)
    def _backward(
        w: Any, gradients: Any, x: Any, state: Any, memo: Any, d_state: Any, da: Any
    ) -> Callable[..., None] | None:
        return step_back if w.instance_class is weights else None
