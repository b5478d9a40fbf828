"""bytes -> Graph: real and hand-made files, and each thing that is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tflite
from graph.graph_builders import activation, every_kind, locate, patched, same, small, unchecked
from tools_required import shared

from tinyq.core.errors import GraphError
from tinyq.graph import Graph, Operator, parse, read, serialize
from tinyq.graph.operators import KINDS

FILE = serialize(small())


def changed_tensor(graph: Graph, index: int, **changes: object) -> Graph:
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(graph, tensors=tuple(tensors))


def test_every_field_survives_the_way_to_bytes_and_back() -> None:
    graph = every_kind()
    assert {operator.kind for operator in graph.operators} == set(KINDS)
    assert same(parse(serialize(graph), "chain"), graph)


def test_read_equals_parse(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(FILE)
    assert same(read(tmp_path / "m.tflite"), parse(FILE, "m"))
    assert same(read(str(tmp_path / "m.tflite")), parse(bytearray(FILE), "m"))


def test_missing_file_folder_and_empty_file_are_graph_errors(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="No such file"):
        read(tmp_path / "none.tflite")
    with pytest.raises(GraphError, match="is a folder"):
        read(tmp_path)
    (tmp_path / "empty.tflite").touch()
    with pytest.raises(GraphError, match="0 bytes"):
        read(tmp_path / "empty.tflite")


def test_constants_and_quantization_cannot_be_written() -> None:
    graph = parse(FILE, "m")
    for tensor in graph.tensors:
        if tensor.data is not None:
            with pytest.raises(ValueError, match="read-only"):
                tensor.data[...] = 0
        if tensor.quantization is not None:
            with pytest.raises(ValueError, match="read-only"):
                tensor.quantization.scale[...] = 1


def test_options_left_out_have_the_schemas_defaults() -> None:
    graph = parse(FILE, "m")
    assert graph.operators[2].options == {
        "fused_activation_function": "RELU",
        "weights_format": "DEFAULT",
        "keep_num_dims": False,
        "asymmetric_quantize_inputs": False,
        "quantized_bias_type": "FLOAT32",
    }


def test_operator_without_options_table_has_the_defaults() -> None:
    graph = replace(small(), operators=(Operator("CONV_2D", (0, 6), (3,)), Operator("RESHAPE", (3, 4), (9,))))
    data = unchecked(graph, Operator={"builtin_options": None, "builtin_options_type": None})
    options = parse(data, "bare").operators[0].options
    assert (options["dilation_h_factor"], options["stride_h"], options["padding"]) == (1, 0, "SAME")
    assert parse(data, "bare").operators[1].options == {"new_shape": ()}


@pytest.mark.parametrize("missing", ["builtin_code", "deprecated_builtin_code"])
def test_either_field_of_the_operator_code_is_enough(missing: str) -> None:
    graph = replace(small(), operators=small().operators[1:], inputs=(3,), signatures={})
    data = unchecked(graph, OperatorCode={missing: None})
    assert [op.kind for op in parse(data, "2019").operators] == ["RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]


def test_open_batch_is_one() -> None:
    graph = replace(small(), tensors=tuple(t for t in small().tensors if t.data is None))
    graph = replace(graph, operators=(Operator("SOFTMAX", (0,), (1,), {}),), outputs=(1,), signatures={})
    graph = replace(graph, tensors=(activation("a", 1, 3), activation("b", 1, 3)))
    data = unchecked(graph, Tensor={"shape_signature": lambda w: w._numbers([-1, 3])})
    assert [t.shape for t in parse(data, "batch").tensors] == [(1, 3), (1, 3)]


@pytest.mark.parametrize(
    ("shape", "signature"), [((1, 1), (-1, -1)), ((1, 1), (1, -1)), ((2, 3), (-1, 3)), ((1, 3), (1, -1))]
)
def test_dynamic_shapes_are_refused(shape: tuple[int, ...], signature: tuple[int, ...]) -> None:
    graph = Graph(
        (activation("a", *shape), activation("b", *shape)), (Operator("SOFTMAX", (0,), (1,)),), (0,), (1,)
    )
    data = unchecked(graph, Tensor={"shape_signature": lambda w: w._numbers(signature)})
    with pytest.raises(GraphError, match=r"tensor 0 'a': dynamic shape") as caught:
        parse(data, "dynamic.tflite")
    assert "batch_size=1" in caught.value.remedy


@pytest.mark.parametrize("signature", [(1,), (1, 4), (-1, 4), (1, 3, 1), (1, -2), (1,) * 40_000])
def test_signature_that_contradicts_the_shape_is_refused(signature: tuple[int, ...]) -> None:
    graph = Graph(
        (activation("a", 1, 3), activation("b", 1, 3)), (Operator("SOFTMAX", (0,), (1,)),), (0,), (1,)
    )
    with pytest.raises(GraphError, match="signature"):
        parse(unchecked(graph, Tensor={"shape_signature": lambda w: w._numbers(signature)}), "odd")


@pytest.mark.parametrize(
    "shape", [(0,), (1, -1), (-(2**31),), (2**31 - 1,) * 8, (2**16, 2**16), (1,) * 9, (1,) * 40_000]
)
def test_absurd_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(GraphError, match="tensor 3 'conv'"):
        parse(unchecked(changed_tensor(small(), 3, shape=shape)), "shape")


def test_unknown_operators_are_listed_together_with_their_layers() -> None:
    graph = small()
    data = serialize(graph)
    data = patched(
        data, locate(data, "operator_codes.1.builtin_code"), tflite.BuiltinOperator.TRANSPOSE, "<i"
    )
    data = patched(data, locate(data, "operator_codes.3.builtin_code"), 9999, "<i")
    data = patched(data, locate(data, "operator_codes.0.custom_code") + 4, ord("X"), "<B")
    with pytest.raises(GraphError) as caught:
        parse(data, "m.tflite")
    assert caught.value.got.splitlines()[1:] == [
        "    operator 0 custom operator 'XqConv2D' (layer 'conv')",
        "    operator 1 TRANSPOSE (layer 'flat')",
        "    operator 3 built-in 9999 (layer 'softmax')",
    ]
    assert "CONV_2D" in caught.value.allowed


def test_custom_operator_with_a_built_in_name_is_unknown() -> None:
    data = unchecked(small(), OperatorCode={"custom_code": lambda w: w._builder.CreateString("SOFTMAX")})
    with pytest.raises(GraphError, match="operator 0 custom operator 'SOFTMAX'"):
        parse(data, "m")


@pytest.mark.parametrize("count", [0, 2, 50])
def test_other_numbers_of_subgraphs_are_refused(count: int) -> None:
    def subgraphs(writer: object) -> int:
        return writer._offsets([writer._table("SubGraph") for _ in range(count)])

    with pytest.raises(GraphError, match=f"{count} subgraphs"):
        parse(unchecked(small(), Model={"subgraphs": subgraphs}), "m")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("subgraphs.0.operators.1.opcode_index", 4, "operator code 4"),
        ("subgraphs.0.operators.1.opcode_index", 2**32 - 1, "operator code 4294967295"),
        ("subgraphs.0.tensors.1.buffer", 99, "buffer 99"),
        ("metadata.0.buffer", 99, "buffer 99"),
        ("subgraphs.0.operators.1.inputs.0", 11, "tensor 11"),
        ("subgraphs.0.operators.1.inputs.0", 2**32 - 1, "tensor -1"),
        ("subgraphs.0.operators.1.outputs.0", 2**31, "tensor -2147483648"),
        ("subgraphs.0.inputs.0", 77, "tensor 77"),
        ("subgraphs.0.outputs.0", 77, "tensor 77"),
        ("signature_defs.0.outputs.0.tensor_index", 77, "tensor 77"),
        ("subgraphs.0.tensors.1.shape.0", 5, "4 bytes"),
        ("subgraphs.0.tensors.6.shape.1", 31, "96 bytes"),
    ],
)
def test_index_or_size_out_of_range_is_refused(path: str, value: int, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        parse(patched(FILE, locate(FILE, path), value), "index")


@pytest.mark.parametrize(
    ("table", "edit", "message"),
    [
        ("Buffer", {"offset": 4096, "size": 4}, "lies outside the flatbuffer"),
        ("Tensor", {"is_variable": True}, "is sparse or a variable"),
        ("Tensor", {"sparsity": lambda w: w._table("Buffer")}, "is sparse or a variable"),
        ("Tensor", {"type": tflite.TensorType.STRING}, "dtype string"),
        ("Tensor", {"type": tflite.TensorType.INT4}, "dtype int4"),
        ("Tensor", {"type": 127}, "dtype 127"),
        ("Tensor", {"type": -5}, "dtype -5"),
        ("QuantizationParameters", {"details_type": 1}, "custom quantization"),
        ("QuantizationParameters", {"zero_point": None}, "1 scales, 0 zero points"),
        ("QuantizationParameters", {"scale": None}, "0 scales, 1 zero points"),
        ("QuantizationParameters", {"quantized_dimension": 4}, "quantized axis 4"),
        ("QuantizationParameters", {"quantized_dimension": -1}, "quantized axis -1"),
        ("SignatureDef", {"subgraph_index": 1}, "subgraph 1"),
        ("OperatorCode", {"version": 0}, "version 0"),
        ("OperatorCode", {"version": -(2**31)}, "version -2147483648"),
        ("Operator", {"custom_options_format": 1}, "not a FlexBuffer"),
        ("Operator", {"large_custom_options_offset": 9, "large_custom_options_size": 9}, "not a FlexBuffer"),
        ("Operator", {"custom_options": None}, "0 bytes of options"),
    ],
)
def test_what_tinyq_does_not_read_is_refused(table: str, edit: dict[str, object], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        parse(unchecked(small(), **{table: edit}), "m")


def test_options_table_of_another_operator_is_refused() -> None:
    options = {
        "builtin_options_type": tflite.BuiltinOptions.Pool2DOptions,
        "builtin_options": lambda w: w._table("Pool2DOptions"),
    }
    with pytest.raises(GraphError, match=r"operator 1 RESHAPE \(layer 'flat'\): options of type 5"):
        parse(unchecked(small(), Operator=options), "m")


@pytest.mark.parametrize("value", [6, -1, 127, -128])
def test_enum_without_such_a_member_is_refused(value: int) -> None:
    with pytest.raises(GraphError, match="fused_activation_function"):
        parse(unchecked(small(), FullyConnectedOptions={"fused_activation_function": value}), "m")


@pytest.mark.parametrize("beta", [float("nan"), float("inf")])
def test_option_that_is_not_finite_is_refused(beta: float) -> None:
    with pytest.raises(GraphError, match="beta"):
        parse(unchecked(small(), SoftmaxOptions={"beta": beta}), "m")


def test_name_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(GraphError, match="not UTF-8"):
        parse(patched(FILE, locate(FILE, "subgraphs.0.tensors.0.name") + 4, 0xFF, "<B"), "m")


def test_hostile_names_do_not_blow_up_the_message() -> None:
    graph = changed_tensor(small(), 3, name="\x1b[31m" + "n" * 1_000_000, shape=(0,))
    with pytest.raises(GraphError) as caught:
        parse(unchecked(graph), "m")
    assert len(str(caught.value)) < 1000 and "\x1b" not in str(caught.value)


def test_signature_name_twice_is_refused() -> None:
    def doubled(writer: object) -> int:
        return writer._offsets([writer._table("TensorMap", name=writer._text("x")) for _ in range(2)])

    with pytest.raises(GraphError, match="the name 'x' twice"):
        parse(unchecked(small(), SignatureDef={"inputs": doubled}), "m")


def test_first_of_two_metadata_entries_of_one_name_is_kept() -> None:
    data = serialize(replace(small(), metadata={"min": b"1.14", "mix": b"0"}))
    data = patched(data, locate(data, "metadata.1.name") + 4 + 2, ord("n"), "<B")
    assert parse(data, "m").metadata == {"min": b"1.14"}


MODELS = [
    "kws_ref_model.tflite",
    "kws_ref_model_float32.tflite",
    "pretrainedResnet.tflite",
    "pretrainedResnet_quant.tflite",
]


@pytest.mark.parametrize("name", MODELS)
def test_mlperf_models_survive_rewriting(name: str) -> None:
    graph = read(shared("models", name))
    assert same(parse(serialize(graph), name), graph)


def test_mlperf_keyword_model_is_read_as_it_is() -> None:
    graph = read(shared("models", "kws_ref_model.tflite"))
    assert [operator.kind for operator in graph.operators] == [
        "CONV_2D",
        *["DEPTHWISE_CONV_2D", "CONV_2D"] * 4,
        "AVERAGE_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    image = graph.tensors[graph.inputs[0]]
    assert (image.shape, image.dtype, image.quantization.zero_point.tolist()) == (
        (1, 49, 10, 1),
        "int8",
        [83],
    )
    filters = graph.tensors[graph.operators[1].inputs[1]]
    assert filters.data.shape == (1, 3, 3, 64) and filters.quantization.axis == 3
    assert graph.operators[0].options["padding"] == "SAME" and graph.operators[0].version == 3
    assert np.abs(filters.data.astype(int)).max(axis=(0, 1, 2)).tolist() == [127] * 64
