"""When and where a compiled step computes the parts of a cell's equation.

A product needs a whole vector. So a step is a few loops over j < H, with products between them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cellbench.learning.native.equation import Block, Elementwise, State, Sum


def rows(blocks: int) -> str:
    """The number of rows of so many blocks, as source text."""
    return {0: "0", 1: "H"}.get(blocks, f"{blocks} * H")


def row(number: int) -> str:
    """The j-th row of a block, as source text."""
    return f"{rows(number)} + j" if number else "j"


class Columns(NamedTuple):
    """Blocks of a weight's columns, side by side, whose products with a vector go to sums that lie side by side."""

    weight: str
    first: int
    end: int
    shift: int
    """From the number of a block to the place of its sum."""

    @property
    def text(self) -> str:
        """The arguments `first`, `end`, `shift` of the functions that multiply."""
        return ", ".join(map(rows, self[1:]))


class Schedule:
    """In which loop each block is computed, and which block of `memo` keeps it for the way back.

    An operation stands in the latest loop possible. Kept are sums (or, in their place, the activation that alone needs
    them), activations and the vectors of products; the rest is computed again.
    """

    def __init__(self, new_state: list[Block]) -> None:
        self.new_state = new_state
        blocks = _in_order(new_state)
        self.operations = [block for block in blocks if isinstance(block, Elementwise)]
        self.sums = [block for block in blocks if isinstance(block, Sum)]
        # Side by side as the columns of the weights are, above all of those that the way back multiplies with.
        self.sums.sort(key=lambda s: [(product.number, product.vector is None) for product in s.products[-1:]])
        self.loop = _loops(blocks)
        self.last_loop = max(self.loop.values(), default=1)
        self.place: dict[Block, int] = {total: place for place, total in enumerate(self.sums)}
        self.memo = len(self.sums)
        """How many blocks are kept."""
        needed = [operand for operation in self.operations for operand in operation.blocks] + new_state
        for operation in self.operations:
            is_activation, operand = len(operation.operands) == 1, operation.operands[0]
            if is_activation and isinstance(operand, Sum) and needed.count(operand) == 1:
                self.place[operation] = self.place[operand]  # whose value nothing else needs
            elif is_activation or any(self.columns(operation)):
                self.place[operation], self.memo = self.memo, self.memo + 1

    def columns(self, vector: Block | None) -> Iterator[Columns]:
        """Those that a vector, or as None the input, is multiplied with."""
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, total in enumerate(self.sums):
            for product in total.products:
                if product.vector == vector:
                    found[product.weight].append((product.number, place))
        for weight, pairs in found.items():
            while pairs:
                number, place = pairs[0]
                n = next((n for n, pair in enumerate(pairs) if pair != (number + n, place + n)), len(pairs))
                yield Columns(weight, number, number + n, place - number)
                pairs = pairs[n:]

    def products(self, loop: int) -> Iterator[tuple[str, Columns]]:
        """Those that are possible after a loop, or before the first: the text of the vector, and the columns."""
        vectors: list[tuple[str, Block | None]] = []
        if loop == 0:
            vectors = [("x", None), *((f"state[{rows(n)} :]", State(n)) for n in range(len(self.new_state)))]
        for operation in self.operations:
            if self.loop[operation] == loop and operation in self.place:
                vectors.append((f"memo[{rows(self.place[operation])} :]", operation))
        for text, vector in vectors:
            for columns in self.columns(vector):
                yield text, columns


def _in_order(ends: Iterable[Block]) -> list[Block]:
    """All blocks from which these are computed, and these, each after its own."""
    found: dict[Block, None] = {}

    def visit(block: Block) -> None:
        if block not in found:
            for needed in _needed(block):
                visit(needed)
            found[block] = None

    for end in ends:
        visit(end)
    return list(found)


def _needed(block: Block) -> list[Block]:
    """What a block is computed from."""
    match block:
        case Elementwise():
            return block.blocks
        case Sum(biases, products):
            return [*biases, *(product.vector for product in products if product.vector is not None)]
    return []


def _loops(blocks: list[Block]) -> dict[Block, int]:
    """Of a sum, the loop before which it is complete; of an operation, the latest loop possible; counted from 1."""
    first: dict[Block, int] = {}
    for block in blocks:
        if isinstance(block, Sum | Elementwise):
            known = [first.get(needed, 0) for needed in _needed(block)]
            first[block] = max(known, default=0) + 1 if isinstance(block, Sum) else max([1, *known])
    last = max(first.values(), default=1)
    loop = {block: number if isinstance(block, Sum) else last for block, number in first.items()}
    for block in reversed(blocks):
        for needed in _needed(block):
            if isinstance(needed, Elementwise):
                loop[needed] = min(loop[needed], loop[block] - isinstance(block, Sum))
    return loop
