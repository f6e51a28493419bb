"""What a cell is: weights with a leading replicate axis, a state, and one pure step.

Shape letters: R replicates, B batch, F features, H units, G gates.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

State = TypeVar("State")
Weights = dict[str, Tensor]
"""Named weights of all replicates, each `(R, ...)`."""


class Cell(nn.Module, ABC, Generic[State]):
    """A recurrent cell; every weight is an attribute named as in the cell's equations.

    A subclass gives the equations: the names of its `gates`, its initial weights, its initial state and its step.
    """

    gates: ClassVar[tuple[str, ...]]
    """The blocks of H columns side by side in every weight, in their order."""

    W: Tensor
    """Input weights `(R, F, G*H)`."""
    U: Tensor
    """Recurrent weights `(R, H, G*H)`."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        for name, weight in weights.items():
            self.register_parameter(name, nn.Parameter(weight))

    @property
    def name(self) -> str:
        """As in params.yaml: the name of its file."""
        return type(self).__module__.rsplit(".")[-1]

    @staticmethod
    @abstractmethod
    def initial_weights(features: int, units: int, random: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """The weights of one replicate as Keras would draw them, without the replicate axis."""

    @abstractmethod
    def initial_state(self, batch: int) -> State:
        """The state before the first time step: zeros, `(R, B, H)` each."""

    @abstractmethod
    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One time step: input `x` `(R, B, F)` and state to output `(R, B, H)` and next state."""

    def zeros(self, batch: int) -> Tensor:
        """A state of zeros `(R, B, H)`."""
        replicates, units, _ = self.U.shape
        return self.U.new_zeros(replicates, batch, units)


def affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """`x W + b` in every replicate: `(R, B, F)`, `(R, F, K)` and `(R, 1, K)` or `(R, B, K)` to `(R, B, K)`.

    One call instead of two: at a batch of one, calls cost more than arithmetic.
    """
    return torch.baddbmm(b, x, W)
