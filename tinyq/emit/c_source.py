"""A laid-out model -> the text of its C files (templates/) and of the build files around them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.boards import Board
from tinyq.core.errors import EmitError
from tinyq.core.kernels import KERNELS, Step
from tinyq.core.resources import firmware_dir
from tinyq.emit.c_values import array_fields, c_array, c_type, struct_fields, struct_type
from tinyq.emit.endpoints import Endpoint, endpoint_of
from tinyq.emit.expected import constants_crc32, outputs_crc32
from tinyq.emit.identifiers import c_identifier, c_string, plain_text, unique_identifiers
from tinyq.emit.layout import Layout
from tinyq.emit.stripe_source import TilingText, tiling_text
from tinyq.emit.text_templates import text_templates
from tinyq.emit.used import used

# What a model's inputs and outputs may be: tq_dtype in tq.h.
ENDPOINT_DTYPES = ("int8", "int16", "int32", "float32")
CONSTANT_NAMES = ("weights", "bias")


@dataclass(frozen=True, eq=False)
class Array:
    """A constant array of the generated code."""

    name: str
    values: npt.NDArray[Any]
    comment: str

    @property
    def type(self) -> str:
        """C's element type."""
        return c_type(self.values.dtype.name, self.name)

    @property
    def initialiser(self) -> str:
        """Its elements in braces."""
        return c_array(self.values)


@dataclass(frozen=True)
class LayerText:
    """One layer as the templates see it."""

    identifier: str
    name: str  # C string
    kernel: str
    function: str
    comment: str
    params_type: str
    params: tuple[str, ...]
    dims_type: str
    dims: tuple[str, ...]
    inputs: tuple[str, ...]  # pointer expressions of a variadic kernel, else ()
    input_type: str  # their element type
    arguments: tuple[str, ...]
    output: str  # its first byte
    tiling: TilingText | None  # of a layer of a stripe


@dataclass(frozen=True)
class StripeText:
    """A stripe as the templates see it: numbers, and the layers' identifiers."""

    first: int
    tiles: int
    layers: tuple[str, ...]


class Source:
    """The text of every generated file of one model.

    Args:
        layout: the model's steps and memory plan.
        name: the model's name, as people write it.
        board: the board's facts.
        abi: TQ_ABI of the kernels that go with it.
    """

    def __init__(self, layout: Layout, name: str, board: Board, abi: int) -> None:
        self.layout = layout
        self.name = name
        self.board = board
        self.abi = abi
        self.identifier = c_identifier(name)
        self.arrays: dict[str, Array] = {}
        layers = unique_identifiers(step.name for step in layout.steps)
        self.layers = [self._layer(step, ident) for step, ident in zip(layout.steps, layers, strict=True)]
        self.stripes = [
            StripeText(stripe.first, stripe.count, tuple(layers[stripe.first : stripe.last + 1]))
            for stripe in layout.stripes
        ]
        self.ways = sorted(used(layout))
        self.inputs = self._endpoints("input", layout.graph.inputs)
        self.outputs = self._endpoints("output", layout.graph.outputs)

    def files(self, kernel_sources: tuple[str, ...], facts: Mapping[str, Any]) -> dict[str, str]:
        """File name -> text.

        Args:
            kernel_sources: paths of the C files to compile, relative to the folder.
            facts: what README.txt tells besides.
        """
        context = {
            "source": self,
            "upper": self.identifier.upper(),
            "constants_crc32": self.constants_crc32,
            "outputs_crc32": outputs_crc32(self.layout.graph),
            "arena_bytes": self.layout.plan.arena_bytes,
            "kernel_sources": kernel_sources,
            "kernel_headers": _kernel_headers(),
            "plain_name": plain_text(self.name),
            "c_name": c_string(self.name),
            **facts,
        }
        names = [path.removesuffix(".j2") for path in _ENVIRONMENT.list_templates()]
        return {name: _ENVIRONMENT.get_template(f"{name}.j2").render(context) for name in sorted(names)}

    @property
    def constants_crc32(self) -> int:
        """Of all its constants."""
        return constants_crc32([array.values for array in self.arrays.values()])

    @property
    def keeps_rows(self) -> bool:
        """Whether what is kept of a tile has to be moved."""
        return any(layer.tiling is not None and layer.tiling.kept for layer in self.layers)

    def _array(self, name: str, values: npt.NDArray[Any], comment: str) -> str:
        full = f"{self.identifier}_{name}"
        self.arrays[full] = Array(full, values, comment)
        return full

    def _layer(self, step: Step, identifier: str) -> LayerText:
        arrays = {
            field: self._array(
                f"{identifier}_{field.rpartition('.')[2]}", values, plain_text(f"{step.name}: {field}")
            )
            for field, values in array_fields(step.params).items()
        }
        kernel = KERNELS[step.kernel]
        inputs = tuple(self._input(tensor) for tensor in step.inputs)
        constants = tuple(
            "NULL" if values is None else self._array(f"{identifier}_{what}", values, f"{step.name}: {what}")
            for what, values in zip(CONSTANT_NAMES, self.layout.arranged(step).constants, strict=False)
        )
        scratch, output = self.layout.scratch_offset(step), self._pointer(step.output, const=False)
        tiling = tiling_text(self.layout, step)
        if tiling:
            inputs = tuple(f"{x}{start}" for x, start in zip(inputs, tiling.starts, strict=True))
        return LayerText(
            identifier,
            c_string(step.name),
            step.kernel,
            self.layout.variant(step).symbol,
            plain_text(f"{step.name}: {_work(step)}"),
            struct_type(step.params),
            tuple(struct_fields(step.params, arrays)),
            struct_type(step.dims),
            tuple(struct_fields(step.dims, {})),
            inputs if kernel.variadic else (),
            self._element(step.inputs[0]),
            (
                *(("inputs",) if kernel.variadic else inputs),
                *constants,
                f"{output}{tiling.to if tiling else ''}",
                *(() if scratch is None else (f"arena + {scratch}",)),
            ),
            f"arena + {self.layout.offset(step.output)}",
            tiling,
        )

    def _input(self, tensor: int) -> str:
        constant = self.layout.constant(tensor)
        if constant is None:
            return self._pointer(tensor, const=True)
        owner = self.layout.owner(tensor)
        values = np.asarray(constant.data)
        return self._array(f"constant_{owner}", values, plain_text(f"constant {constant.name}"))

    def _pointer(self, tensor: int, *, const: bool) -> str:
        element = self._element(tensor)
        qualifier = "const " if const else ""
        # Through void *: the arena is aligned, which a compiler with -Wcast-align cannot know.
        detour = f"({qualifier}void *)" if element in ("float", "int32_t", "int16_t") else ""
        return f"({qualifier}{element} *){detour}(arena + {self.layout.offset(tensor)})"

    def _element(self, tensor: int) -> str:
        """C's element type of a tensor."""
        return c_type(self.layout.graph.tensors[tensor].dtype, f"tensor {tensor}")

    def _endpoints(self, kind: str, tensors: tuple[int, ...]) -> list[Endpoint]:
        return [self._endpoint(f"{kind}_{i}", index) for i, index in enumerate(tensors)]

    def _endpoint(self, variable: str, index: int) -> Endpoint:
        tensor = self.layout.graph.tensors[index]
        if tensor.dtype not in ENDPOINT_DTYPES:
            where = f"input or output {tensor.name!r}"
            raise EmitError(where, f"elements of type {tensor.dtype}", ", ".join(ENDPOINT_DTYPES))
        return endpoint_of(variable, tensor, self.layout.offset(index))


def _kernel_headers() -> list[str]:
    """Names of the headers that declare kernels."""
    return sorted(path.name for path in (firmware_dir() / "include" / "tinyq").glob("tq_kernels*.h"))


def _work(step: Step) -> str:
    bits = f", {step.bit_operations} bit operations" if step.bit_operations else ""
    return f"{step.macs} multiply-accumulates{bits}"


_ENVIRONMENT = text_templates("templates")
_ENVIRONMENT.filters["product"] = math.prod
