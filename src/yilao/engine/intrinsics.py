"""What numba cannot say by itself: bare pointers, eight doubles at once, the way past the cache.

A kernel that hands arrays to its loops has their references counted, five at every call, which
took half of the time and kept two threads waiting for each other; bare pointers are not counted.
"""

from __future__ import annotations

import numba as nb
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

U = nb.uintp
ZERO, ONE, TWO, EIGHT = U(0), U(1), U(2), U(8)
# Doubles of a cache line.
_LINE = ir.VectorType(ir.DoubleType(), 8)
_INT = ir.IntType(32)


@intrinsic
def pointer(typing, array):
    """Address of the first value of a contiguous array."""
    kind = types.CPointer(array.dtype)

    def codegen(context, builder, signature, args):
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return kind(array), codegen


@intrinsic
def offset(typing, address, count):
    """Address ``count`` values further on."""

    def codegen(context, builder, signature, args):
        return builder.gep(args[0], [args[1]])

    return address(address, types.uintp), codegen


@intrinsic
def number(typing, address):
    """Address as a number of bytes."""

    def codegen(context, builder, signature, args):
        return builder.ptrtoint(args[0], context.get_value_type(types.uintp))

    return types.uintp(address), codegen


@intrinsic
def bits(typing, value):
    """Bits of a double as an unsigned number.

    Numbers from 0 to the largest double have the bits 0 … bits(largest); a negative number, an
    infinity or a NaN has more.
    """

    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], ir.IntType(64))

    return types.uint64(types.float64), codegen


class Eight(types.Type):
    """Eight doubles side by side: one register with AVX-512, two with AVX2, four with NEON.

    The compiler by itself takes registers of half the size where it may, and reads twice as often.
    """

    def __init__(self):
        super().__init__("Eight")


eight = Eight()


@register_model(Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _LINE)


def _place(builder, address, index):
    return builder.bitcast(builder.gep(address, [index]), _LINE.as_pointer())


@intrinsic
def load(typing, address, index):
    """Eight values from ``index`` on."""

    def codegen(context, builder, signature, args):
        value = builder.load(_place(builder, *args))
        value.align = 8
        return value

    return eight(address, types.uintp), codegen


@intrinsic
def store(typing, address, index, values):
    """Write eight values."""

    def codegen(context, builder, signature, args):
        builder.store(args[2], _place(builder, args[0], args[1])).align = 8
        return context.get_dummy_value()

    return types.void(address, types.uintp, values), codegen


@intrinsic
def store_past(typing, address, index, values):
    """Write a whole cache line past the cache, which need not read it first."""

    def codegen(context, builder, signature, args):
        written = builder.store(args[2], _place(builder, args[0], args[1]))
        written.align = 64
        written.set_metadata("nontemporal", builder.module.add_metadata([_INT(1)]))
        return context.get_dummy_value()

    return types.void(address, types.uintp, values), codegen


@intrinsic
def spread(typing, value):
    """Eight times the same value."""

    def codegen(context, builder, signature, args):
        one = builder.insert_element(ir.Constant(_LINE, ir.Undefined), args[0], _INT(0))
        lanes = ir.Constant(ir.VectorType(_INT, 8), [0] * 8)
        return builder.shuffle_vector(one, ir.Constant(_LINE, ir.Undefined), lanes)

    return eight(types.float64), codegen


@intrinsic
def times_plus(typing, x, y, z):
    """X * y + z, fused where the machine can."""

    def codegen(context, builder, signature, args):
        flags = ["contract", "nsz"]
        product = builder.fmul(args[0], args[1], flags=flags)
        return builder.fadd(product, args[2], flags=flags)

    return eight(eight, eight, eight), codegen


@intrinsic
def times(typing, x, y):
    """X * y."""

    def codegen(context, builder, signature, args):
        return builder.fmul(*args, flags=["contract", "nsz"])

    return eight(eight, eight), codegen


@intrinsic
def minus(typing, x, y):
    """X - y."""

    def codegen(context, builder, signature, args):
        return builder.fsub(*args, flags=["contract", "nsz"])

    return eight(eight, eight), codegen


@intrinsic
def plus(typing, x, y):
    """X + y."""

    def codegen(context, builder, signature, args):
        return builder.fadd(*args, flags=["contract", "nsz"])

    return eight(eight, eight), codegen


@intrinsic
def shifted(typing, x, y):
    """Eight values one place further on: the last of x, then the first seven of y."""

    def codegen(context, builder, signature, args):
        lanes = ir.Constant(ir.VectorType(_INT, 8), list(range(7, 15)))
        return builder.shuffle_vector(*args, lanes)

    return eight(eight, eight), codegen


@intrinsic
def without_first(typing, x):
    """The same with 0 in the first place."""

    def codegen(context, builder, signature, args):
        return builder.insert_element(args[0], ir.DoubleType()(0.0), _INT(0))

    return eight(eight), codegen


@intrinsic
def larger(typing, x, y):
    """The larger of both, y where x is NaN."""

    def codegen(context, builder, signature, args):
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return eight(eight, eight), codegen


@intrinsic
def join(typing, x, y):
    """Bits of either: below zero where one is."""

    def codegen(context, builder, signature, args):
        whole = ir.VectorType(ir.IntType(64), 8)
        both = builder.or_(*(builder.bitcast(a, whole) for a in args))
        return builder.bitcast(both, _LINE)

    return eight(eight, eight), codegen


@intrinsic
def any_below(typing, x):
    """Whether one of eight has a minus sign."""

    def codegen(context, builder, signature, args):
        whole = ir.VectorType(ir.IntType(64), 8)
        signs = builder.icmp_signed(
            "<", builder.bitcast(args[0], whole), ir.Constant(whole, [0] * 8)
        )
        packed = builder.bitcast(signs, ir.IntType(8))
        return builder.icmp_unsigned("!=", packed, ir.IntType(8)(0))

    return types.boolean(eight), codegen


def _reduced(name, extra=()):
    @intrinsic
    def reduce(typing, x):
        def codegen(context, builder, signature, args):
            double = ir.DoubleType()
            kind = ir.FunctionType(double, [*[double] * len(extra), _LINE])
            called = f"llvm.vector.reduce.{name}.v8f64"
            call = cgutils.get_or_insert_function(builder.module, kind, called)
            given = [ir.Constant(double, e) for e in extra]
            return builder.call(call, [*given, args[0]], fastmath=["reassoc", "nsz"])

        return types.float64(eight), codegen

    return reduce


total = _reduced("fadd", (0.0,))
largest = _reduced("fmax")


@intrinsic
def fetch(typing, address, index):
    """Ask for the cache line of a value; an address behind the end of an array does no harm."""

    def codegen(context, builder, signature, args):
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _INT, _INT, _INT])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        place = builder.bitcast(builder.gep(args[0], [args[1]]), byte)
        # To read, into all caches, data.
        builder.call(prefetch, [place, _INT(0), _INT(3), _INT(1)])
        return context.get_dummy_value()

    return types.void(address, types.uintp), codegen


@intrinsic
def fence(typing):
    """Wait until all that was written past the cache is to be seen by every thread."""

    def codegen(context, builder, signature, args):
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), codegen
