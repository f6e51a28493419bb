"""LANES numbers side by side in one register of the processor: samples of a replicate, and replicates.

In compiled code `a * b + c` on lanes is one instruction a sign for all of them. The operations are those of IEEE 754
in the order in which they are written: nothing is fused or reordered, so that no lane depends on the processor, nor on
another lane but through `shared`. In memory lanes are the last axis of an array, `(..., LANES)` float32; `get` and
`put` carry them over.
"""

import operator
from functools import partial
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import lower_builtin, lower_cast, models, register_model

LANES = 8
VECTOR = ir.VectorType(ir.FloatType(), LANES)
FLOAT_BYTES = 4

intrinsic: Any = numba_intrinsic  # whose types are those of the compiler's own view of the function
Lanes = Any
"""What mypy sees of a value that exists in compiled code alone."""


class LanesType(types.Type):
    """How the compiler calls it."""

    def unify(self, _: Any, other: types.Type) -> types.Type | None:
        """A variable that is now a plain number, now lanes, is lanes."""
        return self if isinstance(other, types.Number) else None


lanes = LanesType("Lanes")
register_model(LanesType)(partial(models.PrimitiveModel, be_type=VECTOR))  # how the compiler holds it


@lower_cast(types.Number, LanesType)
def _as_vector(context: Any, builder: ir.IRBuilder, kind: types.Type, _: types.Type, value: ir.Value) -> ir.Value:
    """Where lanes are taken, a plain number is the same number in every lane."""
    undefined, first = ir.Constant(VECTOR, ir.Undefined), ir.IntType(32)(0)
    one = builder.insert_element(undefined, context.cast(builder, value, kind, types.float32), first)
    return builder.shuffle_vector(one, undefined, ir.VectorType(ir.IntType(32), LANES)([0] * LANES))


def _make_operator(symbol: Any, instruction: str) -> None:
    """Let an operator of Python work between lanes, and between lanes and plain numbers."""

    @infer_global(symbol)
    class Typing(AbstractTemplate):
        def generic(self, args: tuple[types.Type, ...], _: Any) -> Any:
            known = all(kind == lanes or isinstance(kind, types.Number) for kind in args)
            return signature(lanes, lanes, lanes) if lanes in args and known else None

    @lower_builtin(symbol, LanesType, LanesType)
    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        return getattr(builder, instruction)(*args)


for _symbol, _instruction in {
    operator.add: "fadd", operator.sub: "fsub", operator.mul: "fmul", operator.truediv: "fdiv"
}.items():  # fmt: skip
    _make_operator(_symbol, _instruction)


def _pointer(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    """Where the lanes of `array[index]` begin; an index is not checked, nor counted from the end."""
    (array_type, index_type), (array, index) = sig.args[:2], args[:2]
    indices = cgutils.unpack_tuple(builder, index) if isinstance(index_type, types.BaseTuple) else [index]
    view = context.make_array(array_type)(context, builder, array)
    first = [*indices, context.get_constant(types.intp, 0)]
    pointer = cgutils.get_item_pointer(context, builder, array_type, view, first, wraparound=False)
    return builder.bitcast(pointer, VECTOR.as_pointer())


def _whole(index: types.Type) -> types.Type:
    return types.UniTuple(types.intp, len(index)) if isinstance(index, types.BaseTuple) else types.intp


@intrinsic
def get(_: Any, array: types.Type, index: types.Type) -> Any:
    """The lanes at an index of all axes but the last: `get(U, (j, k))`."""

    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        loaded = builder.load(_pointer(context, builder, sig, args), typ=VECTOR)
        loaded.align = FLOAT_BYTES
        return loaded

    return lanes(array, _whole(index)), lower


@intrinsic
def put(_: Any, array: types.Type, index: types.Type, value: types.Type) -> Any:
    """Store lanes, or the same number in all of them: `put(h, j, 0)`."""

    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        builder.store(args[2], _pointer(context, builder, sig, args)).align = FLOAT_BYTES
        return context.get_dummy_value()

    return types.void(array, _whole(index), lanes), lower


@intrinsic
def sqrt(_: Any, a: types.Type) -> Any:
    """The square root in every lane."""

    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        kind = ir.FunctionType(VECTOR, [VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{LANES}f32")
        return builder.call(function, args)

    return lanes(lanes), lower


@intrinsic
def clamp(_: Any, a: types.Type, bound: types.Type) -> Any:
    """Every lane limited to -bound and bound; NaN stays NaN."""

    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        value, high = args
        for beyond, end in ((">", high), ("<", builder.fneg(high))):
            value = builder.select(builder.fcmp_ordered(beyond, value, end), end, value)
        return value

    return lanes(lanes, lanes), lower


@intrinsic(prefer_literal=True)
def exchange(_: Any, a: types.Type, distance: types.Type) -> Any:
    """Every lane's value in the lane that lies so far off, both ways: with 1, lanes 0 and 1 change places."""

    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        partners = [lane ^ sig.args[1].literal_value for lane in range(LANES)]
        mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), partners)
        return builder.shuffle_vector(args[0], args[0], mask)

    return lanes(lanes, distance), lower
