"""Files of Larq Compute Engine's converter: emitted C has the reference's bits, the reference LCE's values.

LCE's own operators are equal bit for bit. Sums of its float32 operators run in another order: they differ by
some roundings, taken as 1e-5 of the layer's largest output. Its int8 operators round once where TFLite Micro,
whose integers are ours, rounds twice: one step.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from larq_nets import NETWORKS, lce_file, randomized, small_net
from lce_cases import lce_interpreter, run_lce
from tools_required import need

from tinyq.convert import convert
from tinyq.core.kernels import KERNELS, Step
from tinyq.emit import emit
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, parse
from tinyq.run import run

REAL = 1e-5
# What each net is, and the kernel of LCE that runs it: the default one takes neither groups nor zero padding
# with int8 outputs.
SMALL: dict[str, tuple[dict[str, Any], dict[str, bool]]] = {
    "float32": ({}, {}),
    "int8": ({"ranges": True}, {"use_reference_bconv": True}),
    "groups": ({"groups": 2}, {"use_indirect_bgemm": True}),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small nets, as LCE's converter writes them."""
    folder = tmp_path_factory.mktemp("lce")
    for name, (options, _) in SMALL.items():
        (folder / f"{name}.tflite").write_bytes(lce_file(randomized(small_net(**options), seed=1)))
    return {name: folder / f"{name}.tflite" for name in SMALL}


def images(graph: Graph, count: int) -> np.ndarray:
    shape = graph.tensors[graph.inputs[0]].shape[1:]
    return np.random.default_rng(3).normal(size=(count, *shape)).astype(np.float32)


def all_outputs(graph: Graph) -> Graph:
    """The graph with every computed tensor as an output."""
    made = [index for operator in graph.operators for index in operator.outputs]
    return replace(graph, outputs=tuple(made), signatures={})


def lce_tensors(graph: Graph, x: np.ndarray, kernel: dict[str, bool]) -> dict[int, np.ndarray]:
    """The input and every computed tensor of LCE's run, by index."""
    whole = all_outputs(graph)
    return dict(zip(whole.outputs, run_lce(whole, [x], **kernel), strict=True)) | {graph.inputs[0]: x}


def reference(graph: Graph, step: Step, seen: dict[int, np.ndarray]) -> np.ndarray:
    """What the step makes of the tensors seen before it."""
    inputs = [seen[i] if i in seen else np.asarray(graph.tensors[i].data) for i in step.inputs]
    if step.kernel == "reshape":
        return inputs[0].reshape(graph.tensors[step.output].shape)
    arguments = [inputs] if KERNELS[step.kernel].variadic else inputs
    return KERNELS[step.kernel].reference(step.params, step.dims, *arguments, *step.constants)


def compare_layers(graph: Graph, x: np.ndarray, kernel: dict[str, bool]) -> list[str]:
    """Run every layer on LCE's own inputs of it and compare; returns the kernels, in order."""
    lce, steps = lce_tensors(graph, x, kernel), Interpreter(graph).steps
    for step in steps:
        got = reference(graph, step, lce)
        same_layer(step.kernel, step.name, got, lce[step.output].reshape(got.shape))
    return [step.kernel for step in steps]


def compare_run(graph: Graph, x: np.ndarray) -> tuple[int, float]:
    """Run the layers one after another and compare; returns the signs turned, and how far logits differ.

    In which order LCE's float32 sums run is up to the CPU, and a value within their rounding of zero (both
    are compared before) may so have the other sign. With LCE's instead, the layers after it are compared.
    """
    lce, interpreter = lce_tensors(graph, x, {}), Interpreter(graph)
    seen, whole, turned, difference = {graph.inputs[0]: x}, interpreter.run_all(x), 0, 0.0
    for step in interpreter.steps:
        got = reference(graph, step, seen)
        want = lce[step.output].reshape(got.shape)
        if not turned:
            assert got.tobytes() == whole[step.output].tobytes(), step.name
        if step.kernel == "lce_quantize_f32_a1":
            differ = np.unpackbits((got ^ want).view(np.uint8))
            assert differ.mean() < 1e-4, f"{step.name}: {differ.sum()} signs of {differ.size} differ"
            turned, got = turned + int(differ.sum()), want
        if step.kernel == "fully_connected_f32":
            difference = float(np.abs(got - want).max() / np.abs(want).max())
        same_layer(step.kernel, step.name, got, want)
        seen[step.output] = got
    return turned, difference


def same_layer(kernel: str, name: str, got: np.ndarray, lce: np.ndarray) -> None:
    assert got.dtype == lce.dtype, name
    if kernel.startswith("lce_"):
        assert got.tobytes() == lce.tobytes(), f"{name}: {kernel}"
    elif got.dtype == np.int8:
        assert np.abs(got.astype(int) - lce).max() <= 1, f"{name}: {kernel}"
    else:
        limit = REAL * np.abs(lce).max()
        np.testing.assert_allclose(got, lce, rtol=0, atol=limit, err_msg=f"{name}: {kernel}")


@pytest.mark.parametrize("net", SMALL)
def test_layers_of_a_small_net_are_those_of_lce(files: dict[str, Path], net: str) -> None:
    graph = parse(files[net].read_bytes(), net)
    kernels = compare_layers(graph, images(graph, 1), SMALL[net][1])
    expected = {"lce_bconv_2d_a1", "lce_max_pool_2d_a1", f"lce_bconv_2d_{'a8' if net == 'int8' else 'f32'}"}
    assert expected <= set(kernels)


@pytest.mark.parametrize("net", ["float32", "groups"])
def test_a_small_net_has_lces_output_within_rounding(files: dict[str, Path], net: str) -> None:
    graph = parse(files[net].read_bytes(), net)
    x = images(graph, 8)
    (got,) = Interpreter(graph).predict(x)
    lce = np.concatenate([run_lce(graph, [x[i : i + 1]], **SMALL[net][1])[0] for i in range(8)])
    np.testing.assert_allclose(got, lce, rtol=0, atol=REAL)
    assert len(set(got.argmax(axis=1))) > 1


@pytest.mark.parametrize("net", SMALL)
def test_conversion_passes_binary_layers_through_with_a_row_each(files, net: str, tmp_path: Path) -> None:
    report = convert(files[net], tmp_path / "out.tflite")
    stored = [row.stored for row in report.layers]
    first = "a8w8" if net == "int8" else "float32"
    assert stored == [first, *["a1w1"] * 5, "float32"]
    binary = [row for row in report.layers if row.stored == "a1w1"]
    assert all(row.name.startswith("quant_conv2d") for row in binary)
    assert all(row.macs > 0 and row.weights <= 8 * row.weight_bytes for row in binary)
    before, after = (parse(path.read_bytes(), "m") for path in (files[net], tmp_path / "out.tflite"))
    x = images(before, 2)
    assert Interpreter(before).predict(x)[0].tobytes() == Interpreter(after).predict(x)[0].tobytes()
    (sample,) = run_lce(after, [x[:1]], **SMALL[net][1])
    assert sample.tobytes() == run_lce(before, [x[:1]], **SMALL[net][1])[0].tobytes()


@pytest.mark.parametrize("net", SMALL)
@pytest.mark.parametrize("board", ["host", pytest.param("qemu_cortex_m4", marks=pytest.mark.qemu)])
def test_the_emitted_net_has_the_references_bits(files, net: str, board: str, tmp_path: Path) -> None:
    need(*(("cc",) if board == "host" else ("arm-none-eabi-gcc", "qemu-system-arm")))
    graph = parse(files[net].read_bytes(), net)
    x = images(graph, 3)
    result = run(emit(files[net], board, tmp_path / "out").folder, x, options={"TQ_WERROR": "ON"})
    assert result.outputs[0].tobytes() == Interpreter(graph).predict(x)[0].tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_larq_networks_are_those_of_lce_layer_by_layer_and_in_c(name: str, tmp_path: Path, capsys) -> None:
    need("cc")
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(lce_file(randomized(NETWORKS[name](), seed=1)))
    graph = parse(path.read_bytes(), name)
    x = images(graph, 2)
    kernels = compare_layers(graph, x[:1], {})
    assert sum(kernel == "lce_bconv_2d_f32" for kernel in kernels) == (23 if "dense" in name else 16)

    turned, difference = compare_run(graph, x[:1])
    result = run(emit(path, "host", tmp_path / "out").folder, x)
    assert result.outputs[0].tobytes() == Interpreter(graph).predict(x)[0].tobytes()
    ours_ms = 1e3 * result.ticks.min() / result.board.ticks_hz
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {len(kernels)} layers as LCE's, {turned} signs turned by rounding; logits "
            f"differ by at most {difference:.2g} of the largest; one inference {ours_ms:.0f} ms in C, "
            f"{_milliseconds(graph, x):.0f} ms in LCE\n"
        )


def _milliseconds(graph: Graph, x: np.ndarray) -> float:
    """LCE's best of three."""
    interpreter, times = lce_interpreter(graph), []
    for _ in range(3):
        begin = time.perf_counter()
        interpreter.predict([x[:1]])
        times.append(1e3 * (time.perf_counter() - begin))
    return min(times)
