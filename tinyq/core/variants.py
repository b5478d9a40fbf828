"""How kernels are computed in C: which variant a core gets, and the scratch bytes that it takes.

A variant is a C function tq_<kernel>_<suffix>: a file in firmware/kernels/<folder>/ and a line of `_FASTER`.
All variants of a kernel give the same integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinyq.core.kernels import KERNELS
from tinyq.core.packed_activations import LEVELS, planes_of, words_of
from tinyq.core.params import ConvDims
from tinyq.core.spec import SCHEMES, TABLE_BITS


@dataclass(frozen=True)
class Family:
    """Variants of one suffix, which need the same of a core.

    Args:
        folder: below firmware/kernels/.
        cores: the cores that run it, as `Board.cpu` spells them; None: every one.
    """

    folder: str
    cores: frozenset[str] | None = None

    def runs_on(self, cpu: str | None) -> bool:
        """Whether a core runs it; of None, a core that nothing is known of, only what every one runs."""
        return self.cores is None or cpu in self.cores


# Suffix -> family, the fastest first; the last one is the truth that the others equal.
FAMILIES = {
    "opt": Family("portable"),
    "ref": Family("reference"),
}


@dataclass(frozen=True)
class Variant:
    """One way to compute a kernel in C.

    Args:
        kernel: key of `KERNELS`.
        suffix: key of `FAMILIES`.
        scratch: dims -> bytes of scratch, as <symbol>_scratch says; None where C has no such argument.
    """

    kernel: str
    suffix: str
    scratch: Callable[[Any], int] | None = None

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


_FASTER = (
    Variant("conv_2d_a8w8", "opt"),
    Variant("conv_2d_a8wt", "opt", _four_filters),
    Variant("conv_2d_a8w1", "opt", _four_filters),
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
    *(Variant(f"depthwise_conv_2d_bits{output}", "opt", _rows_of_words) for output in ("", "_a8", "_f32")),
    *(Variant(f"fully_connected_bits{output}", "opt") for output in ("", "_a8", "_f32")),
    *(Variant(f"lce_bconv_2d_{output}", "opt", _sixteen_windows) for output in ("a1", "a8", "f32")),
)

_IN_C = [name for name in KERNELS if name != "reshape"]  # which moves nothing

VARIANTS = (*_FASTER, *(Variant(name, "ref") for name in _IN_C))


def variants_of(kernel: str) -> tuple[Variant, ...]:
    """All variants of a kernel, the fastest first.

    Example:
        >>> [variant.symbol for variant in variants_of("conv_2d_a8wt")]
        ['tq_conv_2d_a8wt_opt', 'tq_conv_2d_a8wt_ref']
    """
    order = list(FAMILIES)
    return tuple(sorted((v for v in VARIANTS if v.kernel == kernel), key=lambda v: order.index(v.suffix)))


def best_variant(kernel: str, cpu: str | None = None) -> Variant:
    """The fastest variant of a kernel that a core (`Board.cpu`) runs; without a core, that every one runs.

    Example:
        >>> best_variant("conv_2d_a8wt", "cortex-m4").symbol, best_variant("add_a8").symbol
        ('tq_conv_2d_a8wt_opt', 'tq_add_a8_ref')
    """
    return next(v for v in variants_of(kernel) if FAMILIES[v.suffix].runs_on(cpu))
