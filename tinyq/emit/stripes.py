"""Stripes: a run of layers that is executed tile by tile along one axis, so that what lies between them
exists only as tiles.

All is known before the compiler runs: which rows (or columns) of its output a layer computes for a tile,
which of its input's it reads, and where they lie. Every row is computed once; those that a later tile reads
again stay in memory and are moved to its front. A tile is the same kernel called with other sizes. Where
a tile of columns is read from a whole input of several rows, the input keeps its sizes and the padding gets
smaller, below 0: the tile begins that far inside.
Source: MCUNetV2 (Lin et al., arXiv 2110.15352), which computes again what tiles share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinyq.core.kernels import Step
from tinyq.core.params import AddDims, CountDims, Dims, RowsDims
from tinyq.emit.tensors import tensor_bytes
from tinyq.graph.ir import Graph

AXES = ("h", "w")
# Kernels whose filter or pool walks over the input, and those that work on each position by itself.
WINDOWS: tuple[str, ...] = ("conv_2d_", "depthwise_conv_2d_", "average_pool_2d_", "max_pool_2d_")
WINDOWS += ("lce_bconv_2d_", "lce_max_pool_2d_")
POINTWISE: tuple[str, ...] = ("add_", "sub_", "mul_", "requantize_", "clamp_", "quantize_", "dequantize_")
POINTWISE += ("lce_quantize_", "lce_dequantize_", "softmax_")


@dataclass(frozen=True)
class Tile:
    """What a layer does for one tile; all numbers count rows or columns.

    Args:
        pad: pad_top or pad_left.
        input: size of the (first) input.
        output: how many are computed; 0: nothing is done.
        start: for each input, where it begins in that input's memory.
        to: where the output begins in its memory: behind what is kept of earlier tiles.
        moved: what is kept begins here, and moves to 0 before the layer runs.
    """

    pad: int = 0
    input: int = 0
    output: int = 0
    start: tuple[int, ...] = (0,)
    to: int = 0
    moved: int = 0


@dataclass(frozen=True, eq=False)
class Tiling:
    """One layer of a stripe.

    Args:
        step, axis: its step, and the stripe's axis.
        tiles: what it does for each tile.
        rows_of_one: where dims tell no height and width, how many of their elements (or rows) make a row or
            column of the output; else 0.
    """

    step: Step
    axis: str
    tiles: tuple[Tile, ...]
    rows_of_one: int

    @property
    def all_dims(self) -> list[Any]:
        """The kernel's dims for each tile that differs in size from the ones before."""
        sizes = dict.fromkeys((tile.input, tile.output) for tile in self.tiles if tile.output)
        return [tile_dims(self.step.dims, self.axis, *size, self.rows_of_one) for size in sizes]

    @property
    def every_dims(self) -> list[Any]:
        """Them for each tile, in which something is done."""
        tiles = [tile for tile in self.tiles if tile.output]
        return [tile_dims(self.step.dims, self.axis, t.input, t.output, self.rows_of_one) for t in tiles]

    @property
    def begins_inside(self) -> bool:
        """Whether padding is below 0 for some tile."""
        return any(tile.pad < 0 for tile in self.tiles)

    @property
    def largest_dims(self) -> Any:
        """Those of the tile with the largest output."""
        tile = max(self.tiles, key=lambda tile: tile.output)
        return tile_dims(self.step.dims, self.axis, tile.input, tile.output, self.rows_of_one)


@dataclass(frozen=True, eq=False)
class Stripe:
    """Steps first .. last, executed tile by tile.

    Args:
        first, last: numbers of steps.
        axis: "h": tiles are rows, or "w": columns.
        tilings: one a step.
        tile_bytes: tensor between the steps -> bytes of its memory.
        position_bytes: tensor -> bytes of one row or column, of all that the steps read and write.
        kept: tensors of which some rows outlive a tile.
        moved_bytes: how many bytes are moved to the front of their memory, in all.
    """

    first: int
    last: int
    axis: str
    tilings: tuple[Tiling, ...]
    tile_bytes: Mapping[int, int]
    position_bytes: Mapping[int, int]
    kept: frozenset[int] = field(default_factory=frozenset)
    moved_bytes: int = 0

    @property
    def count(self) -> int:
        """How many tiles."""
        return len(self.tilings[0].tiles)


@dataclass(frozen=True)
class Window:
    """How a kernel reads along an axis."""

    taps: int = 1
    stride: int = 1
    dilation: int = 1
    pad: int = 0

    def first(self, output: int, size: int) -> int:
        """The first of `size` positions that the output at `output`, and those behind it, read."""
        return min(max(output * self.stride - self.pad, 0), size)

    def end(self, output: int, size: int) -> int:
        """Behind the last position that the outputs before `output` read."""
        last = (output - 1) * self.stride - self.pad + (self.taps - 1) * self.dilation
        return min(max(last + 1, 0), size) if output else 0


def window_of(step: Step, axis: str) -> Window | None:
    """How a step reads along an axis; None where its kernel cannot be called for tiles."""
    if step.kernel.startswith(POINTWISE):
        return Window()
    if not step.kernel.startswith(WINDOWS):
        return None
    params = step.params
    taps = getattr(params, f"filter_{axis}", None) or getattr(step.dims.filter, axis)
    pad = params.pad_top if axis == "h" else params.pad_left
    return Window(taps, getattr(params, f"stride_{axis}"), getattr(params, f"dilation_{axis}", 1), pad)


def tile_dims(dims: Any, axis: str, size_in: int, size_out: int, rows_of_one: int) -> Any:
    """A kernel's dims with the sizes of a tile.

    Example:
        >>> tile_dims(CountDims(600), "h", 5, 5, 20)
        CountDims(count=100)
    """
    if isinstance(dims, CountDims):
        return CountDims(size_out * rows_of_one)
    if isinstance(dims, RowsDims):
        return RowsDims(size_out * rows_of_one, dims.depth)
    if is_flat(dims):
        return AddDims(*[Dims(1, 1, 1, size_out * rows_of_one)] * 3)
    sizes = {"input": size_in, "output": size_out}
    if isinstance(dims, AddDims):
        sizes = dict.fromkeys((*unbroadcast(dims, axis), "output"), size_out)
    changed = {name: dataclasses.replace(getattr(dims, name), **{axis: size}) for name, size in sizes.items()}
    return dataclasses.replace(dims, **changed)


def is_flat(dims: Any) -> bool:
    """Whether two inputs are told as rows of elements, as those of one shape are."""
    flat = isinstance(dims, AddDims) and dims.output == Dims(1, 1, 1, dims.output.c)
    return flat and dims.input1 == dims.input2 == dims.output


def unbroadcast(dims: AddDims, axis: str) -> tuple[str, ...]:
    """The inputs that are not broadcast along an axis."""
    return tuple(name for name in ("input1", "input2") if getattr(getattr(dims, name), axis) > 1)


def make_stripe(
    graph: Graph, steps: Sequence[Step], aliases: Mapping[int, int], run: range, axis: str, rows: int
) -> Stripe | None:
    """Some steps in tiles of `rows` rows (or columns) of the last one's output; None: that cannot be.

    Args:
        graph, steps: a lowered graph without its reshapes.
        aliases: tensor that a reshape made -> the tensor whose memory it is.
        run: numbers of the steps.
        axis: "h" or "w".
        rows: below the size of the output on the axis, or the answer is None.
    """
    made = _Run(graph, steps, aliases, run, axis)
    if not made.possible():
        return None
    size = made.size(steps[run[-1]].output)
    if not 0 < rows < size:
        return None
    made.walk_back([min(end, size) for end in range(rows, size + rows, rows)])
    return made.stripe()


@dataclass
class _Held:
    """A tensor between the steps: for each tile, what part of it there is."""

    ends: list[int]  # computed so far
    bases: list[int]  # the first that is still there

    def kept(self, tile: int) -> int:
        """How many there are before the tile's own are computed."""
        return (self.ends[tile - 1] if tile else 0) - self.bases[tile]

    def moved(self, tile: int) -> int:
        """Where they are, in the memory of the tile before."""
        return self.bases[tile] - self.bases[tile - 1] if tile and self.kept(tile) else 0

    @property
    def all_moved(self) -> int:
        """How many are moved, in all."""
        return sum(self.kept(tile) for tile in range(len(self.ends)) if self.moved(tile))

    @property
    def extent(self) -> int:
        """The most that there are at a time."""
        return max(end - base for end, base in zip(self.ends, self.bases, strict=True))


class _Run:
    """The steps of a stripe, while it is made."""

    def __init__(
        self, graph: Graph, steps: Sequence[Step], aliases: Mapping[int, int], run: range, axis: str
    ) -> None:
        self.graph, self.steps, self.aliases, self.axis = graph, steps, aliases, axis
        self.first, self.last = run[0], run[-1]
        self.run = [steps[number] for number in run]
        windows = {step: window_of(step, axis) for step in self.run}
        self.windows = {step: window for step, window in windows.items() if window is not None}
        self.made = {step.output: number for number, step in enumerate(self.run)}
        self.held: dict[int, _Held] = {}

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self.graph.tensors[tensor].shape

    def size(self, tensor: int) -> int:
        return self.shape(tensor)[1 if self.axis == "h" else 2]

    def one_piece(self, tensor: int) -> bool:
        """Whether neighbouring rows (or columns) lie in memory one behind the other."""
        return self.axis == "h" or self.shape(tensor)[1] == 1

    def broadcast(self, step: Step, tensor: int) -> bool:
        return self.size(tensor) == 1 and self.size(step.output) > 1 and isinstance(step.dims, AddDims)

    def between(self) -> Iterable[int]:
        """Tensors that exist only as tiles."""
        return (step.output for step in self.run[:-1])

    def possible(self) -> bool:
        """Whether these steps can be a stripe, whatever the tiles are."""
        tensors = {tensor for step in self.run for tensor in (*step.inputs, step.output)}
        if any(len(self.shape(tensor)) != 4 or self.shape(tensor)[0] != 1 for tensor in tensors):
            return False
        if len(self.windows) < len(self.run) or not self.one_piece(self.run[-1].output):
            return False
        return len(self.run) > 1 and all(self._stays_inside(tensor) for tensor in self.between())

    def _stays_inside(self, tensor: int) -> bool:
        """Whether only steps of the run read a tensor, under its own name, and some step does."""
        if tensor in self.graph.outputs or tensor in self.aliases.values():
            return False
        readers = [number for number, step in enumerate(self.steps) if tensor in step.inputs]
        broadcast = any(self.broadcast(self.steps[number], tensor) for number in readers)
        return bool(readers) and readers[-1] <= self.last and not broadcast

    def walk_back(self, ends: list[int]) -> None:
        """From the last output's `ends`, one a tile, find what of every tensor there is."""
        count = len(ends)
        self.held = {self.run[-1].output: _Held(ends, [0] * count)}
        for tensor in reversed(list(self.between())):
            size = self.size(tensor)
            held = _Held([0] * count, [size] * count)
            for step in self.run[self.made[tensor] + 1 :]:
                if tensor in step.inputs:
                    window, wanted = self.windows[step], self.held[step.output].ends
                    for t in range(count):
                        held.ends[t] = max(held.ends[t], window.end(wanted[t], size))
                        start = window.first(wanted[t - 1] if t else 0, size)
                        held.bases[t] = min(held.bases[t], start)
            for t in range(count):
                held.bases[t] = min(held.bases[t], held.ends[t - 1] if t else 0)
            self.held[tensor] = held

    def stripe(self) -> Stripe | None:
        """What was found; None where tiles would have to be cut out of rows."""
        tilings = []
        for step in self.run:
            tiles = tuple(self._tile(step, t) for t in range(len(self.held[step.output].ends)))
            if None in tiles:
                return None
            per_position = _rows_of_one(step, self.size(step.output))
            tilings.append(Tiling(step, self.axis, tuple(t for t in tiles if t), per_position))
        between = {tensor: self.held[tensor] for tensor in self.between()}
        kept = {t for t, held in between.items() if any(held.kept(i) for i in range(len(held.ends)))}
        if not all(self.one_piece(tensor) for tensor in kept):
            return None
        tensors = {tensor for step in self.run for tensor in (*step.inputs, step.output)}
        pitch = {t: tensor_bytes(self.graph.tensors[t]) // self.size(t) for t in tensors}
        moved = sum(pitch[tensor] * between[tensor].all_moved for tensor in kept)
        sizes = {t: max(held.extent, 1) * pitch[t] for t, held in between.items()}
        return Stripe(self.first, self.last, self.axis, tuple(tilings), sizes, pitch, frozenset(kept), moved)

    def _tile(self, step: Step, t: int) -> Tile | None:
        held = self.held[step.output]
        begin, end = held.ends[t - 1] if t else 0, held.ends[t]
        whole = step is self.run[-1]
        to, moved = (begin, 0) if whole else (held.kept(t), held.moved(t))
        if begin == end:
            return Tile(start=(0,) * len(step.inputs), to=to, moved=moved)
        starts, pad, size = [], 0, 0
        for number, tensor in enumerate(step.inputs):
            part = self._part(step, tensor, t, begin, end)
            if part is None:
                return None
            starts.append(part[0])
            if number == 0:
                pad, size = part[1:]
        return Tile(pad, size, end - begin, tuple(starts), to, moved)

    def _part(self, step: Step, tensor: int, t: int, begin: int, end: int) -> tuple[int, int, int] | None:
        """Where what outputs begin .. end - 1 read begins in a tensor's memory, the padding, and its size."""
        window = self.windows[step]
        size, held = self.size(tensor), self.held.get(tensor)
        base, there = (held.bases[t], held.ends[t]) if held else (0, size)
        if self.broadcast(step, tensor):
            return 0, 0, 1
        # Where all is padding, one position that nobody reads: no kernel sees an empty input.
        start = min(window.first(begin, size), size - 1)
        wanted = max(window.end(end, size), start + 1)
        pad = window.pad - begin * window.stride
        if self.one_piece(tensor):
            return start - base, pad + start, wanted - start
        if step.kernel.startswith(POINTWISE) and (base, there) != (begin, end):
            return None
        return 0, pad + base, there - base


def _rows_of_one(step: Step, size: int) -> int:
    dims = step.dims
    if isinstance(dims, CountDims):
        return dims.count // size
    if is_flat(dims):
        return int(dims.output.c // size)
    return dims.rows // size if isinstance(dims, RowsDims) else 0
