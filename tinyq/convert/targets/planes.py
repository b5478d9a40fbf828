"""Packed activations and weights of Larq Compute Engine: planes of signs, made when something needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.convert.targets.expansion import Expansion
from tinyq.convert.targets.signs import SignArray, weights_of
from tinyq.core.packed_activations import pack_codes, words_of

_SMALLEST = np.finfo(np.float32).tiny


class Plane:
    """The signs of an activation, packed or as float32 -1 and +1, and their negatives."""

    def __init__(
        self, graph: Expansion, image: Sequence[int], real: Callable[[bool], int], packed: int | None = None
    ) -> None:
        """
        Args:
            graph: where operators go.
            image: shape in signs.
            real: (negated) -> a float32 tensor, at least 0 where the sign, or its negative, is +1.
            packed: the packed tensor, if it is there already.
        """
        self._graph, self._image, self._make = graph, tuple(image), real
        self._packed: dict[bool, int] = {} if packed is None else {False: packed}
        self._unpacked: int | None = None

    def packed(self, negated: bool = False) -> int:
        """int32 [..., words]."""
        if negated not in self._packed:
            real = self._make(negated)
            shape = (*self._image[:-1], words_of(self._image[-1]))
            name = f"{self._graph.tensors[real].name}/signs"
            made = self._graph.tensor(name, shape, "int32")
            self._packed[negated] = self._graph.emit("LceQuantize", [real], made)
        return self._packed[negated]

    def unpacked(self) -> int:
        """float32 [..., channels]."""
        if self._unpacked is None:
            packed = self.packed()
            made = self._graph.tensor(f"{self._graph.tensors[packed].name}/unpacked", self._image)
            self._unpacked = self._graph.emit("LceDequantize", [packed], made)
        return self._unpacked


def plane_of_packed(graph: Expansion, image: Sequence[int], packed: int) -> Plane:
    """The signs that an operator has packed."""

    def real(negated: bool) -> int:
        return graph.pointwise("MUL", plane.unpacked(), -1.0 if negated else 1.0)

    plane = Plane(graph, image, real, packed)
    return plane


def plane_of_sign(graph: Expansion, x: int) -> Plane:
    """The signs of float32 numbers that are never 0."""
    return Plane(graph, graph.shape(x), lambda negated: graph.pointwise("MUL", x, -1.0 if negated else 1.0))


def next_above(threshold: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The smallest float32 that is larger, of those that no processor takes for 0.

    Example:
        >>> next_above(np.float32([0.5, -1.1754944e-38])).tolist()
        [0.5000000596046448, 0.0]
    """
    above = np.nextafter(threshold, np.float32(np.inf), dtype=np.float32)
    tiny = np.abs(above) < _SMALLEST
    return np.where(tiny, np.where(threshold < 0, np.float32(0), _SMALLEST), above).astype(np.float32)


def plane_above(graph: Expansion, x: int, threshold: npt.NDArray[np.float32], falling: bool) -> Plane:
    """+1 where x > threshold; `falling`: where it is not. A float32 difference has the right sign."""
    above = next_above(threshold)

    def real(negated: bool) -> int:
        if negated == falling:
            return graph.pointwise("ADD", x, -above)
        return graph.pointwise("ADD", graph.pointwise("MUL", x, -1.0), threshold)

    return Plane(graph, graph.shape(x), real)


@dataclass(frozen=True, eq=False)
class PlaneCodes:
    """Few-bit codes of an activation.

    Args:
        graph: where operators go.
        levels: how many.
        image: shape in codes.
        planes: see `tinyq.convert.targets.signs`.
        one: whether both planes of three levels are the same one: the code 0 is at borders only.
    """

    graph: Expansion
    levels: int
    image: tuple[int, ...]
    planes: tuple[Plane, ...]
    one: bool = False

    def real(self) -> int:
        """The codes as float32."""
        if self.one:
            return self.planes[0].unpacked()
        weights, total = weights_of(self.levels), -1
        for plane, weight in zip(self.planes, weights, strict=True):
            term = self.graph.pointwise("MUL", plane.unpacked(), weight)
            total = term if total < 0 else self.graph.pointwise("ADD", total, term)
        return total


def codes_by_thresholds(
    graph: Expansion, x: int, thresholds: npt.NDArray[np.float32], levels: int, falling: bool
) -> PlaneCodes:
    """What a quantizer makes of float32 numbers; thresholds [levels - 1] or [c, levels - 1]."""
    above = [plane_above(graph, x, thresholds[..., k], falling) for k in range(levels - 1)]
    if levels > 3:
        total = above[0].unpacked()
        for plane in above[1:]:
            total = graph.pointwise("ADD", total, plane.unpacked())
        return codes_of_real(graph, total, levels)
    if falling:
        above.reverse()
    one = levels == 3 and bool((thresholds[..., 0] == thresholds[..., 1]).all())
    return PlaneCodes(graph, levels, graph.shape(x), tuple([above[0]] * 2 if one else above), one)


def codes_of_real(graph: Expansion, codes: int, levels: int) -> PlaneCodes:
    """Codes of more than three levels, given as float32 odd integers."""
    planes: list[Plane] = []
    left = codes
    for weight in reversed(weights_of(levels)):
        planes.insert(0, plane_of_sign(graph, left))
        if weight > 1:
            left = graph.pointwise("ADD", left, graph.pointwise("MUL", planes[0].unpacked(), -weight))
    return PlaneCodes(graph, levels, graph.shape(codes), tuple(planes))


def filter_of_planes(
    graph: Expansion,
    name: str,
    planes: SignArray,
    gains: Sequence[npt.ArrayLike],
    constant: npt.ArrayLike = 0.0,
) -> tuple[int, int]:
    """A filter that is unpacked at run time: sum of gains * planes, and a constant.

    Args:
        graph: where operators go.
        name: of the weights.
        planes: int8 [planes, ...], the shape of the filter behind the first axis.
        gains: of each plane, numbers that broadcast to the filter.
        constant: likewise.

    Returns:
        A float32 tensor, and the bytes of the packed planes.
    """
    shape, total, stored = planes.shape[1:], -1, 0
    for m, (plane, gain) in enumerate(zip(planes, gains, strict=True)):
        packed = pack_codes(plane.reshape(1, -1), 2)
        stored += packed.nbytes
        source = graph.constant(f"{name}/plane_{m}", packed)
        flat = graph.emit("LceDequantize", [source], graph.tensor(f"{name}/signs_{m}", (1, plane.size)))
        term = graph.pointwise("MUL", graph.reshaped(flat, shape), gain)
        total = term if total < 0 else graph.pointwise("ADD", total, term)
    return graph.pointwise("ADD", total, constant), stored
