"""Random low-bit layers in LCE's and in built-in operators: LCE's interpreter gives tinyq's numbers.

Sums of codes are whole numbers in all of them; what is left are the roundings of one scale and one bias.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from deploy_bits import BitsNet
from lce_cases import run_lce

from tinyq.convert.asks import Ask
from tinyq.convert.targets.bits_to_lce import bits_to_lce
from tinyq.convert.targets.bits_to_stock import bits_to_stock
from tinyq.convert.targets.filter_passes import filters_to_int8, filters_to_planes
from tinyq.convert.targets.float_filters import as_int8, as_signs
from tinyq.core.packed_activations import codes_of
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph

ROUNDINGS = 3e-6  # of the largest output
CASES = 60


def random_layer(rng: np.random.Generator, net: BitsNet) -> Any:
    """A low-bit layer behind a quantizer, its output float32 or, for signs, packed."""
    what = str(rng.choice(["conv", "conv", "conv", "depthwise", "dense"]))
    x_levels, w_levels = (int(rng.choice([2, 2, 3, 4, 8, 16])) for _ in range(2))
    groups = int(rng.choice([1, 1, 2])) if what == "conv" else 1
    channels = int(rng.choice([1, 3, 8, 31, 33, 64])) * groups
    if what == "dense":
        x = net.input(1, channels, dtype="float32")
        x = net.quantize(x, x_levels, per_channel=False, flip=False)
        return net.layer("dense", x, 5, w_levels, "float32")
    x = net.input(1, 6, 5, channels, dtype="float32")
    x = net.quantize(x, x_levels, per_channel=False, flip=False)
    if rng.random() < 0.3:
        x = net.max_pool(x, (2, 2), (1, 2), str(rng.choice(["SAME", "VALID"])))
    c_out = channels * int(rng.integers(1, 3)) if what == "depthwise" else 4 * groups
    how = {
        "size": (int(rng.integers(1, 4)), int(rng.integers(1, 3))),
        "stride": (int(rng.integers(1, 3)), int(rng.integers(1, 3))),
        "padding": str(rng.choice(["SAME", "VALID"])),
        "pad_code": int(rng.choice(codes_of(x_levels))),
        **({"groups": groups} if what == "conv" else {}),
    }
    if how["stride"] == (1, 1) and how["padding"] == "SAME":
        how["dilation"] = (int(rng.integers(1, 3)), 1)
    whole = x_levels == w_levels == 2 and what == "conv" and (groups == 1 or channels // groups % 32 == 0)
    if not whole or rng.random() < 0.3:
        return net.layer(what, x, c_out, w_levels, "float32", **how)
    y = net.layer(what, x, c_out, w_levels, 2, **how)
    return net.dequantize(y, "float32")


def layer_graph(seed: int) -> tuple[Graph, np.ndarray]:
    rng, net = np.random.default_rng(seed), BitsNet(seed)
    graph = net.graph(random_layer(rng, net))
    shape = graph.tensors[graph.inputs[0]].shape
    return graph, rng.normal(0, 2, shape).astype(np.float32)


@pytest.mark.parametrize("seed", range(CASES))
def test_layers_in_lces_operators_are_tinyqs(seed: int) -> None:
    graph, x = layer_graph(seed)
    (expected,) = Interpreter(graph).run(x)
    made, stored = bits_to_lce(graph)
    assert not any(operator.kind.startswith("Tq") for operator in made.operators)
    grouped = any("use_indirect_bgemm" in found.why for found in stored.values())
    (found,) = run_lce(made, [x], use_indirect_bgemm=grouped)
    limit = ROUNDINGS * float(np.abs(expected).max() or 1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
    assert all(row.weight_bytes and row.macs and row.why for row in stored.values())


@pytest.mark.parametrize("seed", range(0, CASES, 2))
def test_layers_in_built_in_operators_are_tinyqs(seed: int) -> None:
    graph, x = layer_graph(seed)
    if any(operator.options.get("out_levels") for operator in graph.operators):
        pytest.skip("signs by thresholds are not asked of this target")
    (expected,) = Interpreter(graph).run(x)
    made, _ = bits_to_stock(graph)
    assert not any(operator.kind.startswith(("Tq", "Lce")) for operator in made.operators)
    (found,) = run_lce(made, [x])
    limit = ROUNDINGS * float(np.abs(expected).max() or 1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=limit)


def test_numbers_at_thresholds_fall_as_they_do_in_tinyq() -> None:
    for levels in (2, 3, 4, 16):
        net = BitsNet(levels)
        x = net.input(1, 64, dtype="float32")
        packed = net.quantize(x, levels, per_channel=False, flip=levels == 3)
        graph = net.graph(net.dequantize(packed, "float32"))
        (thresholds,) = [t.data for t in graph.tensors if t.data is not None and t.dtype == "float32"]
        steps = [np.nextafter(thresholds, np.float32(to)) for to in (-np.inf, np.inf)]
        near = np.concatenate([thresholds, *steps, np.float32([0, -0.0, 1e30, -1e30])])
        sample = np.resize(near, (1, 64)).astype(np.float32)
        if levels == 3:  # a flip of some channels only is no quantizer of Keras
            flips = next(i for i, t in enumerate(graph.tensors) if t.dtype == "int8")
            ones = np.ones(64, np.int8)
            tensors = list(graph.tensors)
            tensors[flips] = type(tensors[flips])("flip", (64,), "int8", None, ones)
            graph = type(graph)(tuple(tensors), graph.operators, graph.inputs, graph.outputs)
        (expected,) = Interpreter(graph).run(sample)
        for lowered in (bits_to_lce, bits_to_stock):
            (found,) = run_lce(lowered(graph)[0], [sample])
            np.testing.assert_array_equal(found, expected)


def ask(codes: np.ndarray, depthwise: bool = False) -> Ask:
    clipped = np.clip(codes, -127, 127).astype(np.int8)
    return Ask("conv", "kernel", "Q", "a8wt", clipped, depthwise, integers=codes.astype(np.int64))


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("levels", [2, 3, 4, 16, 255, 256])
def test_filters_come_back_from_their_planes(levels: int, depthwise: bool) -> None:
    rng = np.random.default_rng(levels)
    codes = (
        rng.integers(-127, 128, (1, 3, 3, 6)) if levels == 255 else rng.choice(codes_of(levels), (1, 3, 3, 6))
    )
    codes = codes if depthwise else codes.reshape(6, 3, 3, 1)
    gains = rng.normal(size=6).astype(np.float32)
    values = (codes * (gains if depthwise else gains.reshape(6, 1, 1, 1))).astype(np.float32)
    found = as_signs(values, depthwise, ask(codes, depthwise))
    assert found is not None
    assert len(found.planes) == {2: 1, 3: 2, 4: 2, 16: 4, 255: 8, 256: 8}[levels]
    total = sum(gain * plane for gain, plane in zip(found.gains, found.planes, strict=True)) + found.constant
    np.testing.assert_allclose(total, values, rtol=0, atol=1e-6 * np.abs(values).max())
    stored = as_int8(values, depthwise, ask(codes, depthwise))
    assert (stored is None) == (levels == 256)
    if stored is not None:
        scales = stored.scales if depthwise else stored.scales.reshape(6, 1, 1, 1)
        np.testing.assert_allclose(stored.codes * scales, values, rtol=0, atol=1e-6 * np.abs(values).max())


def test_two_values_of_one_channel_are_two_gains() -> None:
    codes = np.array([[1, 0, -1, 1], [1, 1, 0, 0], [0, 0, 0, 0]])
    values = np.where(codes > 0, 0.75, np.where(codes < 0, -0.25, 0)).astype(np.float32)
    found = as_signs(values, False, ask(codes))
    assert found is not None and found.letter == "t"
    total = sum(gain * plane for gain, plane in zip(found.gains, found.planes, strict=True)) + found.constant
    np.testing.assert_array_equal(total, values)
    assert as_int8(values, False, ask(codes)) is None


def test_other_filters_stay_float32_and_say_so() -> None:
    graph = float_conv(np.random.default_rng(0).normal(size=(4, 3, 3, 2)).astype(np.float32))
    wish = ask(np.sign(np.asarray(graph.tensors[1].data)).astype(np.int64))
    for store, refused in ((filters_to_planes, True), (filters_to_int8, False)):
        made, rows, lost = store(graph, [wish])
        ((found, stored),) = rows.values()
        assert found is wish and not lost
        assert stored.scheme == "float32" and stored.why.startswith("float32:")
        assert bool(stored.remedy) == refused
        assert [o.kind for o in made.operators] == ["CONV_2D"]
    _, _, lost = filters_to_planes(graph, [ask(np.ones((5, 7), np.int64))])
    assert len(lost) == 1


def float_conv(values: np.ndarray) -> Graph:
    net = BitsNet(0)
    x = net.input(1, 5, 5, values.shape[3], dtype="float32")
    filter_, bias = net.constant(values), net.constant(np.zeros(len(values), np.float32))
    options = {"padding": "SAME", "fused_activation_function": "NONE"}
    options |= {f"stride_{axis}": 1 for axis in "hw"} | {f"dilation_{axis}_factor": 1 for axis in "hw"}
    graph = net.graph(
        net.op("CONV_2D", [x, filter_, bias], (1, 5, 5, len(values)), None, "float32", **options)
    )
    assert graph.operators[0].inputs[1] == 1
    return graph


def test_one_kernel_of_two_layers_is_stored_once() -> None:
    codes = np.random.default_rng(0).choice([-1, 0, 1], (4, 1, 1, 4))
    first = float_conv(codes.astype(np.float32))
    again = type(first.operators[0])("CONV_2D", (3, 1, 2), (4,), first.operators[0].options)
    more = (*first.tensors, type(first.tensors[3])("again", first.tensors[3].shape, "float32"))
    graph = Graph(more, (*first.operators, again), first.inputs, (4,))
    made, rows, lost = filters_to_planes(graph, [ask(codes), ask(codes)])
    assert not lost and len(rows) == 2
    assert [o.kind for o in made.operators].count("LceDequantize") == 2  # its two planes
    x = np.random.default_rng(1).normal(size=(1, 5, 5, 4)).astype(np.float32)
    np.testing.assert_allclose(run_lce(made, [x])[0], run_lce(graph, [x])[0], rtol=0, atol=1e-5)
