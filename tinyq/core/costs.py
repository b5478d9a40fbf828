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
from tinyq.core.params import ConvDims, FullyConnectedDims
from tinyq.core.variants import FAMILIES, Variant, best_variant, variants_of

_TABLE = Path(__file__).with_name("costs.json")
_SURELY = 0.75
_BLOCK = 32  # positions and channels that bit-sliced kernels take at once


def terms(dims: Any) -> tuple[float, ...] | None:
    """What the instructions of a layer with weights are a sum of; None for other kernels.

    multiply-accumulates (of whole fours of positions) · outputs · weights · values that windows see · rows of
    windows · multiply-accumulates of whole blocks of 32 positions and 32 channels · 1.

    Example:
        >>> terms(FullyConnectedDims(rows=4, c_in=100, c_out=10))
        (4000, 40, 1000, 400, 4, 40960, 1)
    """
    if isinstance(dims, FullyConnectedDims):
        return _terms(dims.rows, (1, 1, dims.c_in), dims.c_in, dims.c_out)
    if not isinstance(dims, ConvDims):
        return None
    positions = dims.output.n * dims.output.h * dims.output.w
    depthwise = dims.filter.n == 1 and dims.filter.c == dims.output.c
    window = (dims.filter.h, dims.filter.w, 1 if depthwise else dims.filter.c)
    return _terms(positions, window, dims.input.c, dims.output.c)


def _terms(positions: int, window: tuple[int, int, int], c_in: int, c_out: int) -> tuple[float, ...]:
    h, w, c = window
    products = h * w * c * c_out
    return (
        *(_whole(positions, 4) * products, positions * c_out, products, positions * h * w * c_in),
        *(positions * h, _whole(positions, _BLOCK) * h * w * _whole(c, _BLOCK) * c_out, 1),
    )


def _whole(number: int, block: int) -> int:
    return -(-number // block) * block


def instructions(variant: Variant, cpu: str, dims: Any, levels: str = "") -> float | None:
    """Instructions of a layer; None where nothing was measured.

    Args:
        cpu: the core, as `Board.cpu` spells it.
        levels: `levels_of` the layer's parameters.
    """
    factors = _factors().get(cpu, {}).get(key_of(variant.symbol, levels))
    sizes = terms(dims)
    if factors is None or sizes is None:
        return None
    return sum(factor * size for factor, size in zip(factors, sizes, strict=True))


def levels_of(params: Any) -> str:
    """Levels of packed inputs and weights, such as "3x3"; "" for int8."""
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


def key_of(symbol: str, levels: str) -> str:
    """Key of a row of factors."""
    return f"{symbol} {levels}".strip()


@functools.cache
def _factors() -> dict[str, dict[str, list[float]]]:
    table: dict[str, dict[str, list[float]]] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return table
