"""Operators on packed activations: what lowering makes of them, and what it refuses, by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from changed_graphs import with_tensor
from deploy_bits import BitsNet

from tinyq.core.errors import GraphError
from tinyq.core.packed_activations import largest_accumulator
from tinyq.core.requantize import quantize_multiplier
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import ABSENT, Graph, Quantization, parse, serialize
from tinyq.graph.lowering import lower
from tinyq.graph.options import read_flex, write_flex, write_values

Change = Callable[[Graph], Graph]


def packed_input(net: BitsNet, shape: tuple[int, ...], channels: int, levels: int) -> Any:
    """An input of the graph that is packed already."""
    words = {2: 1, 3: 2, 4: 2, 8: 3, 16: 4, 256: 8}[levels] * -(-channels // 32)
    x = net.tensor("x", (*shape, words), "int32", (0.5, 0))
    net.inputs.append(x)
    return x, channels, levels


def conv(out: Any = 4, x_levels: int = 2, w_levels: int = 3, **how: Any) -> Graph:
    net = BitsNet(0)
    y = net.layer("conv", packed_input(net, (1, 5, 4), 40, x_levels), 6, w_levels, out, **how)
    return net.graph(y[0] if isinstance(out, int) else y)


def depthwise(out: Any = 2, **how: Any) -> Graph:
    net = BitsNet(1)
    y = net.layer("depthwise", packed_input(net, (1, 5, 4), 20, 4), 40, 2, out, **how)
    return net.graph(y[0] if isinstance(out, int) else y)


def dense(out: Any = 3, **how: Any) -> Graph:
    net = BitsNet(2)
    y = net.layer("dense", packed_input(net, (2,), 70, 3), 5, 8, out, **how)
    return net.graph(y[0] if isinstance(out, int) else y)


def quantize(dtype: str = "int8") -> Graph:
    net = BitsNet(3)
    return net.graph(net.quantize(net.input(1, 3, 2, 33, dtype=dtype), 4)[0])


def pool() -> Graph:
    net = BitsNet(4)
    return net.graph(net.max_pool(packed_input(net, (1, 5, 4), 40, 3), (2, 2), (2, 2))[0])


def dequantize(dtype: str = "int8") -> Graph:
    net = BitsNet(5)
    return net.graph(net.dequantize(packed_input(net, (2,), 33, 4), dtype))


def concatenation() -> Graph:
    net = BitsNet(6)
    return net.graph(net.concatenate(packed_input(net, (2,), 33, 4), packed_input(net, (2,), 5, 4))[0])


def options(**changes: Any) -> Change:
    def change(graph: Graph) -> Graph:
        (operator,) = graph.operators
        return replace(graph, operators=(replace(operator, options={**operator.options, **changes}),))

    return change


def tensor(position: int, **changes: Any) -> Change:
    """Change an input of the operator, or (position -1) its output."""

    def change(graph: Graph) -> Graph:
        (operator,) = graph.operators
        index = operator.outputs[0] if position < 0 else operator.inputs[position]
        return with_tensor(graph, index, **changes)

    return change


def data(position: int, edit: Callable[[np.ndarray], Any]) -> Change:
    """Change a constant's data, and its shape with it."""

    def change(graph: Graph) -> Graph:
        index = graph.operators[0].inputs[position]
        old = np.asarray(graph.tensors[index].data).copy()
        new = np.asarray(edit(old), old.dtype)
        return with_tensor(graph, index, data=new, shape=new.shape)

    return change


def scales(position: int, *values: float, zero_point: int = 0) -> Change:
    q = Quantization(np.array(values, np.float32), np.full(len(values), zero_point, np.int64), 0)
    return tensor(position, quantization=q)


def put(at: Any, value: int) -> Callable[[np.ndarray], np.ndarray]:
    def edit(array: np.ndarray) -> np.ndarray:
        array[at] = value
        return array

    return edit


LARGEST = largest_accumulator(3 * 3 * 40, 2, 3)

# (what, sound graph, change, text of the error)
LIES = [
    ("abi", conv, options(abi=2), "abi is 2"),
    ("x levels", conv, options(x_levels=5), "x_levels is 5"),
    ("w levels", conv, options(w_levels=0), "w_levels is 0"),
    ("out levels", conv, options(out_levels=6), "out_levels is 6"),
    ("out levels of int8", lambda: conv("int8"), options(out_levels=2), "is int8, option out_levels 2"),
    ("no out levels", conv, options(out_levels=0), "is int32, option out_levels 0"),
    ("channels", conv, options(channels_in=65), "packed weights 'constant.*65 channels"),
    ("channels as words", conv, options(channels_in=1), "packed weights|input"),
    ("groups", conv, options(groups=3), "40 channels in 3 groups"),
    ("groups of outputs", conv, options(groups=4), "packed weights|6 output channels in 4 groups"),
    ("padding", conv, options(padding="FULL"), "padding is 'FULL'"),
    ("pad code", conv, options(pad_code=0), "pad_code is 0"),
    ("pad code", depthwise, options(pad_code=5), "pad_code is 5"),
    ("stride", conv, options(stride_h=0), "stride_h is 0"),
    ("filter", conv, options(filter_width=2), "filter_height, filter_width \\[3, 2\\]"),
    ("multiplier", depthwise, options(depth_multiplier=3), "packed weights|thresholds"),
    ("huge multiplier", depthwise, options(depth_multiplier=2**31 - 1), "depth_multiplier"),
    ("bias shift", lambda: conv("int8"), options(bias_shift=25), "bias_shift is 25"),
    ("bias shift of packed", conv, options(bias_shift=1), "bias_shift is 1"),
    ("bias shift of float", lambda: conv("float32"), options(bias_shift=1), "bias_shift is 1"),
    ("activation of packed", conv, options(fused_activation_function="RELU"), "'RELU'"),
    ("activation", lambda: conv("float32"), options(fused_activation_function="TANH"), "'TANH'"),
    ("input's words", conv, tensor(0, shape=(1, 5, 4, 3)), "input 0 'x' has shape"),
    ("input's rank", conv, tensor(0, shape=(5, 4, 2)), "four axes"),
    ("input's type", conv, tensor(0, dtype="int8"), "input 0 'x' is int8"),
    ("input's zero point", conv, scales(0, 0.5, zero_point=1), "'x' has 1 scales, zero points \\[1\\]"),
    ("input's scales", conv, scales(0, 0.5, 0.5), "'x' has 2 scales"),
    ("no input scale", lambda: conv("int8"), tensor(0, quantization=None), "'x' has no scale"),
    ("input's scale", lambda: conv("float32"), scales(0, np.nan), "'x' has scale nan"),
    ("output's words", conv, tensor(-1, shape=(1, 5, 4, 1)), "declared as"),
    ("output's size", conv, tensor(-1, shape=(1, 4, 4, 2)), "declared as"),
    ("output's channels", lambda: conv("int8"), tensor(-1, shape=(1, 5, 4, 7)), "declared as"),
    ("weights' words", conv, data(1, lambda w: w[..., :3]), "packed weights 'constant.*shape"),
    ("weights' rank", conv, data(1, lambda w: w[0]), "packed weights"),
    ("weights' spare bit", conv, data(1, put((0, 0, 0, 1), 1 << 8)), "behind the 40 channels"),
    ("weights' sign of 0", conv, data(1, put((0, 0, 0), [0, 0, 1, 0])), "a ternary 0 with a sign"),
    ("weights' type", conv, tensor(1, dtype="uint8"), "packed weights .* uint8"),
    ("weights at run time", conv, tensor(1, data=None), "computed at run time"),
    ("weights' scales", lambda: conv("int8"), scales(1, 1, 1), "2 scales"),
    ("weights' zero point", lambda: conv("int8"), scales(1, 1, zero_point=3), "zero point other than 0"),
    ("weights' scale", lambda: conv("int8"), scales(1, 0), "a scale of 0"),
    ("no weights' scale", lambda: conv("float32"), tensor(1, quantization=None), "0 scales"),
    ("thresholds' shape", conv, data(2, lambda t: t[:5]), "thresholds 'constant.*\\[5, 3\\]"),
    ("thresholds' columns", conv, options(out_levels=16), "thresholds|declared"),
    ("thresholds' order", conv, data(2, lambda t: t[:, ::-1]), "not in order"),
    ("threshold too high", conv, data(2, put((2, 2), LARGEST + 1)), f"to {LARGEST + 1}"),
    ("threshold too low", conv, data(2, put((2, 0), -LARGEST - 2)), f"from {-LARGEST - 2}"),
    ("thresholds' type", conv, tensor(2, dtype="float32"), "thresholds .* float32"),
    ("no thresholds", conv, lambda g: absent(g, 2), "thresholds \\(input 2\\) is absent"),
    ("flip 2", conv, data(3, put(1, 2)), "flip 'constant.*2"),
    ("flip -1", conv, data(3, put(1, -1)), "flip 'constant.*-1"),
    ("flip's length", conv, data(3, lambda f: f[:5]), "flip 'constant.*\\[5\\]"),
    ("bias' length", lambda: conv("int8"), data(2, lambda b: b[:5]), "bias 'constant.*\\[5\\]"),
    ("bias' type", lambda: conv("int8"), tensor(2, dtype="float32"), "bias .* float32"),
    ("a bias that is no number", lambda: conv("float32"), data(2, put(0, np.nan)), "nan"),
    ("a sum out of float32", lambda: conv("float32"), scales(0, 3e38), "can reach"),
    ("a huge bias", lambda: conv("int8"), data(2, put(0, 2**31 - 1)), "accumulator can reach"),
    ("a sum out of int32", lambda: conv("int8"), options(bias_shift=24), "accumulator can reach"),
    ("scales apart", lambda: conv("int8"), scales(-1, 1e-30), "multiplier|accumulator"),
    ("scales twice", lambda: depthwise("int8"), scales(1, 1.0), "one of both"),
    ("scales' length", lambda: depthwise("int8"), data(3, lambda s: s[:39]), "39 scales"),
    ("scales of 0", lambda: depthwise("float32"), data(3, put(3, 0)), "a scale of 0"),
    ("dense channels", dense, options(channels_in=30), "packed weights"),
    ("dense output", dense, tensor(-1, shape=(2, 3)), "declared as"),
    ("dense input", dense, tensor(0, shape=(2, 5)), "input 0 'x' has shape"),
    ("thresholds of int8", quantize, data(1, put((0, 2), 128)), "thresholds 'constant.*128"),
    ("thresholds of float", lambda: quantize("float32"), data(1, put((0, 2), np.inf)), "inf"),
    ("order of float", lambda: quantize("float32"), data(1, lambda t: t[:, ::-1]), "not in order"),
    ("rows of thresholds", quantize, data(1, lambda t: t[:9]), "thresholds .*\\[9, 3\\]"),
    ("quantized channels", quantize, options(channels=32), "input .*33\\]"),
    ("quantized words", quantize, tensor(-1, shape=(1, 3, 2, 3)), "output .*planes"),
    ("quantize's flip", quantize, data(2, put(0, 3)), "flip"),
    ("pooled levels", pool, options(x_levels=16), "planes"),
    ("pool's window", pool, options(filter_height=0), "filter_height is 0"),
    ("pool's scale", pool, scales(-1, 0.25), "the same scale"),
    ("pool's output", pool, tensor(-1, shape=(1, 3, 2, 4)), "declared as"),
    ("dequantized channels", dequantize, options(channels=32), "planes"),
    ("dequantized output", dequantize, tensor(-1, shape=(2, 34)), "declared as"),
    ("no scale", dequantize, tensor(0, quantization=None), "no scale"),
    ("a huge scale", lambda: dequantize("float32"), scales(0, 3e38), "codes \\* scale"),
    ("joined channels", concatenation, data(2, put(0, 32)), "planes"),
    ("joined 0 channels", concatenation, data(2, put(0, 0)), "numbers from 1"),
    ("joined inputs", concatenation, data(2, lambda c: c[:1]), "2 numbers"),
    ("joined output", concatenation, tensor(-1, shape=(2, 2)), "output .*planes"),
    ("joined scales", concatenation, scales(0, 0.125), "the same scale"),
]  # fmt: skip


def absent(graph: Graph, position: int) -> Graph:
    (operator,) = graph.operators
    inputs = [ABSENT if i == position else index for i, index in enumerate(operator.inputs)]
    return replace(graph, operators=(replace(operator, inputs=tuple(inputs)),))


@pytest.mark.parametrize(("what", "make", "change", "text"), LIES, ids=[lie[0] for lie in LIES])
def test_a_lie_is_refused_with_operator_and_tensor(
    what: str, make: Callable[[], Graph], change: Change, text: str
) -> None:
    graph = make()
    lower(graph)
    with pytest.raises(GraphError, match=f"(?s){text}") as caught:
        lower(change(graph))
    assert caught.value.where.startswith(f"operator 0 {graph.operators[0].kind} '")


@pytest.mark.parametrize(("name", "value"), [("x_levels", 5), ("w_levels", 0), ("out_levels", 1), ("abi", 2)])
def test_levels_and_abi_are_checked_when_a_file_is_read(name: str, value: int) -> None:
    stored = write_values("TqBitConv2D", conv().operators[0].options, "op") | {name: value}
    with pytest.raises(GraphError, match=f"op: {name} is {value}") as caught:
        read_flex("TqBitConv2D", write_flex(stored), "op")
    assert ("install a newer one" in caught.value.remedy) == (name == "abi")


def test_who_reads_a_packed_tensor_must_read_what_its_maker_wrote() -> None:
    """Two planes hold four levels, or three."""
    net = BitsNet(0)
    x, _, _ = net.quantize(net.input(1, 3, 3, 20), 4)
    as_ternary = net.layer("conv", (x, 20, 3), 5, 2, "int8")
    with pytest.raises(GraphError, match="holds 20 channels of 4 levels"):
        lower(net.graph(as_ternary))
    net = BitsNet(0)
    x, _, _ = net.quantize(net.input(1, 20), 3)
    renamed = net.reshape(x, 1, 1, 1, 2)
    net.tensors[renamed] = replace(net.tensors[renamed], dtype="int32")
    as_fewer = net.layer("conv", (renamed, 19, 3), 5, 2, "int8", size=(1, 1))
    with pytest.raises(GraphError, match="holds 20 channels of 3 levels"):
        lower(net.graph(as_fewer))


def test_a_packed_tensor_keeps_its_last_axis_when_its_shape_is_renamed() -> None:
    net = BitsNet(0)
    x, _, _ = net.quantize(net.input(1, 2, 2, 20), 3)
    flat = net.reshape(x, 1, 8)
    net.tensors[flat] = replace(net.tensors[flat], dtype="int32")
    with pytest.raises(GraphError, match="the same last axis"):
        lower(net.graph(flat))


@pytest.mark.parametrize("make", [conv, depthwise, dense, quantize, pool, dequantize, concatenation])
def test_sound_operators_survive_a_file(make: Callable[[], Graph]) -> None:
    graph = make()
    again = parse(serialize(graph), "again")
    assert [step.kernel for step in lower(again)] == [step.kernel for step in lower(graph)]


def test_macs_and_bit_operations_are_counted() -> None:
    (step,) = lower(conv())
    assert (step.macs, step.bit_operations) == (5 * 4 * 6 * 9 * 40, 5 * 4 * 6 * 9 * 40 * 1 * 2)
    (step,) = lower(depthwise())
    assert (step.macs, step.bit_operations) == (5 * 4 * 40 * 9, 5 * 4 * 40 * 9 * 2 * 1)
    (step,) = lower(dense())
    assert (step.macs, step.bit_operations) == (2 * 5 * 70, 2 * 5 * 70 * 2 * 3)
    (step,) = lower(conv(groups=2))
    assert step.macs == 5 * 4 * 6 * 9 * 20


def test_int8_outputs_have_the_multiplier_of_the_tensors_scales() -> None:
    graph = conv("int8", bias_shift=3)
    (step,) = lower(graph)
    x, w, y = (
        graph.tensors[i].quantization.scale for i in (*graph.operators[0].inputs[:2], graph.outputs[0])
    )
    reals = float(x[0]) * w.astype(np.float64) / (8 * float(y[0]))
    pairs = [quantize_multiplier(real) for real in reals.tolist()]
    output = step.params.output
    assert list(zip(output.multiplier.tolist(), output.shift.tolist(), strict=True)) == pairs


@pytest.mark.parametrize(("make", "out"), [(conv, "float32"), (depthwise, "float32"), (dense, "float32")])
def test_float_and_int8_outputs_are_what_the_scales_say(make: Callable[..., Graph], out: str) -> None:
    """The same layer both ways: they differ by less than a step of int8, but for what int8 cannot hold."""
    real, whole = make(out, bias=False), make("int8", bias=False)
    shape = real.tensors[real.inputs[0]].shape
    x = np.zeros(shape, np.int32)  # the highest code; of ternary ones, 0
    x[..., 0] = np.random.default_rng(0).integers(0, 1 << 19, shape[:-1])
    (exact,), (steps,) = Interpreter(real).run(x), Interpreter(whole).run(x)
    q = whole.tensors[whole.outputs[0]].quantization
    told = (steps.astype(np.float64) - q.zero_point[0]) * q.scale[0]
    inside = (steps > -128) & (steps < 127)
    assert inside.any() and np.abs(told - exact)[inside].max() <= 0.501 * q.scale[0]


def test_thresholds_give_the_codes_of_the_float_layer_compared() -> None:
    """A staircase on the float output is thresholds on the accumulator."""
    packed, real = conv(2), conv("float32", bias=False)
    for position in (0, 1):
        index = packed.operators[0].inputs[position]
        real = with_tensor(
            real, index, data=packed.tensors[index].data, quantization=packed.tensors[index].quantization
        )
    x = np.random.default_rng(1).integers(0, 256, real.tensors[real.inputs[0]].shape).astype(np.int32)
    (codes,), (values,) = Interpreter(packed).run(x), Interpreter(real).run(x)
    thresholds, flip = (packed.tensors[i].data for i in packed.operators[0].inputs[2:])
    scale = 0.5 * packed.tensors[packed.operators[0].inputs[1]].quantization.scale
    above = values > (thresholds[:, 0] + 0.5) * scale
    wanted = np.where(flip == 1, above, ~above)  # bit 1 is -1
    np.testing.assert_array_equal(codes[..., 0][..., None] >> np.arange(6) & 1, wanted)
