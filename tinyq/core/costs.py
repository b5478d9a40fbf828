"""Instructions that a kernel takes, without running it: a sum of terms of its shape, factors a variant.

The factors lie in costs.json. `make bench` fits them to what it counted (tools/benchmark/fit.py), and
docs/performance.md says how far the sums are from the counts.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from tinyq.core.kernels import Step
from tinyq.core.params import AddDims, ConvDims, Dims, FullyConnectedDims, RowsDims, UnaryDims
from tinyq.core.params_bits import QuantizeA8BitsParams
from tinyq.core.variants import FAMILIES, Variant, best_variant, variants_of

_TABLE = Path(__file__).with_name("costs.json")
_SURELY = 0.75
_BLOCK = 32  # positions and channels that bit-sliced kernels take at once
_LONG = 8  # taps of a row from which on kernels slide filters of one row


def terms(dims: Any) -> tuple[float, ...] | None:
    """What the instructions of a layer are a sum of; None for layers that only move data.

    Convolutions: multiply-accumulates (of whole fours of positions) · outputs · weights · values that windows
    see · rows of windows · multiply-accumulates of whole blocks of 32 positions and 32 channels · 1.
    Dense layers: likewise, with rows as positions, and blocks of 32 inputs and 8 outputs.
    Without weights: inputs · outputs · pixels of the input · of the output · eights, words of channels · 1.

    Example:
        >>> terms(FullyConnectedDims(rows=4, c_in=100, c_out=10))
        (4000, 40, 1000, 400, 4, 8192, 1)
    """
    if isinstance(dims, FullyConnectedDims):
        rows, products = dims.rows, dims.c_in * dims.c_out
        blocks = rows * _whole(dims.c_in, _BLOCK) * _whole(dims.c_out, 8)
        return rows * products, rows * dims.c_out, products, rows * dims.c_in, rows, blocks, 1
    if isinstance(dims, ConvDims):
        return _of_convolution(dims)
    if isinstance(dims, RowsDims):
        return _of_values(dims.rows, dims.rows, dims.depth)
    if isinstance(dims, AddDims):
        return _of_values(_pixels(dims.input1) + _pixels(dims.input2), _pixels(dims.output), dims.output.c)
    if isinstance(dims, UnaryDims):
        return _of_values(_pixels(dims.input), _pixels(dims.output), dims.output.c)
    return None


def _of_values(seen: int, put: int, channels: int) -> tuple[float, ...]:
    words = (put * _whole(channels, 8), put * _whole(channels, _BLOCK))
    return seen * channels, put * channels, seen, put, *words, 1


def _of_convolution(dims: ConvDims) -> tuple[float, ...]:
    positions, c_out = dims.output.n * dims.output.h * dims.output.w, dims.output.c
    h, w, c = dims.filter.h, dims.filter.w, 1 if _is_depthwise(dims) else dims.filter.c
    products, blocks = h * w * c * c_out, _whole(positions, _BLOCK) * h * w * _whole(c, _BLOCK) * c_out
    seen = positions * h * w * dims.input.c
    return _whole(positions, 4) * products, positions * c_out, products, seen, positions * h, blocks, 1


def _whole(number: int, block: int) -> int:
    return -(-number // block) * block


def _pixels(dims: Dims) -> int:
    return dims.n * dims.h * dims.w


def _is_depthwise(dims: ConvDims) -> bool:
    return dims.filter.n == 1 and dims.filter.c == dims.output.c


def form_of(dims: Any) -> str:
    """Filters that kernels treat in a way of their own, which has factors of its own: "row", "column", or "".

    Example:
        >>> form_of(ConvDims(Dims(1, 1, 99, 1), Dims(4, 1, 64, 1), Dims(1, 1, 99, 4)))
        'row'
    """
    if not isinstance(dims, ConvDims) or not (_is_depthwise(dims) or dims.input.c == 1):
        return ""
    if dims.filter.h == 1 and dims.filter.w >= _LONG:
        return "row"
    return "column" if dims.filter.h > 1 == dims.filter.w else ""


def instructions(variant: Variant, cpu: str, dims: Any, levels: str = "") -> float | None:
    """Instructions of a layer; None where nothing was measured.

    Args:
        cpu: the core, as `Board.cpu` spells it.
        levels: `levels_of` the layer's parameters.
    """
    factors = _factors().get(cpu, {}).get(key_of(variant.symbol, levels, form_of(dims)))
    sizes = terms(dims)
    if factors is None or sizes is None:
        return None
    return sum(factor * size for factor, size in zip(factors, sizes, strict=True))


def levels_of(params: Any) -> str:
    """Levels of packed inputs and weights, such as "3x3", or of a quantization, "3"; "" for int8."""
    if isinstance(params, QuantizeA8BitsParams):
        return f"{params.levels}"
    if not hasattr(params, "x_levels") or not hasattr(params, "w_levels"):
        return ""
    return f"{params.x_levels}x{params.w_levels}"


def estimate(step: Step, cpu: str, variant: Variant | None = None) -> float | None:
    """Instructions of a layer with a variant, or that of its core; None where nothing was measured."""
    levels = levels_of(step.params)
    return instructions(variant or choose(step.kernel, cpu, step.dims, levels), cpu, step.dims, levels)


def estimate_int8(step: Step, cpu: str) -> float | None:
    """Instructions of the same layer in int8 (a8w8); None where nothing was measured, or it is that layer."""
    what = next((name for name in _WITH_WEIGHTS if step.kernel.startswith(f"{name}_")), None)
    if what is None or step.kernel == f"{what}_a8w8":
        return None
    return instructions(choose(f"{what}_a8w8", cpu, step.dims), cpu, step.dims)


def choose(kernel: str, cpu: str | None, dims: Any, levels: str = "", inside: bool = False) -> Variant:
    """How a kernel is computed for a core and a shape: as `best_variant` says, unless counts say otherwise.

    Sums are a few percent from the counts, some more: only what is faster by much more than that is taken.
    """
    usual = best_variant(kernel, cpu, dims, inside)
    least, best = instructions(usual, cpu or "", dims, levels), usual
    if least is None:
        return usual
    least *= _SURELY
    for variant in variants_of(kernel):
        family = FAMILIES[variant.suffix]
        cost = instructions(variant, cpu or "", dims, levels)
        if family.runs_on(cpu) and (family.inside or not inside) and cost is not None and cost < least:
            least, best = cost, variant
    return best


_WITH_WEIGHTS = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def key_of(symbol: str, levels: str, form: str) -> str:
    """Key of a row of factors."""
    return " ".join(word for word in (symbol, levels, form) if word)


@functools.cache
def _factors() -> dict[str, dict[str, list[float]]]:
    table: dict[str, dict[str, list[float]]] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return table
