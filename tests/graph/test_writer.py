"""Graph -> bytes: layout, determinism, and other interpreters' opinion."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tflite
from graph.graph_builders import activation, constant, every_kind, locate, runnable, same, small
from tools_required import need, shared

from tinyq.core.errors import GraphError, TinyqError
from tinyq.graph import Graph, Operator, parse, read, serialize, write


def model_of(data: bytes) -> Any:
    return tflite.Model.GetRootAs(data, 0)


@pytest.mark.parametrize(
    "graph", [every_kind(), small(), runnable()], ids=["every kind", "small", "runnable"]
)
def test_bytes_are_deterministic_and_a_fixed_point(graph: Graph) -> None:
    data = serialize(graph)
    assert serialize(graph) == data
    assert serialize(parse(data, "again")) == data


def test_constants_and_custom_options_are_16_byte_aligned() -> None:
    data = serialize(every_kind())
    model = model_of(data)
    for i in range(1, model.BuffersLength()):
        assert (locate(data, f"buffers.{i}.data") + 4) % 16 == 0
    assert (
        locate(data, f"subgraphs.0.operators.{len(every_kind().operators) - 1}.custom_options") + 4
    ) % 16 == 0


def test_buffer_0_is_empty_and_activations_use_it() -> None:
    data = serialize(small())
    model = model_of(data)
    assert model.Buffers(0).DataLength() == 0
    numbers = [model.Subgraphs(0).Tensors(i).Buffer() for i in range(11)]
    assert [n == 0 for n in numbers] == [t.data is None for t in small().tensors]


def test_equal_constants_are_stored_once() -> None:
    tensors = list(small().tensors)
    tensors += [constant(f"copy {i}", np.ones((3, 32), np.int8)) for i in range(3)]
    data = serialize(replace(small(), tensors=tuple(tensors)))
    assert model_of(data).BuffersLength() == model_of(serialize(small())).BuffersLength()
    assert same(parse(data, "m"), parse(serialize(replace(small(), tensors=tuple(tensors))), "m"))


def test_equal_options_shapes_and_names_are_stored_once() -> None:
    graph = small()
    more = [constant(f"twin of {i}", np.full((5, 7), i, np.int8)) for i in range(2)]
    twins = [replace(tensor, name="twin") for tensor in more]
    data = serialize(replace(graph, tensors=(*graph.tensors, *twins)))
    assert data.count(b"twin\0") == 1
    assert data.count(np.array([2, 5, 7], "<i4").tobytes()) == 1
    operator = graph.operators[0]
    again = activation("again", 1, 4, 4, 2)
    second = replace(operator, outputs=(len(graph.tensors),))
    data = serialize(replace(graph, tensors=(*graph.tensors, again), operators=(*graph.operators, second)))
    assert data.count(b"channels_in\0") == 1


def test_operator_codes_are_stored_once_each_with_both_fields() -> None:
    step = Operator("RESHAPE", (0, 4), (3,), {"new_shape": (1, 32)})
    operators = (
        step,
        replace(step, inputs=(3, 4), outputs=(5,)),
        replace(step, inputs=(5, 4), outputs=(9,), version=2),
    )
    model = model_of(serialize(replace(small(), operators=operators)))
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    assert [(c.BuiltinCode(), c.DeprecatedBuiltinCode(), c.Version()) for c in codes] == [
        (22, 22, 1),
        (22, 22, 2),
    ]
    model = model_of(serialize(small()))
    assert (model.OperatorCodes(0).BuiltinCode(), model.OperatorCodes(0).CustomCode()) == (32, b"TqConv2D")


def test_arrays_of_any_layout_are_written_in_c_order() -> None:
    weights = np.arange(96, dtype=np.int8).reshape(32, 3).T
    tensors = list(small().tensors)
    tensors[6] = replace(tensors[6], data=weights)
    again = parse(serialize(replace(small(), tensors=tuple(tensors))), "m")
    np.testing.assert_array_equal(again.tensors[6].data, weights)


def test_big_endian_arrays_are_refused_not_stored_wrong() -> None:
    tensors = list(small().tensors)
    tensors[7] = replace(tensors[7], data=tensors[7].data.astype(">i4"))
    with pytest.raises(GraphError, match="'dense/bias': constant >i4"):
        serialize(replace(small(), tensors=tuple(tensors)))


def test_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    write(small(), path)
    before = path.read_bytes()
    assert same(read(path), parse(before, "m"))
    with pytest.raises(GraphError):
        write(replace(small(), outputs=()), path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["m.tflite"]
    with pytest.raises(TinyqError, match="cannot be written"):
        write(small(), tmp_path / "none" / "m.tflite")


def test_megabyte_of_constants_is_written_and_read_in_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    tensors = [activation("x", 1, 64)]
    operators = []
    for i in range(250):
        tensors.append(constant(f"w{i}", rng.integers(-128, 128, (64, 64)).astype(np.int8)))
        tensors.append(activation(f"y{i}", 1, 64))
        operators.append(Operator("FULLY_CONNECTED", (max(2 * i, 0), 2 * i + 1), (2 * i + 2,)))
    graph = Graph(tuple(tensors), tuple(operators), (0,), (500,))
    begin = time.process_time()
    data = serialize(graph)
    parse(data, "1 MB")
    assert len(data) > 1_000_000 and time.process_time() - begin < 1.0


def tflm_outputs(data: bytes, inputs: list[np.ndarray]) -> list[np.ndarray]:
    need("python:tflite_micro")
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(data)
    outputs = []
    for image in inputs:
        interpreter.set_input(image, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).copy())
    return outputs


def random_inputs(shape: tuple[int, ...], count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [rng.integers(-128, 128, shape).astype(np.int8) for _ in range(count)]


@pytest.mark.tflm
def test_tflite_micro_runs_a_file_made_from_nothing() -> None:
    outputs = tflm_outputs(serialize(runnable()), random_inputs((1, 5, 5, 2), 20))
    assert all(
        out.shape == (1, 4) and abs(int(out.astype(int).sum()) + 4 * 128 - 256) <= 4 for out in outputs
    )
    assert len({out.tobytes() for out in outputs}) > 1


@pytest.mark.tflm
@pytest.mark.parametrize("name", ["kws_ref_model.tflite", "pretrainedResnet_quant.tflite"])
def test_tflite_micro_computes_the_same_from_a_rewritten_file(name: str) -> None:
    path = shared("models", name)
    graph = read(path)
    inputs = random_inputs(graph.tensors[graph.inputs[0]].shape, 3)
    before = tflm_outputs(path.read_bytes(), inputs)
    after = tflm_outputs(serialize(graph), inputs)
    np.testing.assert_array_equal(before, after)


@pytest.mark.train
def test_keras_files_are_read_rewritten_and_run_the_same() -> None:
    need("python:tensorflow", "python:tf_keras")
    import os

    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf
    import tf_keras as keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    stack = [layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()]
    stack += [layers.DepthwiseConv2D(3, strides=2), layers.MaxPooling2D(2), layers.Flatten()]
    model = keras.Sequential([layers.Input((8, 8, 1)), *stack, layers.Dense(3), layers.Softmax()])
    rng = np.random.default_rng(4)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([rng.random((1, 8, 8, 1), np.float32)] for _ in range(8))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    original = converter.convert()
    graph = parse(original, "keras")
    assert graph.tensors[graph.inputs[0]].shape == (1, 8, 8, 1)
    assert graph.metadata["min_runtime_version"].startswith(b"1.")
    assert list(graph.signatures) == ["serving_default"]
    rewritten = serialize(graph)

    def run(data: bytes, image: np.ndarray) -> np.ndarray:
        kind = tf.lite.experimental.OpResolverType.BUILTIN_REF
        interpreter = tf.lite.Interpreter(model_content=data, experimental_op_resolver_type=kind)
        runner = interpreter.get_signature_runner("serving_default")
        (name,) = runner.get_input_details()
        return next(iter(runner(**{name: image}).values()))

    for image in random_inputs((1, 8, 8, 1), 10):
        np.testing.assert_array_equal(run(original, image), run(rewritten, image))
