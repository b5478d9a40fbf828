"""The words that all stages share: what a quantizer asks for, and scheme codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from tinyq.core.errors import SpecError

Scheme = Literal["a8w8", "a8wt", "a8w1"]
SCHEMES: tuple[Scheme, ...] = ("a8w8", "a8wt", "a8w1")

# log2(3) codes need 1.585 bits; five in a byte take 1.6.
BITS_PER_WEIGHT: dict[Scheme, float] = {"a8w8": 8.0, "a8wt": 1.6, "a8w1": 1.0}

# Axes with a scale of their own, by kind of Keras kernel. A depthwise kernel is (h, w, channels, multiplier):
# its output channels are its last two axes together.
PER_CHANNEL = (-1,)
DEPTHWISE = (-2, -1)
PER_TENSOR: tuple[int, ...] = ()


@dataclass(frozen=True)
class QuantSpec:
    """What a weight quantizer produces: weight = scale * code.

    Args:
        levels: number of distinct codes: 2 for {-1, 1}, 3 for {-1, 0, 1}.
        axis: axes of the kernel that have a scale of their own (negative, Keras order); () for one
            scale for the whole kernel.

    Raises:
        SpecError: levels is not 2 or 3, or an axis is not negative.
    """

    levels: int
    axis: tuple[int, ...] = (-1,)

    def __post_init__(self) -> None:
        if self.levels not in (2, 3):
            raise SpecError("QuantSpec.levels", str(self.levels), "2 (binary), 3 (ternary)")
        if any(a >= 0 for a in self.axis):
            raise SpecError("QuantSpec.axis", str(self.axis), "negative axes, such as (-1,)")

    @property
    def zero_code(self) -> bool:
        """Whether 0 is a code."""
        return self.levels == 3

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes, in order."""
        return (-1, 0, 1) if self.levels == 3 else (-1, 1)

    @property
    def scheme(self) -> Scheme:
        """Scheme code of a layer with int8 activations and these weights."""
        return "a8wt" if self.levels == 3 else "a8w1"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)
