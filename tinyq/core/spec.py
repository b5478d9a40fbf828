"""The words that all stages share: what a quantizer asks for, and scheme codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from tinyq.core.errors import SpecError

Scheme = Literal["a8w8", "a8wt", "a8w1", "a8w2", "a8w3", "a8w4"]
SCHEMES: tuple[Scheme, ...] = ("a8w8", "a8wt", "a8w1", "a8w2", "a8w3", "a8w4")
# Those whose codes are numbers of values in a table; scheme -> bits of a code.
TABLE_BITS: dict[Scheme, int] = {"a8w2": 2, "a8w3": 3, "a8w4": 4}

# log2(3) codes need 1.585 bits; five in a byte take 1.6.
BITS_PER_WEIGHT: dict[Scheme, float] = {
    "a8w8": 8.0,
    "a8wt": 1.6,
    "a8w1": 1.0,
    "a8w2": 2.0,
    "a8w3": 3.0,
    "a8w4": 4.0,
}

MAX_LEVELS = 256

# Axes with a scale of their own, by kind of Keras kernel. A depthwise kernel is (h, w, channels, multiplier):
# its output channels are its last two axes together.
PER_CHANNEL = (-1,)
DEPTHWISE = (-2, -1)
# A transposed convolution's kernel is (h, w, output channels, input channels).
TRANSPOSED = (-2,)
PER_TENSOR: tuple[int, ...] = ()


@dataclass(frozen=True)
class QuantSpec:
    """What a quantizer produces: value = scale * code.

    Codes are symmetric around zero. An odd number of levels has neighbouring integers and a zero
    (3: -1, 0, 1; 255: -127 ... 127); an even number has odd integers and no zero (2: -1, 1;
    4: -3, -1, 1, 3), which is the {-1, +1} encoding of arXiv 1905.13389.

    Args:
        levels: number of distinct codes, 2 to 256.
        axis: axes of the kernel that have a scale of their own (negative, Keras order); () for one
            scale for the whole kernel.

    Raises:
        SpecError: levels is not 2 to 256, or an axis is not negative.

    Example:
        >>> QuantSpec(levels=4).codes, QuantSpec(levels=5).codes
        ((-3, -1, 1, 3), (-2, -1, 0, 1, 2))
    """

    levels: int
    axis: tuple[int, ...] = (-1,)

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= MAX_LEVELS:
            raise SpecError("QuantSpec.levels", str(self.levels), f"2 (binary), 3 (ternary) ... {MAX_LEVELS}")
        if any(a >= 0 for a in self.axis):
            raise SpecError("QuantSpec.axis", str(self.axis), "negative axes, such as (-1,)")

    @property
    def zero_code(self) -> bool:
        """Whether 0 is a code."""
        return self.levels % 2 == 1

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes, in order."""
        largest = self.levels // 2 if self.zero_code else self.levels - 1
        return tuple(range(-largest, largest + 1, 1 if self.zero_code else 2))

    @property
    def bits(self) -> int:
        """Bits that a code needs by itself."""
        return (self.levels - 1).bit_length()

    @property
    def scheme(self) -> str:
        """Scheme code of a layer with int8 activations and these weights; not every one has kernels."""
        return "a8wt" if self.levels == 3 else f"a8w{self.bits}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)
