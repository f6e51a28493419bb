"""From the equation of a cell to the source of its compiled step and, by the chain rule, of the same step backwards."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cellbench.learning.native.equation import Bias, Block, Elementwise, State, Sum
from cellbench.learning.native.schedule import Schedule, row


@dataclass(frozen=True)
class Step:
    """The source of one time step of one sample, `forward` and `backward`, and how many blocks of H rows each takes."""

    source: str
    state: int
    memo: int
    da: int


def derive(weights: list[str], new_state: list[Block]) -> Step:
    """The step of a cell with these weights whose new state this is."""
    schedule = Schedule(new_state)
    names, gradients = (", ".join(f"{prefix}{weight}" for weight in weights) for prefix in ("w_", "dw_"))
    way_back = WayBack(schedule)
    lines = [
        "def forward(step, w, x, state, new_state, memo):",
        f"    {names} = w",
        "    H = len(w_U)",
        *forward(schedule),
        "",
        "def backward(step, w, dw, x, state, memo, d_state, da):",
        f"    {names} = w",
        f"    {gradients} = dw",
        "    H = len(w_U)",
        *way_back.lines(),
        "",
    ]
    return Step("\n".join(lines), len(new_state), schedule.memo, way_back.da)  # which its lines have counted


class Loop:
    """The lines of one loop over j."""

    def __init__(self, schedule: Schedule) -> None:
        self._lines: list[str] = []
        self._schedule = schedule
        self._names: dict[Block | str, str] = {}

    @property
    def lines(self) -> list[str]:
        return ["    for j in range(H):", *self._lines] if self._lines else []

    def add(self, line: str) -> None:
        self._lines.append(f"        {line}")

    def named(self, text: str) -> str:
        """A name for what a text computes, which is computed once."""
        if text in self._names.values():
            return text
        if text not in self._names:
            self._names[text] = f"v{len(self._lines)}"
            self.add(f"{self._names[text]} = {text}")
        return self._names[text]

    def value(self, operand: Block | float) -> str:
        """The name of a block's number, which is read if it is kept."""
        if operand in self._names:
            return self._names[operand]
        match operand:
            case State(number):
                return self.named(f"get(state, {row(number)})")
            case Bias(weight, number):
                return self.named(f"get(w_{weight}, (0, {row(number)}))")
            case Block() if operand in self._schedule.place:
                return self.named(f"get(memo, {row(self._schedule.place[operand])})")
            case Elementwise():
                return self.computed(operand)
        return repr(operand)

    def computed(self, block: Elementwise) -> str:
        """The name of an operation's result."""
        operands = [self.value(operand) for operand in block.operands]
        text = f" {block.operation} ".join(operands) if len(operands) == 2 else f"{block.operation}({operands[0]})"
        self._names[block] = self.named(text)
        return self._names[block]


def forward(schedule: Schedule) -> Iterator[str]:
    """The lines of a step."""
    loop = Loop(schedule)
    for total in schedule.sums:
        biases = [loop.value(bias) for bias in total.biases]
        loop.add(f"put(memo, {row(schedule.place[total])}, {' + '.join(biases) or 0})")
    for number in range(1, schedule.last_loop + 1):
        yield from loop.lines
        for vector, columns in schedule.products(number - 1):
            yield f"    add_product(memo, {vector}, w_{columns.weight}, {columns.text})"
        loop = Loop(schedule)
        values = {block: loop.computed(block) for block in schedule.operations if schedule.loop[block] == number}
        for operation, value in values.items():  # after all are computed: the compiler does not look beyond a `put`
            if operation in schedule.place:
                loop.add(f"put(memo, {row(schedule.place[operation])}, {value})")
    for number, block in enumerate(schedule.new_state):
        loop.add(f"put(new_state, {row(number)}, {loop.value(block)})")
    yield from loop.lines


class Gradient(list[tuple[str, str, str]]):
    """The gradient of the loss at a block: terms of a sign, a factor that they may share, and one of their own."""

    def negated(self) -> "Gradient":
        return Gradient(("-" if sign == "+" else "+", shared, own) for sign, shared, own in self)

    @property
    def text(self) -> str:
        """Terms with the same shared factor are added first and multiplied once."""
        groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for sign, shared, own in self:
            groups[shared].append((sign, own))
        texts = []
        for shared, terms in groups.items():
            terms.sort(key=lambda term: term[0] == "-")
            text = " ".join(["0", *(f"{sign} {own}" for sign, own in terms)]).removeprefix("0 + ")
            if shared:
                text = f"{shared} * {text}" if text == terms[0][1] else f"{shared} * ({text})"
            texts.append(text)
        return " + ".join(texts)


class WayBack:
    """Carries the gradient from the new state to the old one, loop by loop."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._gradients: dict[Block, Gradient] = defaultdict(Gradient)
        """What the present loop has found, of blocks whose turn comes later."""
        self._carried: dict[Block, str] = {}
        """Where the gradients from later loops are kept, which the way back runs first."""
        self.da = len(schedule.sums)
        """How many blocks are kept in `da`."""

    def lines(self) -> Iterator[str]:
        schedule = self._schedule
        for number in range(schedule.last_loop, 0, -1):
            loop = Loop(schedule)
            if number == schedule.last_loop:
                for place, block in enumerate(schedule.new_state):
                    self._gradients[block].append(("+", "", loop.named(f"get(d_state, {row(place)})")))
            for operation in reversed(schedule.operations):
                if schedule.loop[operation] == number:
                    found = self._gradients.pop(operation, Gradient())
                    self._differentiate(operation, Gradient(self._from_later_loops(operation, loop) + found), loop)
            for block, gradient in self._gradients.items():
                self._carry(block, gradient.text, loop)
            self._gradients.clear()
            yield from loop.lines
        for number in range(schedule.last_loop):
            for vector, columns in schedule.products(number):
                yield f"    add_outer(dw_{columns.weight}, {vector}, da, {columns.text})"
        loop = Loop(schedule)
        for total in schedule.sums:
            for bias in total.biases:
                self._carry(bias, f"get(da, {row(schedule.place[total])})", loop)
        for number in range(len(schedule.new_state)):
            state = State(number)
            if state not in self._carried or any(schedule.columns(state)):
                loop.add(f"put(d_state, {row(number)}, {self._from_later_loops(state, loop).text or 0})")
        yield from loop.lines

    def _differentiate(self, operation: Elementwise, gradient: Gradient, loop: Loop) -> None:
        """Hand the gradient at an operation on to its operands."""
        match operation.operation:
            case "+":
                handed = [gradient, gradient]
            case "-":
                handed = [gradient, gradient.negated()]
            case "*":
                whole, factors = loop.named(gradient.text), reversed(operation.operands)
                handed = [Gradient([("+", whole, loop.value(factor))]) for factor in factors]
            case "sigmoid":
                whole, y = loop.named(gradient.text), loop.value(operation)
                handed = [Gradient([("+", loop.named(f"{whole} * {y}"), f"(1 - {y})")])]
            case "tanh":
                whole, y = loop.named(gradient.text), loop.value(operation)
                handed = [Gradient([("+", whole, f"(1 - {y} * {y})")])]
        for operand, part in zip(operation.operands, handed, strict=True):
            if isinstance(operand, Block):
                self._gradients[operand] += part

    def _from_later_loops(self, block: Block, loop: Loop) -> Gradient:
        """What is carried of a block's gradient, and what comes back through products."""
        found = Gradient()
        if block in self._carried:
            found.append(("+", "", loop.named(f"get({self._carried[block]})")))
        for columns in self._schedule.columns(block):
            found.append(("+", "", loop.named(f"product_back(da, w_{columns.weight}, j, {columns.text})")))
        return found

    def _carry(self, block: Block, gradient: str, loop: Loop) -> None:
        """Add to the gradient of a block."""
        so_far = isinstance(block, Bias) or block in self._carried  # of a bias also from other time steps and samples
        if block not in self._carried:
            self._carried[block] = self._room_for(block)
        place = self._carried[block]
        loop.add(f"put({place}, get({place}) + {gradient})" if so_far else f"put({place}, {gradient})")

    def _room_for(self, block: Block) -> str:
        """Where the gradient of a block is kept: the array and the index."""
        match block:
            case Bias(weight, number):
                return f"dw_{weight}, (0, {row(number)})"
            case State(number):
                return f"d_state, {row(number)}"
            case Sum():
                return f"da, {row(self._schedule.place[block])}"
        self.da += 1
        return f"da, {row(self.da - 1)}"
