"""What is asked of the packing pass: by quantizers (with their codes) and by the user's patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from tinyq.convert.filters import Int8Array
from tinyq.core.errors import ConvertError
from tinyq.core.spec import SCHEMES, Scheme


@dataclass(frozen=True, eq=False)
class Ask:
    """One kernel that the model's author quantized.

    Args:
        layer: name of the Keras layer, after the names of the nested models that it is in ("encoder/conv").
        weight: "kernel", "depthwise_kernel" or "pointwise_kernel".
        quantizer: class name of its quantizer.
        scheme: what is asked; None where no packed scheme holds the quantizer's values.
        codes: int8, TFLite's filter order (OHWI, 1HWO or OI), as the quantizer gives them; only the shape
            counts where scheme is None.
        depthwise: whether `codes` is 1HWO.
        refusal: why scheme is None.
        faint: bool [c_out], which filters are so small that int8 holds zeros for them; None if none is.
        values: what the layer computes with, shape of `codes`, where that is not codes times one scale an
            output channel.
        integers: what `codes` is where int8 does not cut it off; the weights of one sign in a channel are
            proportional to it. None where nobody knows it.
    """

    layer: str
    weight: str
    quantizer: str
    scheme: Scheme | None
    codes: Int8Array
    depthwise: bool = False
    refusal: str = ""
    faint: npt.NDArray[np.bool_] | None = None
    values: npt.NDArray[np.float32] | None = None
    integers: npt.NDArray[np.int64] | None = None

    @property
    def name(self) -> str:
        """Layer and weight, as reports say it."""
        return f"{self.layer}.{self.weight}"

    @property
    def asked(self) -> str:
        """The scheme, or the quantizer where it is none of ours."""
        return self.scheme or self.quantizer


@dataclass(frozen=True)
class Pattern:
    """The user's wish for all layers whose name matches."""

    glob: str
    scheme: Scheme

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read "PATTERN=SCHEME"; PATTERN is a shell pattern for layer names.

        Raises:
            ConvertError: no "=", an empty pattern or an unknown scheme.

        Example:
            >>> Pattern.parse("conv*=a8wt")
            Pattern(glob='conv*', scheme='a8wt')
        """
        glob, _, scheme = text.rpartition("=")
        for known in SCHEMES:
            if glob and scheme == known:
                return cls(glob, known)
        raise ConvertError(
            f"ask {text!r}",
            "not understood",
            f"PATTERN=SCHEME with a scheme of {', '.join(SCHEMES)}",
            "for instance 'conv*=a8wt', or '*=a8w8' to leave all layers as they are",
        )


@dataclass(frozen=True, eq=False)
class Request:
    """All that is asked: quantizers first, then patterns, of which a later one wins."""

    asks: tuple[Ask, ...] = ()
    patterns: tuple[Pattern, ...] = ()

    def wish(self, layer: str) -> Scheme | None:
        """What the patterns say about the layer of this name."""
        found = [pattern.scheme for pattern in self.patterns if fnmatchcase(layer, pattern.glob)]
        return found[-1] if found else None

    def check_patterns(self, layers: Sequence[str]) -> None:
        """Refuse patterns that mean no layer.

        Raises:
            ConvertError: with all such patterns and all names.
        """
        idle = [p.glob for p in self.patterns if not any(fnmatchcase(name, p.glob) for name in layers)]
        if idle:
            raise ConvertError(
                "ask",
                f"no layer matches {', '.join(map(repr, idle))}",
                f"shell patterns for {', '.join(layers)}",
            )
