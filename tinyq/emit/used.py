"""Which ways of kernels a model takes, so that the others are not linked: TQ_USED_* of tq_used.h."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from typing import Any

import tinyq
from tinyq.core.arrange_listed import GROUP
from tinyq.core.few_mve import few
from tinyq.core.kernels import Step
from tinyq.core.packed_activations import planes_of
from tinyq.core.params import ConvDims, FullyConnectedDims
from tinyq.core.params_bits import ConvBitsParams
from tinyq.core.resources import firmware_dir
from tinyq.core.scratch_mve import narrow, sliced
from tinyq.core.scratch_sliced import depthwise_lines_are, depthwise_lines_are_faster, few_are, few_are_faster
from tinyq.core.scratch_swar import line_positions
from tinyq.emit.layout import Layout

HEADER = "include/tinyq/tq_used.h"
_LINE = re.compile(r"^#define TQ_USED_(\w+) 1", re.MULTILINE)
_NAME = "#define TQ_KERNELS tq_kernels_all\n"
_CODES = ("a8wt", "a8w1")
_NARROW = ("conv_2d_bits", "conv_2d_bits_a8")  # whose stores take what narrow kernels leave


def used_header(taken: Collection[str]) -> str:
    """The text of tq_used.h for a model that takes these ways."""
    text = (firmware_dir() / HEADER).read_text(encoding="utf-8")
    text = _LINE.sub(
        lambda line: f"#define TQ_USED_{line[1]} {1 if line[1] in taken else 'TQ_USED_ALL'}", text
    )
    digest = hashlib.sha256(f"{tinyq.__version__}\n{text}".encode()).hexdigest()[:16]
    return text.replace(_NAME, f"#if TQ_USED_ALL\n{_NAME}#else\n{_NAME.replace('all', digest)}#endif\n")


def used(layout: Layout) -> frozenset[str]:
    """What follows TQ_USED_ in the macros that are 1."""
    found: set[str] = set()
    for step in layout.steps:
        tiling = layout.tiling(step)
        for dims in tiling.all_dims if tiling else [step.dims]:
            found |= set(_ways(step, layout.variant(step).suffix, dims))
    return frozenset(found)


def _ways(step: Step, suffix: str, dims: Any) -> Iterator[str]:
    """Those of a layer; the conditions are those of the C code."""
    kernel, params = step.kernel, step.params
    scheme = kernel.rpartition("_")[2]
    if suffix == "dsp" and kernel.startswith(("conv_2d", "depthwise_conv_2d")):
        yield "CODES" if scheme in _CODES else "INT8"
        if kernel.startswith("depthwise"):
            yield from _dsp_depthwise(params, dims, scheme in _CODES)
        else:
            yield from _dsp_conv(params, dims)
    elif suffix == "dsp" and kernel == "average_pool_2d_a8":
        large = params.filter_h * params.filter_w > 255
        yield "LARGE_WINDOWS" if large else "SMALL_WINDOWS"
    elif suffix == "swar":
        yield from _swar(kernel, params, dims)
    elif suffix == "mve" and "_a8w" in kernel:
        if not kernel.startswith("fully_connected"):
            yield from _mve(kernel, params, dims)
    elif suffix == "listed":
        yield from _listed(kernel, params, dims)
    elif suffix in ("sliced", "mve") and kernel not in ("add_a8", "quantize_a8_bits"):
        yield from _sliced(kernel, params, dims, suffix == "mve")


def _swar(kernel: str, params: Any, dims: Any) -> Iterator[str]:
    if kernel.endswith("_a8w8"):
        yield _swar_int8(kernel, params, dims)
        return
    yield "SWAR_TERNARY" if kernel.endswith("_a8wt") else "SWAR_BINARY"
    if not kernel.startswith("fully_connected"):
        yield _swar_conv(kernel, params, dims)


def _swar_conv(kernel: str, params: Any, dims: ConvDims) -> str:
    one_channel = kernel.startswith("depthwise") or dims.filter.c == 1
    fits = dims.filter.h * dims.filter.w <= 255 and (params.dilation_w == 1 or dims.filter.w == 1)
    return "SWAR_LINES" if one_channel and fits else "SWAR_TABLES"


def _swar_int8(kernel: str, params: Any, dims: ConvDims) -> str:
    one_channel = kernel.startswith("depthwise") or dims.filter.c == 1
    moves = params.stride_w == 1 and (params.dilation_w == 1 or dims.filter.w == 1)
    lines = one_channel and moves and line_positions(dims) > 0
    return "SWAR_INT8_LINES" if lines else "SWAR_INT8_WINDOWS"


def _mve(kernel: str, params: Any, dims: ConvDims) -> Iterator[str]:
    row = dims.filter.h == 1 and dims.filter.w >= 8 and params.stride_w == params.dilation_w == 1
    if kernel.startswith("depthwise"):
        yield "MVE_DEPTHWISE_ROWS" if row else "MVE_DEPTHWISE_LANES"
    else:
        yield "MVE_ROWS" if row and dims.input.c == 1 else "MVE_WINDOWS"


def _dsp_conv(params: Any, dims: ConvDims) -> Iterator[str]:
    if dims.input.c == 1 and dims.filter.h == 1 and params.dilation_w == 1:
        yield "ROWS" if params.stride_w == 1 else "STRIDED_ROWS"
    else:
        yield "COLUMNS"
        yield "SINGLE_CHANNEL" if dims.filter.c == 1 else "CHANNELS"


def _dsp_depthwise(params: Any, dims: ConvDims, coded: bool) -> Iterator[str]:
    multiplier = dims.output.c // dims.input.c
    if dims.filter.h == 1 and dims.filter.w >= 8 and params.stride_w == params.dilation_w == 1:
        yield "DEPTHWISE_ROWS"
        return
    yield "DEPTHWISE_QUADS"
    two = coded and dims.filter.h * dims.filter.w <= 63
    step, rest = divmod(params.stride_w, params.dilation_w)
    if multiplier == 1:
        positions = two and rest == 0 and step < dims.filter.w and dims.output.w > 1
        yield "TWO_POSITIONS" if positions else "ONE_FILTER"
    else:
        yield "TWO_FILTERS" if two and multiplier == 2 else "MANY_FILTERS"


def _sliced(kernel: str, params: Any, dims: Any, vectors: bool = False) -> Iterator[str]:
    x, w = (2, 2) if kernel.startswith("lce") else (params.x_levels, params.w_levels)
    thresholds = None if kernel.startswith("lce") else params.output.thresholds
    if thresholds is not None:
        yield {2: "TO_SIGNS", 3: "TO_TERNARY"}.get(params.output.levels, "TO_PLANES")
    if kernel.startswith("fully_connected"):
        yield f"DENSE_{_dense(x, w)}"
    elif kernel.startswith("depthwise"):
        packed = thresholds is not None and params.output.levels <= 16
        yield "DEPTHWISE_PACKED" if packed else "DEPTHWISE_SUMS"
        if vectors and _lines(x, w, params, dims):
            yield "MVE_DEPTHWISE_LINES"
            return
        if vectors and _quads(x, w, params, dims):
            yield "MVE_DEPTHWISE_QUADS"
            return
        if vectors:
            yield "MVE_DEPTHWISE_OTHERS"
        if _sliced_lines(x, w, params, dims):
            yield "DEPTHWISE_LINES"
            yield "LINES_PACKED" if packed else "LINES_SUMS"
        else:
            yield from _sliced_depthwise(x, w, dims, not packed or params.output.levels <= 3)
    elif not vectors and kernel.startswith("conv") and _few(x, w, params, dims):
        yield "SLICED_FEW"
        yield "LINES_PACKED" if thresholds is not None else "LINES_SUMS"
    elif _conv_fits(x, w, dims, thresholds is not None, 4 if kernel.startswith("conv") else 1):
        yield "SLICED"
        yield from _mve_sliced(kernel, x, w, params, dims) if vectors else _sliced_conv(x, w, dims)
    else:
        yield "WORDS"


def _mve_sliced(kernel: str, x: int, w: int, params: Any, dims: ConvDims) -> Iterator[str]:
    packed = params.output.thresholds is not None
    if kernel == "conv_2d_bits" and packed and x == w == params.output.levels == 2 and few(params, dims):
        yield "MVE_FEW"
        return
    if kernel in _NARROW and _narrow(x, w, params, dims):
        yield "MVE_NARROW"
        if x == 2 or w == 3:
            return
    planes = max(x, w) == 4 and 3 not in (x, w)
    if (max(x, w) <= 3 or planes) and dims.output.n * dims.output.h * dims.output.w >= 16:
        yield "MVE_BLOCKS"
        yield from ("SIGNS", "MVE_PLANES") if planes else ()
    else:
        yield "MVE_OTHERS"
    yield from _sliced_conv(x, w, dims)


def _listed(kernel: str, params: Any, dims: FullyConnectedDims) -> Iterator[str]:
    sliced = _sliced(kernel, params, dims)
    if dims.c_out % GROUP:
        yield "LISTED_REST"
        yield from sliced
    else:
        yield from (way for way in sliced if not way.startswith("DENSE_"))


def _dense(x: int, w: int) -> str:
    if x == w == 2:
        return "SIGNS"
    if 3 not in (x, w):
        return "PLANES"
    return "TERNARY" if max(x, w) <= 3 else "WORDS"


def _conv_fits(x: int, w: int, dims: ConvDims, packed: bool, positions: int) -> bool:
    groups, taps = dims.input.c // dims.filter.c, dims.filter.h * dims.filter.w
    if groups > 1 and (dims.filter.c % 32 or (packed and dims.filter.n // groups % 32)):
        return False
    if dims.output.n * dims.output.h * dims.output.w < positions:
        return False
    return planes_of(x) <= 4 and taps * dims.filter.c <= 32767 // _peaks(x, w)


def _narrow(x: int, w: int, params: ConvBitsParams, dims: ConvDims) -> bool:
    """As tq_mve_narrow_fits.c has it; whether ternary codes are signs is not known yet."""
    down, right = (dims.filter.h - 1) * params.dilation_h, (dims.filter.w - 1) * params.dilation_w
    one_word = dims.input.c == dims.filter.c <= 32 and params.stride_h == params.stride_w == 1
    packed = params.output.thresholds is not None
    direct = params.output.levels <= 4 if packed else dims.filter.n <= 1024
    many = direct and dims.output.n * dims.output.h * dims.output.w >= 16
    if not (max(x, w) <= 3 and one_word and many and down * (dims.output.w + right) + right <= 80):
        return False
    return narrow(dims.filter, planes_of(x), w == 3) <= sliced(lambda _: 0)(dims)


def _lines(x: int, w: int, params: ConvBitsParams, dims: ConvDims) -> bool:
    """As tq_mve_lines_fit.c has it."""
    few = max(x, w) <= 4 and (params.output.thresholds is None or params.output.levels <= 4)
    line = 1 in (dims.filter.h, dims.filter.w) and 8 <= dims.filter.h * dims.filter.w <= 128
    column = dims.filter.w == 1
    whole = params.pad_left == 0 and dims.input.w == dims.output.w
    wide = dims.output.w >= 16 and params.stride_w == 1 and max(dims.input.c, dims.output.c) < 8192
    return few and line and wide and (whole if column else params.dilation_w == 1)


def _straight(x: int, w: int, params: ConvBitsParams, dims: ConvDims) -> bool:
    """What lines of positions take, of both operators."""
    few = max(x, w) <= 4 and (params.output.thresholds is None or params.output.levels <= 4)
    straight = params.stride_w == 1 and (params.dilation_w == 1 or dims.filter.w == 1)
    return few and straight and params.pad_left < dims.filter.w


def _sliced_lines(x: int, w: int, params: ConvBitsParams, dims: ConvDims) -> bool:
    """As tq_sliced_lines_fit.c has it."""
    packed = params.output.thresholds is not None
    straight = _straight(x, w, params, dims)
    return straight and depthwise_lines_are(dims) and depthwise_lines_are_faster(dims, x, w, packed)


def _few(x: int, w: int, params: ConvBitsParams, dims: ConvDims) -> bool:
    """As tq_sliced_few_fit.c has it."""
    fits = _straight(x, w, params, dims) and few_are(dims)
    return fits and few_are_faster(dims, (x, w), (params.stride_h, params.dilation_h))


def _quads(x: int, w: int, params: ConvBitsParams, dims: ConvDims) -> bool:
    """As tq_mve_depthwise_conv_bits.c has it."""
    few = max(x, w) <= 4 and (params.output.thresholds is None or params.output.levels <= 4)
    return (
        few and dims.output.c // dims.input.c <= 2 and dims.filter.h * dims.filter.w <= 32767 // _peaks(x, w)
    )


def _sliced_conv(x: int, w: int, dims: ConvDims) -> Iterator[str]:
    if w == 3 and x <= 3:
        yield "PAIRS"
    elif x > 3:
        yield "BYTES"
    else:
        yield "SIGNS"
        if x == 3:
            yield "HOLES"
        if x == 3 or w > 3:
            yield "SHIFTED"
    yield "NARROW" if dims.filter.c <= 16 else "WIDE"


def _sliced_depthwise(x: int, w: int, dims: ConvDims, few: bool) -> Iterator[str]:
    taps = dims.filter.h * dims.filter.w
    if planes_of(x) > 4 or taps > 32767 // _peaks(x, w):
        yield "DEPTHWISE_WORDS"
        return
    yield "DEPTHWISE_SLICED"
    if dims.input.c != dims.output.c:
        yield "DEPTHWISE_COPIES"
    elif w == 2 and x <= 3 and few and taps <= 260:
        yield "DEPTHWISE_WINDOWS"
        if x == 2:
            return
    yield "DEPTHWISE_OTHERS"
    if x == w == 2:
        yield "DEPTHWISE_SIGNS"
    else:
        yield "DEPTHWISE_TERNARY" if max(x, w) <= 3 else "DEPTHWISE_PLANES"


def _peaks(x: int, w: int) -> int:
    """The largest product, doubled where one factor is ternary; of pairs 2."""
    if w == 3 and x <= 3:
        return 2
    return (2 if x == 3 else x - 1) * (2 if w == 3 else w - 1)
