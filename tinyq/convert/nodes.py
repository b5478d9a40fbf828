"""A network as the front end sees it: one node an operation, with what it computes and what it is.

Kinds: "quantizer" (data: `Levels`, or how many levels if they are too many to pack), "low" (a layer between
low-bit activations and low-bit weights; data: `LowLayer`), "affine" (a batch norm; data: `Affine`), "relu",
"relu6", "identity", "max_pool" (data: options of MAX_POOL_2D), "flatten", and "host": all else, which the
stock converter turns into int8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.weight_levels import WeightLevels

Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Ref:
    """One tensor of the model, by number; `shape` is without the batch."""

    number: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """How a filter walks: (height, width) each; `padding` is SAME or VALID."""

    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    padding: str = "VALID"


@dataclass(frozen=True, eq=False)
class LowLayer:
    """A layer whose inputs and weights are codes.

    Args:
        operator: "conv", "depthwise" or "dense".
        weights: its kernel.
        bias: float32 [c_out], or None.
        window: of convolutions.
        pad_code: the input code that the border holds; 0 where nothing is padded.
        asked: scheme code that its quantizers ask for.
        keras: layer and weight, as reports say it.
        note: what a reader of the report should know of how it is stored.
    """

    operator: str
    weights: WeightLevels
    bias: Float32Array | None
    window: Window
    pad_code: int
    asked: str
    keras: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Affine:
    """Operations by channel in the order in which Keras computes them in float32: ("ADD" or "MUL", [c])."""

    steps: tuple[tuple[str, Float32Array], ...]

    @property
    def rising(self) -> bool:
        """Whether it keeps the order of numbers in every channel."""
        return all((values >= 0).all() for kind, values in self.steps if kind == "MUL")


@dataclass(frozen=True, eq=False)
class Node:
    """One operation.

    Args:
        name: path of the Keras layer.
        kind: see above.
        inputs, outputs: its tensors.
        run: TensorFlow tensors -> one tensor or several: what Keras computes.
        data: see above.
        foldable: whether the stock converter takes a batch norm behind it into its weights.
    """

    name: str
    kind: str
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    run: Callable[..., Any]
    data: Any = None
    foldable: bool = False

    @property
    def output(self) -> Ref:
        """Its only output."""
        return self.outputs[0]


@dataclass(frozen=True)
class Refusal:
    """A layer whose codes cannot be packed as its quantizers ask."""

    layer: str
    asked: str
    why: str
    remedy: str
    keras: str


@dataclass(frozen=True, eq=False)
class Network:
    """All nodes in an order in which they can run, and what could not be understood as low-bit layers."""

    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    nodes: tuple[Node, ...]
    refusals: tuple[Refusal, ...]

    def producers(self) -> Mapping[Ref, Node]:
        """The node that gives each tensor."""
        return {ref: node for node in self.nodes for ref in node.outputs}

    def readers(self) -> Mapping[Ref, list[Node | None]]:
        """The nodes that read each tensor; None stands for the model's output."""
        found: dict[Ref, list[Node | None]] = {}
        for node in self.nodes:
            for ref in dict.fromkeys(node.inputs):
                found.setdefault(ref, []).append(node)
        for ref in self.outputs:
            found.setdefault(ref, []).append(None)
        return found
