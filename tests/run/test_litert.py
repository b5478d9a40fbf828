"""LiteRT with tinyq's operators: the integers of the reference; what is wrong is refused with a sentence."""

import ctypes
import importlib.metadata
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from deploy_nets import NETS, samples
from tools_required import need

from tinyq.core.errors import RunError
from tinyq.evaluate.interpreter import Interpreter as Reference
from tinyq.graph import Graph, serialize
from tinyq.graph.options import write_flex, write_values
from tinyq.run import litert

RUNNABLE = [name for name in NETS if name != "int16"]  # LiteRT has no int16 depthwise operator without bias


@pytest.fixture(scope="module", autouse=True)
def _wheel() -> None:
    need("python:ai_edge_litert", "cc", "cmake")


def with_options(graph: Graph, operator: int, **changes: int) -> bytes:
    """The file, with other numbers in an operator's options than the writer would write."""
    kind, options = graph.operators[operator].kind, graph.operators[operator].options
    values = write_values(kind, options, "test")
    before, after = write_flex(values), write_flex({**values, **changes})
    assert len(before) == len(after)
    data = serialize(graph)
    assert data.count(before) == 1
    return data.replace(before, after)


@pytest.mark.parametrize("net", RUNNABLE)
def test_outputs_are_those_of_the_reference(net: str) -> None:
    """But for sums of float32, which LiteRT's own operators add in another order."""
    graph = NETS[net]()
    inputs = samples(graph, 6)
    got = litert.predict(serialize(graph), inputs)
    reference = Reference(graph)
    for number in range(6):
        wanted = reference.run([array[number] for array in inputs])
        for mine, theirs in zip(got, wanted, strict=True):
            assert mine[number].dtype == theirs.dtype
            limit = 1e-5 if net == "lce" else 0
            np.testing.assert_allclose(mine[number], theirs, rtol=0, atol=limit)


def test_it_answers_as_the_interpreter_of_tensorflow_lite_does(tmp_path: Path) -> None:
    graph = NETS["ternary"]()
    path = tmp_path / "net.tflite"
    path.write_bytes(serialize(graph))
    interpreter = litert.Interpreter(path, num_threads=1)
    interpreter.allocate_tensors()
    (detail,) = interpreter.get_input_details()
    tensor = graph.tensors[graph.inputs[0]]
    assert (detail["name"], tuple(detail["shape"]), detail["dtype"]) == (tensor.name, tensor.shape, np.int8)
    assert detail["quantization"] == (tensor.quantization.scale[0], tensor.quantization.zero_point[0])
    assert len(interpreter.get_tensor_details()) >= len(graph.tensors)
    first, second = samples(graph, 2)[0]
    answers = []
    for sample in (first, second, first):
        interpreter.set_tensor(detail["index"], sample)
        interpreter.invoke()
        answers.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    np.testing.assert_array_equal(answers[0], answers[2])
    assert (answers[0] != answers[1]).any()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"abi": 2}, "its abi is 2, this library's 1: the file needs a newer library"),
        ({"channels_in": 3}, "1 input channels, channels_in 3, 12 output channels: no groups"),
        ({"stride_h": 0}, "option stride_h is 0, allowed is 1 to 2147483647"),
        ({"filter_width": 4}, "have not the"),
        ({"padding": 5}, "option padding is 5, allowed is 0 to 1"),
        ({"fused_activation_function": 4}, "option fused_activation_function is 4"),
    ],
)
def test_options_that_lie_are_refused_with_operator_and_reason(
    changes: dict[str, int], sentence: str
) -> None:
    graph = NETS["ternary"]()
    with pytest.raises(RunError) as error:
        litert.Interpreter(model_content=with_options(graph, 0, **changes)).allocate_tensors()
    assert error.value.got.startswith("operator 0 TqConv2D 'tqconv2d_0/out': ")
    assert sentence in error.value.got


def test_an_operator_that_the_library_does_not_have_is_refused() -> None:
    data = serialize(NETS["ternary"]()).replace(b"TqConv2D", b"TqConv9D")
    with pytest.raises(RunError, match="operator 0 TqConv9D .*: this library has no such operator"):
        litert.Interpreter(model_content=data)


def test_another_input_shape_is_refused_where_the_declared_output_does_not_follow() -> None:
    interpreter = litert.Interpreter(model_content=serialize(NETS["ternary"]()))
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], [1, 10, 8, 1])
    with pytest.raises(
        RunError, match=r"TqConv2D .*: output .*\[1, 8, 8, 12\] is computed as \[1, 10, 8, 12\]"
    ):
        interpreter.allocate_tensors()


def test_damaged_files_and_wrong_calls_are_errors_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is no file"):
        litert.Interpreter(tmp_path / "none.tflite")
    with pytest.raises(RunError, match="one of them"):
        litert.Interpreter()
    with pytest.raises(RunError):
        litert.Interpreter(model_content=b"TFL3 of nothing at all")
    interpreter = litert.Interpreter(model_content=serialize(NETS["ternary"]()))
    interpreter.allocate_tensors()
    with pytest.raises(RunError):
        interpreter.set_tensor(
            interpreter.get_input_details()[0]["index"], np.zeros((1, 8, 8, 1), np.float32)
        )
    with pytest.raises(RunError, match="2 arrays"):
        litert.predict(serialize(NETS["ternary"]()), [np.zeros((1, 1, 8, 8, 1), np.int8)] * 2)


def test_a_version_that_was_not_tried_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "9.1.0")
    with pytest.raises(RunError, match=r"ai-edge-litert 9.1.0, whose structures tinyq was not tried with"):
        litert.litert()


def test_a_missing_package_or_interface_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        importlib.import_module("importlib"), "import_module", lambda _: SimpleNamespace(Interpreter=1)
    )
    with pytest.raises(RunError, match="lacks load_delegate, OpResolverType"):
        litert.litert()

    def missing(_: str) -> str:
        raise importlib.metadata.PackageNotFoundError("ai-edge-litert")

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(RunError, match="the package ai-edge-litert is missing"):
        litert.litert()


def test_a_runtime_whose_structures_lie_elsewhere_is_refused() -> None:
    """tq_tflite_fits on a context whose tensors are of another size."""
    library = ctypes.CDLL(str(litert.library()))
    library.tflite_plugin_create_delegate.restype = ctypes.c_void_p
    library.tinyq_litert_last_error.restype = ctypes.c_char_p
    delegate = library.tflite_plugin_create_delegate(None, None, 0, None)
    prepare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(
        ctypes.cast(delegate, ctypes.POINTER(ctypes.c_void_p))[1]
    )
    report = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)(lambda *_: None)
    tensors = (ctypes.c_uint64 * 64)(*([77] * 64))
    words = [2, 1, ctypes.addressof(tensors), 0, 0, ctypes.cast(report, ctypes.c_void_p).value, 0, 1, 1]
    context = (ctypes.c_uint64 * 9)(*words)
    assert prepare(ctypes.addressof(context), delegate) == 1
    said = library.tinyq_litert_last_error(ctypes.c_void_p(delegate))
    assert said.startswith(b"this runtime's structures are not those that this library was built for")
    library.tflite_plugin_destroy_delegate(ctypes.c_void_p(delegate))


def test_options_of_the_delegate_are_refused() -> None:
    library = ctypes.CDLL(str(litert.library()))
    library.tflite_plugin_create_delegate.restype = ctypes.c_void_p
    said: list[bytes] = []
    report = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(said.append)
    keys = (ctypes.c_char_p * 1)(b"threads")
    assert library.tflite_plugin_create_delegate(keys, keys, ctypes.c_size_t(1), report) is None
    assert said == [b"tinyq: there are no options"]


def test_importing_it_loads_no_litert() -> None:
    code = "import sys, tinyq.run.litert; print('ai_edge_litert' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
