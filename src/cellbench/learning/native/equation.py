"""The equation of a cell as a graph, recorded while its step runs once in torch.

A vector of n × H numbers, such as gates side by side, is n blocks of H; an operation on vectors is one on each block.

Shape letters: R replicates, F features, H units, K columns of a weight.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from math import isfinite
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cellbench.cells.contract import Cell


class DerivationError(Exception):
    """Why a cell has no compiled form, as the end of a sentence."""


class Block:
    """H numbers of a sample, or of a weight with one row, which all samples share."""


@dataclass(frozen=True)
class State(Block):
    """A part of the old state."""

    number: int


@dataclass(frozen=True)
class Bias(Block):
    """A block of a weight with one row, `(1, K)`."""

    weight: str
    number: int


@dataclass(frozen=True)
class Product:
    """A vector times a block of a weight's columns; the input x where the vector is None."""

    vector: Block | None
    weight: str
    number: int


@dataclass(frozen=True, eq=False)
class Sum(Block):
    """Biases plus products: a pre-activation, or a part of one."""

    biases: tuple[Bias, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True, eq=False)
class Elementwise(Block):
    """An operation on single numbers: `+`, `-`, `*` with two operands, `sigmoid`, `tanh` with one."""

    operation: str
    operands: tuple[Block | float, ...]

    @property
    def blocks(self) -> list[Block]:
        """The operands that are blocks, without plain numbers."""
        return [operand for operand in self.operands if isinstance(operand, Block)]


def equation_of(cell: Cell[Any]) -> list[Block]:
    """The parts of the new state, the output first, each with all that it is computed from.

    Raises:
        DerivationError: the step does something that is not known here.
    """
    recorder = _Recorder(cell)
    x = cell.W.new_zeros(len(cell.W), 1, cell.W.shape[1])
    recorder.record(x, _Input())
    with torch.enable_grad():  # so that a step that switches gradients off is seen
        state = cell.initial_state(1)
        for number, part in enumerate(_parts(state)):
            if part.shape != (*x.shape[:2], cell.U.shape[1]) or part.requires_grad or part.any():
                raise DerivationError("its first state is not zeros (R, B, H)")
            recorder.record(part, [State(number)])
        with recorder:
            output, new_state = cell(x, state)
    new = [recorder.blocks(part) for part in _parts(new_state)]
    if len(new) != len(_parts(state)) or any(len(blocks) != 1 for blocks in new) or recorder.blocks(output) != new[0]:
        raise DerivationError("its output is not the first part of its state")
    return [block for (block,) in new]


class _Input:
    """The input x `(R, 1, F)`."""


@dataclass(frozen=True)
class _Weight:
    """A weight, or some blocks of its columns."""

    name: str
    rows: int
    numbers: range


class _Recorder(TorchFunctionMode):
    """Sees every call of torch, and keeps what a tensor is in the equation: a vector is a list of blocks."""

    def __init__(self, cell: Cell[Any]) -> None:
        super().__init__()
        self._units = cell.U.shape[1]
        self._recorded: dict[int, Any] = {}
        self._kept: list[Tensor] = []  # else a later tensor could have the same id
        for name, weight in cell.named_parameters():
            if not name.isidentifier():
                raise DerivationError(f"its weight {name} is not its own attribute")
            if weight.dim() == 3 and weight.shape[2] % self._units == 0:
                self.record(weight, _Weight(name, weight.shape[1], range(weight.shape[2] // self._units)))

    def record(self, tensor: Tensor, meaning: "list[Block] | _Weight | _Input") -> None:
        if id(tensor) in self._recorded:
            raise DerivationError("one tensor is two parts of its state")
        self._recorded[id(tensor)] = meaning
        self._kept.append(tensor)

    def blocks(self, operand: Any) -> list[Block]:
        """The blocks of a vector."""
        match self._recorded.get(id(operand)):
            case list() as blocks:
                return blocks
            case _Weight(weight, 1, numbers):
                return [Bias(weight, number) for number in numbers]
        raise DerivationError("it computes with something other than its state, its biases, sums and gates")

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        result, name = function(*args, **kwargs), function.__name__
        parts = [*_tensors(result)]
        is_ours = any(id(arg) in self._recorded for arg in _tensors((*args, *kwargs.values())))
        if is_ours and (parts or name not in ("__get__", "size")):
            if not torch.is_grad_enabled():
                raise DerivationError("it switches gradients off")
            if kwargs and name not in ("chunk", "split"):
                raise DerivationError(f"it uses {name} with {', '.join(kwargs)}")
            for part, meaning in zip(parts, self._meanings(name, args, parts), strict=True):
                self.record(part, meaning)
        return result

    def _meanings(self, operation: str, args: tuple[Any, ...], parts: list[Tensor]) -> Iterable[Any]:
        """What the results of an operation are."""
        match operation:
            case "chunk" | "split":
                return self._cut(args[0], parts)
            case "matmul":
                return [self._products(*args)]
            case "baddbmm":
                return [[_plus(*pair) for pair in _side_by_side(self.blocks(args[0]), self._products(*args[1:]))]]
            case "add":
                return [[_plus(*pair) for pair in self._pairs(*args)]]
            case "sub" | "mul":
                return [[Elementwise({"sub": "-", "mul": "*"}[operation], pair) for pair in self._pairs(*args)]]
            case "__rsub__":
                return [[Elementwise("-", pair) for pair in self._pairs(*reversed(args))]]
            case "sigmoid" | "tanh":
                return [[Elementwise(operation, (block,)) for block in self.blocks(args[0])]]
        raise DerivationError(f"it uses {operation}")

    def _cut(self, whole: Tensor, parts: list[Tensor]) -> Iterator[Any]:
        meaning, first = self._recorded[id(whole)], 0
        if isinstance(meaning, _Input) or any(
            part.shape[:-1] != whole.shape[:-1] or part.shape[-1] % self._units for part in parts
        ):
            raise DerivationError("it splits something other than columns, or not in multiples of H")
        for part in parts:
            blocks = slice(first, first := first + part.shape[-1] // self._units)
            is_weight = isinstance(meaning, _Weight)
            yield replace(meaning, numbers=meaning.numbers[blocks]) if is_weight else meaning[blocks]

    def _products(self, vector: Tensor, weight: Tensor) -> list[Block]:
        factor, block = self._recorded.get(id(weight)), None
        if not isinstance(factor, _Weight):
            raise DerivationError("the second factor of a product is not a weight")
        if not isinstance(self._recorded.get(id(vector)), _Input):
            block, *others = self.blocks(vector)
            if others or isinstance(block, Sum | Bias):
                raise DerivationError("it multiplies a weight with something other than its input, state or gates")
        return [Sum((), (Product(block, factor.name, number),)) for number in factor.numbers]

    def _pairs(self, *operands: Any) -> Iterator[tuple[Any, ...]]:
        """Block by block; a plain number meets every block."""
        if not all(isfinite(operand) for operand in operands if not isinstance(operand, Tensor)):
            raise DerivationError("it computes with a number that is not finite")
        return _side_by_side(*(self.blocks(o) if isinstance(o, Tensor) else repeat(float(o)) for o in operands))


def _side_by_side(*vectors: "list[Block] | repeat[float]") -> Iterator[tuple[Any, ...]]:
    if len({len(blocks) for blocks in vectors if isinstance(blocks, list)}) != 1:
        raise DerivationError("it adds or multiplies vectors of unequal lengths")
    return zip(*vectors, strict=False)


def _parts(state: Any) -> tuple[Tensor, ...]:
    parts = (state,) if isinstance(state, Tensor) else state
    if not isinstance(parts, tuple) or not parts or not all(isinstance(part, Tensor) for part in parts):
        raise DerivationError("its state is neither a tensor nor a tuple of tensors")
    return parts


def _tensors(value: Any) -> Iterator[Tensor]:
    """Those in nested tuples and lists."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)


def _plus(one: Any, other: Any) -> Block:
    """A sum of biases and products is a longer one; any other is elementwise."""
    match [Sum((term,), ()) if isinstance(term, Bias) else term for term in (one, other)]:
        case [Sum() as first, Sum() as second]:
            return Sum(first.biases + second.biases, first.products + second.products)
    return Elementwise("+", (one, other))
