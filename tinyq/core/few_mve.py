"""Whether a convolution of signs sees few of them: what firmware/kernels/common/tq_mve_few_*.c decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tinyq.core.packed_activations import words_of
from tinyq.core.params import ConvDims
from tinyq.core.params_bits import ConvBitsParams
from tinyq.core.scratch_mve import sliced

_LANES = 16
_LOOKUPS = 4
_BITS = 10
_ENTRIES = 1536
_POSITIONS = 256
_COLUMNS = 128


class _Plan(NamedTuple):
    """Rows and columns of taps of a look-up, parts of a tap's channels; bits of each."""

    rows: int
    columns: int
    parts: int
    down: int
    across: int
    bits: int

    @property
    def lookups(self) -> int:
        return self.down * self.across * self.parts


def few(params: ConvBitsParams, dims: ConvDims) -> bool:
    """Of signs by signs to packed signs, as tq_mve_few_fits.c has it."""
    f, out = dims.filter, dims.output
    if dims.input.c != f.c or f.c > 32 or f.h * f.w * f.c > _LOOKUPS * _BITS:
        return False
    plans = list(_plans(dims))
    if not plans:
        return False
    plan = min(plans, key=lambda plan: _work(params, dims, plan))
    blocks, nibbles = -(-out.n * out.h * out.w // 64), -(-f.c // 4)
    threes = -(-f.h * f.w * nibbles // 3)
    others = blocks * (6 * f.n * (17 * threes + 30) + 1800 * nibbles)
    return _work(params, dims, plan) < others and _bytes(params, dims, plan) <= sliced(lambda _: 0)(dims)


def _plans(dims: ConvDims) -> Iterator[_Plan]:
    f = dims.filter
    shares = [(1, 1, parts) for parts in range(2, _LOOKUPS + 1)]
    shares += [(1, columns, 1) for columns in range(1, f.w + 1)]
    shares += [(rows, f.w, 1) for rows in range(2, f.h + 1)]
    for rows, columns, parts in shares:
        bits = rows * columns * -(-f.c // parts)
        plan = _Plan(rows, columns, parts, -(-f.h // rows), -(-f.w // columns), max(bits, 4))
        if bits <= _BITS and plan.lookups <= _LOOKUPS and plan.lookups << plan.bits <= _ENTRIES:
            yield plan


def _work(params: ConvBitsParams, dims: ConvDims, plan: _Plan) -> int:
    out = dims.output
    together = 1 if plan.rows * params.dilation_h == 1 else plan.down
    beside = together * plan.across * plan.parts
    see = 7 if plan.parts > 1 else 9 * plan.rows * -(-plan.columns // 3)
    row = out.w * (10 * plan.lookups + 12 + see * beside) + 240 + 160 * plan.rows * beside
    return -(-out.c // _LANES) * (out.n * out.h * row + 10 * (plan.lookups << plan.bits))


def _bytes(params: ConvBitsParams, dims: ConvDims, plan: _Plan) -> int:
    out, runs = dims.output, -(-dims.output.w // _COLUMNS)
    columns = -(-out.w // runs)
    line = (columns - 1) * params.stride_w + (dims.filter.w - 1) * params.dilation_w + 1
    rows = 1 if runs > 1 else min(max(_POSITIONS // out.w, 1), out.h)
    if params.stride_h * params.dilation_h * plan.rows == 1:
        places = plan.across * plan.parts * (rows + plan.down - 1) * columns
    else:
        places = plan.lookups * rows * columns
    words = 8 + words_of(out.c) + (out.c + _LANES) // 2 + line + places + rows * columns
    return 4 * words + _LANES * (plan.lookups << plan.bits)
