"""bytes of a .tflite file -> Graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import tflite
from flatbuffers.number_types import Int32Flags

from tinyq.core.errors import GraphError
from tinyq.graph.checks import DAMAGED, DTYPES, check_graph, check_shape, layer_name, tensor_label
from tinyq.graph.ir import Graph, Operator, Quantization, Tensor
from tinyq.graph.operators import KINDS
from tinyq.graph.options import read_flex, read_table
from tinyq.graph.verify import MAX_FILE_BYTES, verify

_BUILTINS: dict[int, str] = {
    number: name for name, number in vars(tflite.BuiltinOperator).items() if not name.startswith("_")
}
_BUILTIN_CODE_SLOT = 10
_TYPES: dict[int, str] = {
    number: name for name, number in vars(tflite.TensorType).items() if not name.startswith("_")
}


def read(path: Path | str) -> Graph:
    """Read a .tflite file.

    Args:
        path: the file.

    Returns:
        Its one subgraph. Shapes are static: a batch size left open is 1.

    Raises:
        GraphError: no such file, or not a .tflite file, or a damaged one, or one that holds what tinyq does
            not know; all unknown operators are in one error.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise GraphError(str(path), "is a folder", "a .tflite file")
        with path.open("rb") as stream:
            # One byte more than is allowed: so that an endless device or a huge file is refused, not read.
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise GraphError(str(path), f"cannot be read ({error.strerror or error})") from error
    return parse(data, str(path))


def parse(data: bytes, where: str) -> Graph:
    """Read the bytes of a .tflite file.

    Args:
        data: the whole file.
        where: its name, for errors.

    Returns:
        As `read`. Constants are read-only arrays.

    Raises:
        GraphError: as `read`.

    Example:
        >>> from tinyq.graph import Graph, Operator, Tensor, serialize
        >>> x, y = Tensor("x", (1, 4), "float32"), Tensor("y", (1, 4), "float32")
        >>> relu = Graph((x, y), (Operator("RELU", (0,), (1,)),), inputs=(0,), outputs=(1,))
        >>> parse(serialize(relu), "relu.tflite").operators[0].kind
        'RELU'
        >>> parse(serialize(relu)[:200], "cut.tflite")
        Traceback (most recent call last):
        tinyq.core.errors.GraphError: cut.tflite: Model...
    """
    data = bytes(data)
    verify(data, where)
    model = tflite.Model.GetRootAs(data, 0)
    if model.SubgraphsLength() != 1:
        raise GraphError(
            where, f"{model.SubgraphsLength()} subgraphs", "1", "use a model without control flow"
        )
    graph = _Reader(model, where).graph()
    check_graph(graph, where)
    return graph


class _Reader:
    """One verified file; indices and values are still anything."""

    def __init__(self, model: Any, where: str) -> None:
        self._model = model
        self._where = where
        self._subgraph = model.Subgraphs(0)

    def graph(self) -> Graph:
        kinds = self._kinds()
        tensors = tuple(self._tensor(i) for i in range(self._subgraph.TensorsLength()))
        return Graph(
            tensors=tensors,
            operators=tuple(self._operator(i, kind, tensors) for i, kind in enumerate(kinds)),
            inputs=_ints(self._subgraph, "Inputs"),
            outputs=_ints(self._subgraph, "Outputs"),
            name=_text(self._subgraph.Name(), self._where),
            description=_text(self._model.Description(), self._where),
            metadata=self._metadata(),
            signatures=self._signatures(),
        )

    def _kinds(self) -> list[str]:
        """The kind of every operator; all unknown ones are refused together."""
        codes = [self._code(i) for i in range(self._model.OperatorCodesLength())]
        kinds, unknown = [], []
        for i in range(self._subgraph.OperatorsLength()):
            operator = self._subgraph.Operators(i)
            if operator.OpcodeIndex() >= len(codes):
                raise GraphError(
                    f"{self._where}: operator {i}",
                    f"operator code {operator.OpcodeIndex()}",
                    f"0 to {len(codes) - 1}",
                    DAMAGED,
                )
            name, custom = codes[operator.OpcodeIndex()]
            kinds.append(name)
            if name not in KINDS or KINDS[name].custom != custom:
                shown = f"custom operator {name[:80]!r}" if custom else name
                unknown.append(f"operator {i} {shown}{self._layer(operator)}")
        if unknown:
            raise GraphError(
                self._where,
                "tinyq does not know\n    " + "\n    ".join(unknown),
                ", ".join(KINDS),
                "build the network from layers that become these operators",
            )
        return kinds

    def _code(self, index: int) -> tuple[str, bool]:
        """(name, whether custom) of an operator code. Files before 2020 have the deprecated field only."""
        code = self._model.OperatorCodes(index)
        # Read past the package's BuiltinCode(), which ignores codes below 127; TFLite takes the larger one.
        builtin = code._tab.GetSlot(_BUILTIN_CODE_SLOT, 0, Int32Flags)
        number = max(code.DeprecatedBuiltinCode(), builtin)
        if number == tflite.BuiltinOperator.CUSTOM:
            return _text(code.CustomCode(), f"{self._where}: operator code {index}"), True
        return _BUILTINS.get(number, f"built-in {number}"), False

    def _layer(self, operator: Any) -> str:
        outputs = _ints(operator, "Outputs")
        if not outputs or not 0 <= outputs[0] < self._subgraph.TensorsLength():
            return ""
        name = (self._subgraph.Tensors(outputs[0]).Name() or b"").decode(errors="replace")
        return layer_name((0,), (Tensor(name, (), ""),))

    def _tensor(self, index: int) -> Tensor:
        tensor = self._subgraph.Tensors(index)
        name = _text(tensor.Name(), f"{self._where}: tensor {index}")
        where = f"{self._where}: {tensor_label(index, name)}"
        shape = _ints(tensor, "Shape")
        _check_static(shape, _ints(tensor, "ShapeSignature"), where)
        dtype = _TYPES.get(tensor.Type(), str(tensor.Type())).lower()
        if dtype not in DTYPES:
            raise GraphError(where, f"dtype {dtype}", ", ".join(DTYPES))
        if tensor.Sparsity() is not None or tensor.IsVariable():
            raise GraphError(where, "is sparse or a variable", "dense activations and constants")
        data = self._constant(tensor.Buffer(), dtype, shape, where)
        return Tensor(name, shape, dtype, _quantization(tensor.Quantization(), where), data)

    def _constant(
        self, buffer: int, dtype: str, shape: tuple[int, ...], where: str
    ) -> npt.NDArray[Any] | None:
        content = self._buffer(buffer, where)
        if not content.size:
            return None
        stored = np.dtype(dtype).newbyteorder("<")
        expected = int(np.prod(shape, dtype=np.int64)) * stored.itemsize
        if content.size != expected:
            raise GraphError(where, f"{content.size} bytes", f"{expected} for {dtype} {list(shape)}", DAMAGED)
        array = content.view(stored).astype(dtype, copy=False).reshape(shape)
        array.flags.writeable = False
        return array

    def _buffer(self, index: int, where: str) -> npt.NDArray[np.uint8]:
        if index >= self._model.BuffersLength():
            raise GraphError(where, f"buffer {index}", f"0 to {self._model.BuffersLength() - 1}", DAMAGED)
        buffer = self._model.Buffers(index)
        if buffer.Offset() or buffer.Size():
            raise GraphError(where, f"buffer {index} lies outside the flatbuffer", "files below 2 GB")
        data = buffer.DataAsNumpy() if buffer.DataLength() else np.empty(0, np.uint8)
        return np.asarray(data, np.uint8)

    def _operator(self, index: int, kind: str, tensors: Sequence[Tensor]) -> Operator:
        operator = self._subgraph.Operators(index)
        outputs = _ints(operator, "Outputs")
        where = f"{self._where}: operator {index} {kind}{layer_name(outputs, tensors)}"
        if KINDS[kind].custom:
            if operator.CustomOptionsFormat() or operator.LargeCustomOptionsOffset():
                raise GraphError(where, "options that are not a FlexBuffer in the file", "FLEXBUFFERS")
            raw = operator.CustomOptionsAsNumpy() if operator.CustomOptionsLength() else b""
            options = read_flex(kind, bytes(raw), where)
        else:
            options = read_table(kind, operator, where)
        version = self._model.OperatorCodes(operator.OpcodeIndex()).Version()
        return Operator(kind, _ints(operator, "Inputs"), outputs, options, version)

    def _metadata(self) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for i in range(self._model.MetadataLength()):
            where = f"{self._where}: metadata {i}"
            entry = self._model.Metadata(i)
            # TensorFlow 2.19 writes min_runtime_version twice, the second time without content.
            found.setdefault(_text(entry.Name(), where), self._buffer(entry.Buffer(), where).tobytes())
        return MappingProxyType(found)

    def _signatures(self) -> Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]]:
        found: dict[str, tuple[Mapping[str, int], Mapping[str, int]]] = {}
        for i in range(self._model.SignatureDefsLength()):
            where = f"{self._where}: signature {i}"
            entry = self._model.SignatureDefs(i)
            if entry.SubgraphIndex():
                raise GraphError(where, f"subgraph {entry.SubgraphIndex()}", "0", DAMAGED)
            inputs = _names([entry.Inputs(j) for j in range(entry.InputsLength())], where)
            outputs = _names([entry.Outputs(j) for j in range(entry.OutputsLength())], where)
            _put(found, _text(entry.SignatureKey(), where), (inputs, outputs), where)
        return MappingProxyType(found)


def _names(maps: Sequence[Any], where: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for entry in maps:
        _put(found, _text(entry.Name(), where), entry.TensorIndex(), where)
    return MappingProxyType(found)


def _put(found: dict[str, Any], name: str, value: Any, where: str) -> None:
    if name in found:
        raise GraphError(where, f"the name {name[:80]!r} twice", "names that differ", DAMAGED)
    found[name] = value


def _check_static(shape: tuple[int, ...], signature: tuple[int, ...], where: str) -> None:
    """The converter writes 1 for a size that is left open, and -1 into the signature."""
    check_shape(shape, where)
    if not signature:
        return
    if len(signature) != len(shape) or any(s not in (-1, d) for s, d in zip(signature, shape, strict=True)):
        raise GraphError(
            where, f"shape {list(shape)} with signature {list(signature[:8])}", "equal, or -1", DAMAGED
        )
    if -1 in signature[1:] or (signature[0] == -1 and shape[0] != 1):
        raise GraphError(
            where,
            f"dynamic shape {list(signature)}",
            "fixed sizes; only the batch may be open, and counts as 1",
            "convert the model with every size of its input given: keras.Input(shape, batch_size=1)",
        )


def _quantization(found: Any, where: str) -> Quantization | None:
    if found is None:
        return None
    if found.DetailsType():
        raise GraphError(where, "custom quantization", "scales and zero points")
    scale = np.asarray(found.ScaleAsNumpy() if found.ScaleLength() else [], np.float32)
    zero_point = np.asarray(found.ZeroPointAsNumpy() if found.ZeroPointLength() else [], np.int64)
    if not scale.size and not zero_point.size:
        return None
    scale.flags.writeable = zero_point.flags.writeable = False
    return Quantization(scale, zero_point, found.QuantizedDimension())


def _ints(table: Any, field: str) -> tuple[int, ...]:
    vector = getattr(table, f"{field}AsNumpy")() if getattr(table, f"{field}Length")() else None
    return () if vector is None else tuple(vector.tolist())


def _text(raw: bytes | None, where: str) -> str:
    try:
        return (raw or b"").decode()
    except UnicodeDecodeError as error:
        raise GraphError(where, f"a name that is not UTF-8: {raw!r}"[:120], remedy=DAMAGED) from error
