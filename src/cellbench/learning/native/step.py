"""The derived step of a cell as the compiler sees it: a type of its own, by which it chooses the code.

So the unrolling is written once (`block.py`), and yet compiled for each cell as if its step were written into it.

Shape letters: L lanes, F features, S, M and K the rows of state (h first), of memo and of da.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any

from numba import types
from numba.extending import NativeValue, models, overload, register_model, typeof_impl, unbox

from cellbench.cells.contract import Cell
from cellbench.learning.native import functions
from cellbench.learning.native.derivation import Step, derive
from cellbench.learning.native.equation import equation_of
from cellbench.learning.native.functions import PART, Rows


@lru_cache(maxsize=1)  # of the cell that is trained
def step_of(cell: Cell[Any]) -> Step:
    """The derived step of a cell.

    Raises:
        DerivationError: it has none.
    """
    return derive([name for name, _ in cell.named_parameters()], equation_of(cell))


class StepType(types.Type):
    """Steps of the same source are of the same type, in any process."""

    def __init__(self, source: str) -> None:
        super().__init__(f"Step({sha256(source.encode()).hexdigest()[:16]})")
        self.source = source


register_model(StepType)(models.OpaqueModel)


@typeof_impl.register(Step)
def _type_of(step: Step, _: Any) -> StepType:
    return StepType(step.source)


@unbox(StepType)
def _unbox(_: StepType, step: Any, context: Any) -> NativeValue:
    return NativeValue(context.context.get_dummy_value())


def forward(step: Step, w: Any, x: Rows, state: Rows, new_state: Rows, memo: Rows) -> None:
    """One time step: from input `(F, L)` and state `(S, L)` to the new state; `memo` `(M, L)` is for the way back.

    Args:
        w: the weights of the cell, in their order.
    """
    raise NotImplementedError("chosen when compiled")


def backward(step: Step, w: Any, dw: Any, x: Rows, state: Rows, memo: Rows, d_state: Rows, da: Rows) -> None:
    """The same step backwards.

    Args:
        dw: the gradients of the weights, to be added to.
        d_state: the gradient of the loss at the new state `(S, L)`; becomes that at the old one.
        da: room for the gradients at the sums, and at values that several loops use `(K, L)`.
    """
    raise NotImplementedError("chosen when compiled")


@overload(forward, PART, strict=False)  # whose annotations would have to be the same
def _forward(step: Any, w: Any, x: Any, state: Any, new_state: Any, memo: Any) -> Callable[..., None]:
    return _function("forward", step)


@overload(backward, PART, strict=False)
def _backward(step: Any, w: Any, dw: Any, x: Any, state: Any, memo: Any, d_state: Any, da: Any) -> Callable[..., None]:
    return _function("backward", step)


def _function(name: str, step: StepType) -> Callable[..., None]:
    defined = dict(vars(functions))
    exec(step.source, defined)
    function: Callable[..., None] = defined[name]
    return function
