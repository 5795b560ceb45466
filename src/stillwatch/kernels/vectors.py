"""Steps that read many bytes at once, written in LLVM's vector types so that they run on any processor.

None of them checks bounds: the caller sees to it that what is read exists.
"""

# ruff: noqa: ARG001 - numba fixes the parameters of an intrinsic and of what generates its code

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDTH = 64  # bytes that a mask looks at
_BYTE, _WORD = ir.IntType(8), ir.IntType(64)


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any, element: Any) -> Any:
    """A pointer to array[index], seen as a pointer to `element`."""
    view = context.make_array(kind)(context, builder, array)
    return builder.bitcast(builder.gep(view.data, [index]), element.as_pointer())


@intrinsic
def load_eight(typing: Any, data: Any, pos: Any) -> Any:
    """load_eight(data, pos): the eight bytes from data[pos] on as one number, the first byte lowest."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _address(context, builder, signature.args[0], args[0], args[1], _WORD)
        return builder.load(pointer, align=1)

    return types.uint64(data, types.uint64), generate


def _mask(choose: Any) -> Any:
    """An intrinsic (data, pos): bit i is set where data[pos + i] is one of the bytes that `choose` tells."""

    def typed(typing: Any, data: Any, pos: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            vector = ir.VectorType(_BYTE, WIDTH)
            pointer = _address(context, builder, signature.args[0], args[0], args[1], vector)
            content = builder.load(pointer, align=1)

            def every(value: int) -> Any:
                return ir.Constant(vector, [value] * WIDTH)

            return builder.bitcast(choose(builder, content, every), _WORD)

        return types.uint64(data, types.uint64), generate

    return intrinsic(typed)


def _word(builder: Any, content: Any, every: Any) -> Any:
    lower = builder.or_(content, every(0x20))
    letter = builder.icmp_unsigned("<", builder.sub(lower, every(ord("a"))), every(26))
    digit = builder.icmp_unsigned("<", builder.sub(content, every(ord("0"))), every(10))
    line = builder.icmp_unsigned("==", content, every(ord("_")))
    return builder.or_(builder.or_(letter, digit), line)


def _special(builder: Any, content: Any, every: Any) -> Any:
    bracket = builder.icmp_unsigned("==", builder.and_(content, every(0xDF)), every(ord("[")))
    angle = builder.icmp_unsigned("==", content, every(ord("<")))
    line = builder.icmp_unsigned("==", content, every(ord("\n")))
    return builder.or_(builder.or_(bracket, angle), line)


word_bits = _mask(_word)  # ASCII letters, digits and "_"
special_bits = _mask(_special)  # line ends and the brackets "[", "{", "<"
high_bits = _mask(lambda builder, content, every: builder.icmp_signed("<", content, every(0)))  # beyond ASCII
colon_bits = _mask(  # ":" and the first byte of its full-width form
    lambda builder, content, every: builder.or_(
        builder.icmp_unsigned("==", content, every(ord(":"))),
        builder.icmp_unsigned("==", content, every(0xEF)),
    )
)


@intrinsic
def trailing_zeros(typing: Any, value: Any) -> Any:
    """trailing_zeros(value): the position of the lowest bit set, 64 where none is."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@intrinsic
def population(typing: Any, value: Any) -> Any:
    """population(value): how many bits are set."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def _row_sums(columns: int) -> Any:
    """An intrinsic (table, rows, count, out): out[j] = sum over i < count of table[rows[i], j].

    table (n, columns) int8, rows uint64, count ≤ MOST_ROWS, out (columns,) int16: so the sums always fit.
    """

    def typed(typing: Any, table: Any, rows: Any, count: Any, out: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            narrow, wide = ir.VectorType(_BYTE, columns), ir.VectorType(ir.IntType(16), columns)
            values = context.make_array(signature.args[0])(context, builder, args[0]).data
            picks = context.make_array(signature.args[1])(context, builder, args[1]).data
            total = cgutils.alloca_once_value(builder, ir.Constant(wide, [0] * columns))
            with cgutils.for_range(builder, args[2], intp=_WORD) as loop:
                row = builder.load(builder.gep(picks, [loop.index]))
                start = builder.gep(values, [builder.mul(row, ir.Constant(_WORD, columns))])
                content = builder.load(builder.bitcast(start, narrow.as_pointer()), align=1)
                builder.store(builder.add(builder.load(total), builder.sext(content, wide)), total)
            pointer = _address(context, builder, signature.args[3], args[3], ir.Constant(_WORD, 0), wide)
            builder.store(builder.load(total), pointer, align=1)
            return context.get_dummy_value()

        return types.void(table, rows, types.uint64, out), generate

    return intrinsic(typed)


MOST_ROWS = 255
sum_rows_of_16 = _row_sums(16)
sum_rows_of_64 = _row_sums(64)
