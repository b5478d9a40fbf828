"""Graph -> bytes of a .tflite file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
import tflite

from tinyq.core.files import write_whole
from tinyq.graph.checks import check_graph, operator_label
from tinyq.graph.ir import Graph, Operator, Tensor
from tinyq.graph.operators import KINDS
from tinyq.graph.options import write_flex, write_values
from tinyq.graph.schema import IDENTIFIER, TABLES, VERSION

# Alignment of constants: the schema's `force_align: 16`. Kernels read them where they lie.
BUFFER_ALIGN = 16
# `deprecated_builtin_code` is one byte; larger codes leave this mark there.
_PLACEHOLDER = tflite.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES


def write(graph: Graph, path: Path | str) -> None:
    """Write `graph` as a .tflite file, whole or not at all.

    Raises:
        GraphError: the graph breaks a rule of `check_graph`; nothing was written.
        TinyqError: the file cannot be written; what was there is untouched.
    """
    write_whole(Path(path), serialize(graph))


def serialize(graph: Graph) -> bytes:
    """The bytes of a .tflite file for `graph`: equal graphs give equal bytes.

    Constants are 16-byte aligned, equal ones are stored once, and shapes are written as static.

    Raises:
        GraphError: the graph breaks a rule of `check_graph`, or an option is wrong.
    """
    check_graph(graph, "graph to write")
    return _Writer(graph).file()


class _Writer:
    """One file. Flatbuffers are built from the leaves to the root."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._builder = flatbuffers.Builder(1 << 16)
        self._buffers: dict[bytes, int] = {b"": 0}  # content -> number; 0 must be the empty one
        self._codes: dict[tuple[str, int], int] = {}  # (kind, version) -> number
        self._written: dict[tuple[str, bytes], int] = {}  # (element type, content) -> offset

    def file(self) -> bytes:
        graph = self._graph
        subgraph = self._table(
            "SubGraph",
            tensors=self._offsets([self._tensor(t) for t in graph.tensors]),
            inputs=self._numbers(graph.inputs),
            outputs=self._numbers(graph.outputs),
            operators=self._offsets([self._operator(i) for i in range(len(graph.operators))]),
            name=self._text(graph.name),
        )
        metadata = [
            self._table("Metadata", name=self._text(name), buffer=self._buffer(content))
            for name, content in graph.metadata.items()
        ]
        signatures = [self._signature(key, *ends) for key, ends in graph.signatures.items()]
        model = self._table(
            "Model",
            version=VERSION,
            operator_codes=self._offsets([self._code(*code) for code in self._codes]),
            subgraphs=self._offsets([subgraph]),
            description=self._text(graph.description),
            buffers=self._offsets([self._buffer_table(content) for content in self._buffers]),
            metadata=self._offsets(metadata) if metadata else None,
            signature_defs=self._offsets(signatures) if signatures else None,
        )
        self._builder.Finish(model, file_identifier=IDENTIFIER)
        return bytes(self._builder.Output())

    def _table(self, kind: str, /, **values: Any) -> int:
        """A table by the generated functions; a value of None is left out."""
        getattr(tflite, f"{kind}Start")(self._builder)
        for field in TABLES[kind]:
            if values.get(field.name) is not None:
                getattr(tflite, f"{kind}Add{field.accessor}")(self._builder, values[field.name])
        return int(getattr(tflite, f"{kind}End")(self._builder))

    def _offsets(self, targets: Sequence[int]) -> int:
        self._builder.StartVector(4, len(targets), 4)
        for target in reversed(targets):
            self._builder.PrependUOffsetTRelative(target)
        return int(self._builder.EndVector())

    def _numbers(self, values: npt.ArrayLike, dtype: str = "<i4") -> int:
        array = np.asarray(values, dtype)
        return self._once(dtype, array.tobytes(), lambda: self._builder.CreateNumpyVector(array))

    def _text(self, text: str) -> int | None:
        return self._once("text", text.encode(), lambda: self._builder.CreateString(text)) if text else None

    def _once(self, kind: str, content: bytes, write: Callable[[], int]) -> int:
        """Equal vectors and strings lie in the file once: most shapes, options and zero points are equal."""
        if (kind, content) not in self._written:
            self._written[kind, content] = int(write())
        return self._written[kind, content]

    def _buffer(self, content: bytes) -> int:
        return self._buffers.setdefault(content, len(self._buffers))

    def _buffer_table(self, content: bytes) -> int:
        return self._table("Buffer", data=self._bytes(content) if content else None)

    def _bytes(self, content: bytes) -> int:
        self._builder.Prep(BUFFER_ALIGN, len(content))
        return int(self._builder.CreateByteVector(content))

    def _tensor(self, tensor: Tensor) -> int:
        content = b""
        if tensor.data is not None:
            content = tensor.data.astype(np.dtype(tensor.dtype).newbyteorder("<"), copy=False).tobytes()
        return self._table(
            "Tensor",
            shape=self._numbers(tensor.shape),
            type=getattr(tflite.TensorType, tensor.dtype.upper()),
            buffer=self._buffer(content),
            name=self._text(tensor.name),
            quantization=self._quantization(tensor),
            has_rank=True,
        )

    def _quantization(self, tensor: Tensor) -> int | None:
        if tensor.quantization is None:
            return None
        return self._table(
            "QuantizationParameters",
            scale=self._numbers(tensor.quantization.scale, "<f4"),
            zero_point=self._numbers(tensor.quantization.zero_point, "<i8"),
            quantized_dimension=tensor.quantization.axis,
        )

    def _operator(self, index: int) -> int:
        operator = self._graph.operators[index]
        values = write_values(
            operator.kind, operator.options, f"graph to write: {operator_label(self._graph, index)}"
        )
        code = self._codes.setdefault((operator.kind, operator.version), len(self._codes))
        return self._table(
            "Operator",
            opcode_index=code,
            inputs=self._numbers(operator.inputs),
            outputs=self._numbers(operator.outputs),
            **self._options(operator, values),
        )

    def _options(self, operator: Operator, values: Mapping[str, Any]) -> dict[str, int]:
        kind = KINDS[operator.kind]
        if not kind.options:
            return {}
        if kind.custom:
            content = write_flex(values)
            return {"custom_options": self._once("options", content, lambda: self._bytes(content))}
        vectors = {name: self._numbers(value) for name, value in values.items() if isinstance(value, tuple)}
        return {
            "builtin_options_type": getattr(tflite.BuiltinOptions, kind.options),
            "builtin_options": self._table(kind.options, **{**values, **vectors}),
        }

    def _code(self, kind: str, version: int) -> int:
        custom = KINDS[kind].custom
        number = tflite.BuiltinOperator.CUSTOM if custom else getattr(tflite.BuiltinOperator, kind)
        return self._table(
            "OperatorCode",
            deprecated_builtin_code=min(number, _PLACEHOLDER),
            custom_code=self._text(kind) if custom else None,
            version=version,
            builtin_code=number,
        )

    def _signature(self, key: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> int:
        def maps(names: Mapping[str, int]) -> int:
            return self._offsets(
                [
                    self._table("TensorMap", name=self._text(name), tensor_index=index)
                    for name, index in names.items()
                ]
            )

        return self._table(
            "SignatureDef", inputs=maps(inputs), outputs=maps(outputs), signature_key=self._text(key)
        )
