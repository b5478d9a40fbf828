"""How kernels are computed in C: which variant a core gets, and the scratch bytes that it takes.

A variant is a C function tq_<kernel>_<suffix>: a file in firmware/kernels/<folder>/ and a line of `_FASTER`.
All variants of a kernel give the same integers.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinyq.core import arrange_dsp, arrange_listed, arrange_mve, scratch_dsp, scratch_mve, scratch_swar
from tinyq.core.kernels import KERNELS
from tinyq.core.packed_activations import LEVELS, planes_of, words_of
from tinyq.core.params import ConvDims, FullyConnectedDims
from tinyq.core.scratch_neon import (
    neon_bits,
    neon_codes,
    neon_depthwise,
    neon_depthwise_bits,
    neon_depthwise_codes,
    neon_few,
    neon_products,
    neon_signs,
    neon_two_bits,
)
from tinyq.core.scratch_sliced import depthwise_lines, few_lines
from tinyq.core.scratch_x86 import int8_activations, packed_codes
from tinyq.core.spec import SCHEMES, TABLE_BITS


@dataclass(frozen=True)
class Family:
    """Variants of one suffix, which need the same of a core.

    Args:
        folder: below firmware/kernels/.
        cores: the cores that run it, as `Board.cpu` spells them; None: every one.
        inside: whether its windows may begin inside the input: padding below 0, of a tile of columns.
    """

    folder: str
    cores: frozenset[str] | None = None
    inside: bool = True

    def runs_on(self, cpu: str | None) -> bool:
        """Whether a core runs it; of None, a core that nothing is known of, only what every one runs."""
        return self.cores is None or cpu in self.cores


_CORTEX_M = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
_DSP = ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
_THIS = ("native",) if platform.machine() in ("aarch64", "arm64") else ()
_ARM64 = ("cortex-a53", "cortex-a55", "cortex-a72", "cortex-a76", "armv8-a", *_THIS)

# Suffix -> family, the fastest first, "lean" with the least scratch; the last is the truth that others equal.
FAMILIES = {
    "mve": Family("cortex_m", frozenset({"cortex-m55"})),
    "listed": Family("cortex_m", frozenset(_CORTEX_M)),
    "sliced": Family("cortex_m", frozenset(_CORTEX_M)),
    "dsp": Family("cortex_m", frozenset(_DSP)),
    "swar": Family("cortex_m", frozenset(_CORTEX_M) - frozenset(_DSP)),
    "neon": Family("arm64", frozenset(_ARM64), inside=False),
    "x86": Family("x86", frozenset({"native"}), inside=False),
    "opt": Family("portable"),
    "lean": Family("portable"),
    "ref": Family("reference"),
}


@dataclass(frozen=True)
class Variant:
    """One way to compute a kernel in C.

    Args:
        kernel: key of `KERNELS`.
        suffix: key of `FAMILIES`.
        scratch: dims -> bytes of scratch, as <symbol>_scratch says; None where C has no such argument.
        suits: dims -> whether it is the faster choice there; None: everywhere. It is correct for all shapes.
        arrange: (params, dims, constants of a file) -> those that C takes; None: the same. Where C is not
            emitted, but reads the file, such a variant cannot be called.
    """

    kernel: str
    suffix: str
    scratch: Callable[[Any], int] | None = None
    suits: Callable[[Any], bool] | None = None
    arrange: Callable[[Any, Any, arrange_dsp.Constants], arrange_dsp.Constants] | None = None

    @property
    def symbol(self) -> str:
        """The C function."""
        return f"tq_{self.kernel}_{self.suffix}"

    @property
    def files(self) -> tuple[str, ...]:
        """Its C files, relative to firmware/kernels/."""
        path = f"{FAMILIES[self.suffix].folder}/{self.symbol}"
        return (f"{path}.c",) if self.scratch is None else (f"{path}.c", f"{path}_scratch.c")


def _four_filters(dims: ConvDims) -> int:
    """One filter's codes as bytes, and those of four output channels as two words for each tap."""
    return 9 * dims.filter.h * dims.filter.w * dims.filter.c


def _four_filters_as_bytes(dims: ConvDims) -> int:
    """Those of four output channels."""
    return 4 * dims.filter.h * dims.filter.w * dims.filter.c


def _five_filters_as_bytes(dims: ConvDims) -> int:
    """Those of four output channels in parts, and one's codes."""
    return 5 * dims.filter.h * dims.filter.w * dims.filter.c


def _whole_filter(dims: ConvDims) -> int:
    """All codes, unpacked: those of one depthwise channel are not neighbours."""
    return dims.filter.size


def _rows_of_words(dims: ConvDims) -> int:
    """Offsets of the taps, and packed rows: of padding, and, where groups have to be cut out (or, depthwise,
    channels repeated), one a tap."""
    taps = dims.filter.h * dims.filter.w
    rows = 1 if dims.input.c == dims.filter.c else 1 + taps
    return 4 * (taps + rows * planes_of(LEVELS[-1]) * words_of(dims.filter.c))


def _sixteen_windows(dims: ConvDims) -> int:
    """Words that sixteen output positions see of a group."""
    return 4 * 16 * dims.filter.h * dims.filter.w * words_of(dims.filter.c)


def _x86_bits(dims: ConvDims) -> int:
    return max(packed_codes(dims, 8, 8), _rows_of_words(dims))


def _x86_packed(dims: ConvDims) -> int:
    return max(int8_activations(dims), _four_filters(dims))


def _x86_weights(dims: ConvDims) -> int:
    return max(int8_activations(dims), _four_filters_as_bytes(dims))


def _x86_signs(dims: ConvDims) -> int:
    return max(packed_codes(dims, 1, 1), _sixteen_windows(dims))


def _sliced(dims: ConvDims) -> int:
    """A row of the input, the sums of up to 64 channels, and tables (tq_sliced.h)."""
    sums = 32 * min(dims.filter.n // (dims.input.c // dims.filter.c), 64)
    tables = 2056 * dims.filter.h * dims.filter.w * words_of(dims.filter.c) + 4
    return 16 * words_of(dims.input.c) + min(sums + tables, 7680)


def _sliced_taps(dims: ConvDims) -> int:
    """Thresholds of 32 channels digit by digit, a row of the input, and a pointer for each tap; where a
    channel has several filters, a pointer and a row more; or what lines of positions take."""
    row, taps = 16 * words_of(dims.output.c), dims.filter.h * dims.filter.w
    copies = taps * (8 + row) if dims.input.c != dims.output.c else 0
    sliced = 1204 + row + 8 * taps + copies
    return max(sliced, _rows_of_words(dims), depthwise_lines(dims))


def _sliced_windows(dims: ConvDims) -> int:
    """Or, where another way is faster, what that needs."""
    return max(_sliced(dims), _rows_of_words(dims))


def _sliced_few(dims: ConvDims) -> int:
    """Or what lines of positions of few channels take."""
    return max(_sliced_windows(dims), few_lines(dims))


def _listed(dims: FullyConnectedDims) -> int:
    """Sums of all groups of outputs, the list of a block's inputs, and words of carries."""
    outputs = dims.c_out - dims.c_out % arrange_listed.GROUP
    return 4 * (outputs + min(dims.c_in, arrange_listed.BLOCK) + arrange_listed.BLOCK // 8 + 2)


def _has_whole_groups(dims: FullyConnectedDims) -> bool:
    return dims.c_out >= arrange_listed.GROUP


def _neon_bits(dims: ConvDims) -> int:
    return neon_bits(dims, _rows_of_words(dims))


def _neon_depthwise_bits(dims: ConvDims) -> int:
    return neon_depthwise_bits(dims, _rows_of_words(dims))


_DSP_A8 = (
    Variant("conv_2d_a8w8", "dsp", scratch_dsp.conv_2d(coded=False)),
    *(Variant(f"conv_2d_{scheme}", "dsp", scratch_dsp.conv_2d(coded=True)) for scheme in ("a8wt", "a8w1")),
    *(Variant(f"conv_2d_{scheme}", "dsp", scratch_dsp.conv_2d(coded=False)) for scheme in TABLE_BITS),
    Variant("fully_connected_a8w8", "dsp", scratch_dsp.fully_connected),
    *(
        Variant(
            f"fully_connected_{scheme}",
            "dsp",
            scratch_dsp.fully_connected_dual(dual.inputs),
            arrange=arrange_dsp.fully_connected(dual),
        )
        for scheme, dual in (("a8wt", arrange_dsp.TERNARY), ("a8w1", arrange_dsp.BINARY))
    ),
    Variant("depthwise_conv_2d_a8w8", "dsp", scratch_dsp.depthwise_conv_2d(coded=False)),
    Variant("depthwise_conv_2d_a8wt", "dsp", scratch_dsp.depthwise_conv_2d(coded=True)),
    Variant("depthwise_conv_2d_a8w1", "dsp", scratch_dsp.depthwise_conv_2d(coded=True)),
)


_MVE_A8 = (
    Variant("conv_2d_a8w8", "mve", scratch_mve.conv_2d(packed=False)),
    *(
        Variant(f"conv_2d_{s}", "mve", scratch_mve.conv_2d(packed=True))
        for s in ("a8wt", "a8w1", *TABLE_BITS)
    ),
    *(Variant(f"depthwise_conv_2d_{s}", "mve", scratch_mve.depthwise_conv_2d) for s in SCHEMES[:3]),
    Variant(
        "fully_connected_a8w8", "mve", scratch_mve.fully_connected, arrange=arrange_mve.fully_connected_int8
    ),
    Variant(
        "fully_connected_a8wt",
        "mve",
        scratch_mve.fully_connected_ternary,
        arrange=arrange_mve.fully_connected_ternary,
    ),
    Variant(
        "fully_connected_a8w1",
        "mve",
        scratch_mve.fully_connected_binary,
        arrange=arrange_mve.fully_connected_binary,
    ),
)


_SWAR_A8 = (
    *(
        Variant(f"{kernel}_{scheme}", "swar", scratch(units), suits, arrange(units))
        for kernel, scratch, suits, arrange in scratch_swar.KERNELS
        for scheme, units in scratch_swar.SCHEMES.items()
    ),
    *(
        Variant(kernel, "swar", scratch, suits, arrange)
        for kernel, scratch, suits, arrange in scratch_swar.INT8_KERNELS
    ),
)


def _neon_signs(dims: ConvDims) -> int:
    return neon_signs(dims, _sixteen_windows(dims))


def _neon_codes(dims: ConvDims) -> int:
    return neon_codes(dims, _four_filters(dims))


_FASTER = (
    *_DSP_A8,
    *_MVE_A8,
    *_SWAR_A8,
    Variant("conv_2d_a8w8", "opt"),
    Variant("conv_2d_a8wt", "opt", _four_filters),
    Variant("conv_2d_a8w1", "opt", _four_filters),
    *(Variant(f"conv_2d_{scheme}", "lean", _four_filters_as_bytes) for scheme in ("a8wt", "a8w1")),
    Variant("depthwise_conv_2d_a8w8", "opt"),
    Variant("depthwise_conv_2d_a8wt", "opt", _whole_filter),
    Variant("depthwise_conv_2d_a8w1", "opt", _whole_filter),
    Variant("fully_connected_a8w8", "opt"),
    Variant("fully_connected_a8wt", "opt"),
    Variant("fully_connected_a8w1", "opt"),
    *(Variant(f"conv_2d_{scheme}", "opt", _four_filters_as_bytes) for scheme in TABLE_BITS),
    *(Variant(f"depthwise_conv_2d_{scheme}", "opt", _whole_filter) for scheme in TABLE_BITS),
    *(Variant(f"fully_connected_{scheme}", "opt") for scheme in TABLE_BITS),
    Variant("transpose_conv_a8w8", "opt", _four_filters_as_bytes),
    *(Variant(f"transpose_conv_{scheme}", "opt", _five_filters_as_bytes) for scheme in SCHEMES[1:]),
    *(Variant(f"conv_2d_bits{output}", "opt", _rows_of_words) for output in ("", "_a8", "_f32")),
    *(Variant(f"conv_2d_bits{output}", "sliced", _sliced_few) for output in ("", "_a8", "_f32")),
    *(Variant(f"conv_2d_bits{o}", "mve", scratch_mve.sliced(_sliced_windows)) for o in ("", "_a8", "_f32")),
    *(
        Variant(f"lce_bconv_2d_{output}", "mve", scratch_mve.sliced(_sliced))
        for output in ("a1", "a8", "f32")
    ),
    *(Variant(f"depthwise_conv_2d_bits{output}", "opt", _rows_of_words) for output in ("", "_a8", "_f32")),
    *(Variant(f"depthwise_conv_2d_bits{output}", "sliced", _sliced_taps) for output in ("", "_a8", "_f32")),
    *(
        Variant(f"depthwise_conv_2d_bits{o}", "mve", scratch_mve.depthwise_conv_2d_bits(_sliced_taps))
        for o in ("", "_a8", "_f32")
    ),
    *(Variant(f"fully_connected_bits{output}", "opt") for output in ("", "_a8", "_f32")),
    *(Variant(f"fully_connected_bits{output}", "sliced") for output in ("", "_a8", "_f32")),
    *(
        Variant(
            f"fully_connected_bits{o}", "listed", _listed, _has_whole_groups, arrange_listed.fully_connected
        )
        for o in ("", "_a8", "_f32")
    ),
    *(Variant(f"fully_connected_bits{output}", "mve") for output in ("", "_a8", "_f32")),
    *(Variant(kernel, "mve") for kernel in ("quantize_a8_bits", "add_a8")),
    *(Variant(f"lce_bconv_2d_{output}", "opt", _sixteen_windows) for output in ("a1", "a8", "f32")),
    *(Variant(f"lce_bconv_2d_{output}", "sliced", _sliced) for output in ("a1", "a8", "f32")),
    Variant("conv_2d_a8w8", "neon", neon_products),
    *(Variant(f"fully_connected_bits{output}", "neon") for output in ("", "_a8", "_f32")),
    *(Variant(f"fully_connected_{scheme}", "neon") for scheme in ("a8w8", "a8wt", "a8w1")),
    Variant("depthwise_conv_2d_a8w8", "neon", neon_depthwise),
    *(Variant(f"depthwise_conv_2d_{scheme}", "neon", neon_depthwise_codes) for scheme in ("a8wt", "a8w1")),
    Variant("conv_2d_a8w2", "neon", neon_two_bits),
    *(Variant(f"conv_2d_{scheme}", "neon", neon_few) for scheme in ("a8w3", "a8w4")),
    *(Variant(f"depthwise_conv_2d_{scheme}", "neon", neon_depthwise_codes) for scheme in TABLE_BITS),
    *(Variant(f"fully_connected_{scheme}", "neon") for scheme in TABLE_BITS),
    *(Variant(f"depthwise_conv_2d_bits{o}", "neon", _neon_depthwise_bits) for o in ("", "_a8", "_f32")),
    *(Variant(f"conv_2d_{scheme}", "neon", _neon_codes) for scheme in ("a8wt", "a8w1")),
    *(Variant(f"conv_2d_bits{output}", "neon", _neon_bits) for output in ("", "_a8", "_f32")),
    Variant("conv_2d_a8w8", "x86", int8_activations),
    *(Variant(f"conv_2d_{scheme}", "x86", _x86_packed) for scheme in ("a8wt", "a8w1")),
    *(Variant(f"conv_2d_{scheme}", "x86", _x86_weights) for scheme in TABLE_BITS),
    *(Variant(f"conv_2d_bits{output}", "x86", _x86_bits) for output in ("", "_a8", "_f32")),
    *(Variant(f"lce_bconv_2d_{output}", "neon", _neon_signs) for output in ("a1", "a8", "f32")),
    *(Variant(f"lce_bconv_2d_{output}", "x86", _x86_signs) for output in ("a1", "a8", "f32")),
    *(Variant(f"lce_quantize_{source}_a1", "x86") for source in ("f32", "a8")),
    Variant("quantize_a8_bits", "x86"),
    *(Variant(f"{kind}_pool_2d_a8", "neon") for kind in ("average", "max")),
    *(Variant(kernel, "neon") for kernel in ("quantize_a8_bits", "add_a8")),
    *(Variant(kernel, "dsp") for kernel in ("quantize_a8_bits", "add_a8", "average_pool_2d_a8")),
    Variant("quantize_a8_bits", "opt"),
)

_IN_C = [name for name in KERNELS if name != "reshape"]  # which moves nothing

VARIANTS = (*_FASTER, *(Variant(name, "ref") for name in _IN_C))


def variants_of(kernel: str) -> tuple[Variant, ...]:
    """All variants of a kernel, the fastest first.

    Example:
        >>> [variant.symbol for variant in variants_of("transpose_conv_a8wt")]
        ['tq_transpose_conv_a8wt_opt', 'tq_transpose_conv_a8wt_ref']
    """
    order = list(FAMILIES)
    return tuple(sorted((v for v in VARIANTS if v.kernel == kernel), key=lambda v: order.index(v.suffix)))


def best_variant(kernel: str, cpu: str | None = None, dims: Any = None, inside: bool = False) -> Variant:
    """The fastest variant of a kernel for a core (`Board.cpu`) and a shape.

    Without a core, one that every core runs; without dims, one that is fast for every shape. `inside`: its
    windows have to begin inside the input (`Family.inside`).

    Example:
        >>> best_variant("conv_2d_a8wt").symbol, best_variant("add_a8").symbol
        ('tq_conv_2d_a8wt_opt', 'tq_add_a8_ref')
    """
    can = [v for v in variants_of(kernel) if FAMILIES[v.suffix].inside or not inside]
    return next(v for v in can if FAMILIES[v.suffix].runs_on(cpu) and _suits(v, dims))


def best_alike(kernel: str, cpu: str | None = None) -> Variant:
    """The fastest variant for a core that takes the arguments of the one that every core runs.

    What chooses at compile time, and knows no shape, can call it in its place.

    Example:
        >>> best_alike("conv_2d_a8wt").symbol
        'tq_conv_2d_a8wt_opt'
    """
    common = best_variant(kernel)
    return next(
        v
        for v in variants_of(kernel)
        if FAMILIES[v.suffix].runs_on(cpu)
        and v.suits is None
        and v.arrange is None
        and (v.scratch is None) == (common.scratch is None)
    )


def _suits(variant: Variant, dims: Any) -> bool:
    return variant.suits is None or (dims is not None and variant.suits(dims))
