"""int8 training with weight quantizers: each kernel keeps its own, and the int8 file holds its codes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:tensorflow_model_optimization")

from small_net import FLOAT_STEPS, RECIPE, same, small_data, write_model  # noqa: E402

from tinyq.convert import convert  # noqa: E402
from tinyq.core.errors import TrainError  # noqa: E402
from tinyq.evaluate.interpreter import Interpreter  # noqa: E402
from tinyq.graph import Graph, parse  # noqa: E402
from tinyq.quantizers import QuantSeparableConv2D, Ternary, load_model, quantized_kernels  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.training import dry_run, load_method, quantization_aware, quantize_model, train  # noqa: E402
from tinyq.training.callbacks import RandomPartition, RelaxSchedule  # noqa: E402
from tinyq.training.guard import bad_weights  # noqa: E402
from tinyq.training.qat import int8_tflite, plain_copy  # noqa: E402

pytestmark = pytest.mark.train
layers = tf.keras.layers
DATA = small_data()
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
X = np.random.default_rng(0).normal(size=(32, 8, 8, 2)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(32, 3)).astype(np.float32)


class Killed(Exception):
    pass


def kill_after(steps: int) -> Any:
    def report(done: int, total: int) -> None:
        if done >= steps:
            raise Killed

    return report


def every_kind() -> tf.keras.Model:
    """All 2-D kinds, with negative gains among those of the batch norms."""
    tf.keras.utils.set_random_seed(0)
    entry = tf.keras.Input((8, 8, 2))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv")(entry)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.5, name="norm_1")(x))
    x = layers.DepthwiseConv2D(3, name="depthwise", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.5, name="norm_2")(x))
    x = layers.SeparableConv2D(6, 3, name="separable")(x)
    x = layers.Flatten()(layers.ReLU()(x))
    model = tf.keras.Model(entry, layers.Dense(3, name="dense")(x))
    for name in ("norm_1", "norm_2"):
        model.get_layer(name).gamma.assign([1.5, -1.0, 0.5, -2.0])
    return model


def ready(model: tf.keras.Model) -> tuple[tf.keras.Model, tf.keras.Model, Graph]:
    """The copy with ranges, `model`, and the int8 file."""
    aware = quantization_aware(model, X)
    return aware, model, parse(int8_tflite(aware, model), "int8")


def trained(model: tf.keras.Model, *callbacks: Any) -> Graph:
    """The int8 file after some epochs; `model` gets the weights."""
    aware = quantization_aware(model, X)
    aware.compile(tf.keras.optimizers.Adam(1e-3), "mse")
    aware.fit(X, Y, batch_size=8, epochs=4, verbose=0, callbacks=list(callbacks))
    plain_copy(aware, model)
    return parse(int8_tflite(aware, model), "int8")


def filters(graph: Graph) -> list[np.ndarray]:
    """int8 constants of the layers, [c_out, n], in order."""
    found = []
    for operator in graph.operators:
        if operator.kind in WEIGHTED:
            values = np.asarray(graph.tensors[operator.inputs[1]].data)
            depthwise = operator.kind == "DEPTHWISE_CONV_2D"
            rows = values.reshape(-1, values.shape[-1]).T if depthwise else values
            found.append(rows.reshape(rows.shape[0], -1))
    return found


def codes(model: tf.keras.Model) -> list[np.ndarray]:
    """What the quantizers give, [c_out, n], in order."""
    found = []
    for kernel in quantized_kernels(model):
        values = kernel.quantizer.integers(kernel.latent)[0]
        if kernel.weight == "depthwise_kernel":
            values = values.reshape(*values.shape[:2], -1)
        found.append(np.moveaxis(values, -1, 0).reshape(values.shape[-1], -1))
    return found


def assert_codes_are_stored(graph: Graph, model: tf.keras.Model, gains: dict[int, np.ndarray]) -> None:
    """`gains`: number of the layer -> gamma of the batch norm behind it."""
    pairs = list(zip(filters(graph), codes(model), strict=True))
    for i, (stored, given) in enumerate(pairs):
        signs = np.sign(gains.get(i, np.ones(len(given)))).astype(int)
        assert np.array_equal(stored, 127 * signs[:, None] * given), i


def assert_packs(content: bytes, samples: np.ndarray, folder: Path) -> list[str]:
    """What the layers are stored as; the packed file gives the integers of the int8 file."""
    (folder / "x.int8.tflite").write_bytes(content)
    report = convert(folder / "x.int8.tflite", folder / "x.tflite")
    int8, packed = parse(content, "int8"), parse((folder / "x.tflite").read_bytes(), "packed")
    entry = int8.tensors[int8.inputs[0]].quantization
    x = np.clip(np.round(samples / entry.scale[0]) + entry.zero_point[0], -128, 127).astype(np.int8)
    (wanted,), (found,) = Interpreter(int8).predict(x), Interpreter(packed).predict(x)
    assert np.array_equal(found, wanted)
    assert len(np.unique(wanted)) > 10
    stock = tf.lite.Interpreter(
        model_content=content,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
    )
    stock.allocate_tensors()
    for sample, outputs in zip(x, wanted, strict=True):
        stock.set_tensor(stock.get_input_details()[0]["index"], sample[None])
        stock.invoke()
        got = stock.get_tensor(stock.get_output_details()[0]["index"])[0]
        assert np.abs(got.astype(int) - outputs).max() <= 1  # TensorFlow rounds once where tinyq does twice
    return [row.stored for row in report.layers]


@pytest.fixture(scope="module")
def ternary() -> tuple[tf.keras.Model, tf.keras.Model, Graph]:
    return ready(quantize_model(every_kind(), "ternary-qat"))


def test_it_is_trained_saved_and_packed_completely(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "net")
    history = train(folder, DATA, method="ternary-qat", out=tmp_path / "q.keras")
    assert history.test_accuracy >= 0.9
    content = (tmp_path / "q.int8.tflite").read_bytes()
    model = load_model(tmp_path / "q.keras")
    gains = {0: model.get_layer("norm").gamma.numpy()}
    assert_codes_are_stored(parse(content, "int8"), model, gains)
    assert assert_packs(content, DATA.x_test, tmp_path) == ["a8wt"] * 3


def test_all_kinds_of_layers_keep_their_codes_with_the_signs_of_their_gains(ternary, tmp_path: Path) -> None:
    aware, model, graph = ternary
    gains = {i: model.get_layer(f"norm_{i + 1}").gamma.numpy() for i in (0, 1)}
    assert min(gains[0]) < 0 < max(gains[0])
    assert_codes_are_stored(graph, model, gains)
    assert assert_packs(int8_tflite(aware, model), X, tmp_path) == ["a8wt"] * 5


def test_the_copy_begins_with_the_weights_and_trains_them_all() -> None:
    model = quantize_model(every_kind(), "tga")
    aware = quantization_aware(model)
    assert [k.layer for k in quantized_kernels(aware)][:2] == ["conv", "depthwise"]
    for one, other in zip(quantized_kernels(aware), quantized_kernels(model), strict=True):
        assert np.array_equal(one.latent, other.latent)
        assert float(one.quantizer.threshold) == float(other.quantizer.threshold)
    assert len(aware.trainable_weights) == len(model.trainable_weights)


@pytest.mark.slow
def test_all_kernels_and_thresholds_learn() -> None:
    model = quantize_model(every_kind(), "tga")
    before = [np.asarray(w) for w in model.trainable_weights]
    trained(model)
    # A convolution's bias and the norm's shift behind it may rest; kernels and thresholds do not.
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.trainable_weights, strict=True)]
    named = dict(zip([w.name for w in model.trainable_weights], moved, strict=True))
    assert all(each for name, each in named.items() if "kernel" in name or "threshold" in name), named


def test_ranges_are_those_of_what_a_relu_lets_through(ternary) -> None:
    aware, _, graph = ternary
    for name in ("quant_conv", "quant_norm_1"):
        assert not [w.name for w in aware.get_layer(name).weights if w.name.endswith(("_min:0", "_max:0"))]
    largest = next(w for w in aware.weights if "re_lu" in w.name and w.name.endswith("output_max:0"))
    output = graph.tensors[next(o for o in graph.operators if o.kind == "CONV_2D").outputs[0]]
    assert output.quantization.zero_point[0] == -128
    assert 255 * output.quantization.scale[0] == pytest.approx(float(largest), rel=0.01)


def test_ranges_begin_with_those_of_samples_and_nothing_else_changes() -> None:
    model = quantize_model(every_kind(), "ternary")
    package, own = quantization_aware(model), quantization_aware(model, X)
    for one, other in zip(package.weights, own.weights, strict=True):
        name = one.name.split("/")[-1].removesuffix(":0")
        ranges = name.endswith(("_min", "_max"))
        assert ranges or np.array_equal(one.numpy(), other.numpy()), name
        if "re_lu" in one.name and ranges:
            assert abs(float(one)) == 6.0
            assert float(other) == 0.0 if name.endswith("_min") else 0.0 < float(other) != 6.0
    assert np.abs(own(X) - model(X)).max() < 0.1 * np.abs(model(X)).max()


def test_int8_and_ternary_layers_mix_by_rules(tmp_path: Path) -> None:
    method = load_method("int8-qat").with_rules([{"layers": "conv", "weights": "ternary"}])
    aware, model, _ = ready(quantize_model(every_kind(), method))
    assert [kernel.layer for kernel in quantized_kernels(aware)] == ["conv"]
    assert assert_packs(int8_tflite(aware, model), X, tmp_path) == ["a8wt", *["a8w8"] * 4]


def test_half_a_separable_convolution_and_larqs_quantizers_are_kept(tmp_path: Path) -> None:
    model = quantize_model(every_kind(), {"rule": [{"layers": "conv", "weights": "larq.SteSign"}]})
    graph = ready(model)[2]
    conv = filters(graph)[0]
    signs = np.where(model.get_layer("conv").get_weights()[0] >= 0, 1, -1)
    gains = np.sign(model.get_layer("norm_1").gamma.numpy()).astype(int)
    assert np.array_equal(conv, 127 * gains[:, None] * np.moveaxis(signs, -1, 0).reshape(4, -1))
    half = {**every_kind().get_layer("separable").get_config(), "pointwise_quantizer": Ternary()}
    net = tf.keras.Sequential(
        [tf.keras.Input((8, 8, 2)), QuantSeparableConv2D.from_config(half), layers.Flatten()]
    )
    first, second = filters(parse(int8_tflite(quantization_aware(net), net), "int8"))
    assert len(np.unique(first)) > 3
    assert set(np.unique(second)) == {-127, 0, 127}


def test_partitions_find_their_kernels() -> None:
    table = {"rule": [{"layers": "*", "weights": {"class": "RPR", "levels": 3}}]}
    model = quantize_model(every_kind(), table)
    aware = quantization_aware(model, X)
    schedule = RandomPartition([[0, 0.5], [0.5, 1.0]])
    schedule.set_model(aware)
    schedule.set_params({"epochs": 2})
    schedule.on_train_begin()
    schedule.on_epoch_begin(0)
    assert all("0.5" in k.quantizer.unfinished() for k in quantized_kernels(aware))
    schedule.on_epoch_begin(1)
    plain_copy(aware, model)
    graph = parse(int8_tflite(aware, model), "int8")
    assert [k.quantizer.unfinished() for k in quantized_kernels(model)] == [""] * 5
    gains = {i: model.get_layer(f"norm_{i + 1}").gamma.numpy() for i in (0, 1)}
    assert_codes_are_stored(graph, model, gains)


@pytest.mark.slow
def test_the_phases_of_binary_relax_find_their_kernels() -> None:
    model = quantize_model(every_kind(), "binaryrelax-ternary")
    graph = trained(model, RelaxSchedule())
    assert [float(k.quantizer.phase) for k in quantized_kernels(model)] == [2.0] * 4
    assert [len(np.unique(each)) <= 3 for each in filters(graph)] == [True] * 4 + [False]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rpr", "ternary-qat"])
def test_a_training_that_was_killed_goes_on_bit_for_bit(method: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "net")
    train(folder, DATA, method=method, qat=True, out=tmp_path / "a.keras")
    options = {"method": method, "qat": True, "out": tmp_path / "b.keras", "run_dir": tmp_path / "run"}
    options |= {"resume": True, "checkpoint_every": 2}
    for steps in (FLOAT_STEPS + 8, FLOAT_STEPS + 19):
        with pytest.raises(Killed):
            train(folder, DATA, progress=kill_after(steps), **options)
    train(folder, DATA, **options)
    assert same(tmp_path / "a.keras", tmp_path / "b.keras")
    content = (tmp_path / "a.int8.tflite").read_bytes()
    assert (tmp_path / "b.int8.tflite").read_bytes() == content
    assert assert_packs(content, DATA.x_test, tmp_path) == ["a8wt"] * 3


@pytest.mark.slow
def test_a_schedule_that_is_missing_costs_the_int8_file_and_not_the_training(tmp_path: Path) -> None:
    recipe = RECIPE.split("[[rpr.method.callback]]")[0]
    lines: list[str] = []
    folder = write_model(tmp_path / "net", recipe)
    train(folder, DATA, method="rpr", qat=True, out=tmp_path / "q.keras", epochs=1, tell=lines.append)
    assert (tmp_path / "q.keras").exists()
    assert not (tmp_path / "q.int8.tflite").exists()
    assert any("no .int8.tflite" in line and "conv.kernel: freezing fraction 0" in line for line in lines)


def test_activations_of_few_bits_are_refused_before_any_training() -> None:
    with pytest.raises(TrainError, match=r'(?s)method rtn, rule 1, activations: .*RTNActivation.*"float"'):
        load_method("rtn").with_qat()
    with pytest.raises(TrainError, match=r"rule 1, activations"):
        load_method({"qat": True, "rule": [{"layers": "*", "activations": "larq.SteSign"}]})
    model = quantize_model(every_kind(), "rtn")
    with pytest.raises(TrainError, match=r"(?s)activations have quantizers already: .*depthwise .*any \[\["):
        quantization_aware(model)


def test_kernels_that_int8_cannot_hold_are_refused_by_name() -> None:
    for method, reason in (("tga-2", "several ternary kernels"), ("ttq", "scales of their own")):
        with pytest.raises(TrainError, match=rf"(?s)kernel has .*{reason}.*one scale a channel"):
            quantization_aware(quantize_model(every_kind(), method))


def test_a_dry_run_shows_the_quantizers_and_takes_a_step(tmp_path: Path) -> None:
    found = dry_run(write_model(tmp_path / "net"), DATA, "ternary", qat=True)
    assert [layer.quantizers for layer in found.layers if layer.quantizers] == [
        ("kernel: Ternary",),
        ("depthwise_kernel: Ternary",),
        ("kernel: Ternary",),
    ]
    assert found.stages[-1].method.qat
    assert not found.stages[0].method.qat


def test_weights_that_are_not_finite_are_named_in_wrapped_layers(ternary) -> None:
    aware = quantization_aware(quantize_model(every_kind(), "float"))
    aware(X, training=True)
    aware.get_layer("quant_conv").trainable_weights[0].assign(np.full((3, 3, 2, 4), np.nan))
    assert bad_weights(aware) == "not finite: conv/kernel"
