"""State of quantizers in layers: whose it is, and from which values it starts."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:larq")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, QuantDense, QuantSeparableConv2D, Ternary  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.make import ACTIVATIONS, CLASSES  # noqa: E402

pytestmark = pytest.mark.train
STATELESS = {"Binary", "Ternary"}


def two(where: str, quantizer: Any) -> tf.keras.Model:
    """Two dense layers with one quantizer object."""
    layers = [QuantDense(4, name=name, **{where: quantizer}) for name in ("one", "other")]
    return tf.keras.Sequential([tf.keras.Input((4,)), *layers])


@pytest.mark.parametrize("name", [*CLASSES, *ACTIVATIONS])
def test_an_object_with_state_belongs_to_one_kernel_or_input(name: str) -> None:
    where = "input_quantizer" if name in ACTIVATIONS else "kernel_quantizer"
    quantizer = {**CLASSES, **ACTIVATIONS}[name]()
    if name in STATELESS:
        assert two(where, quantizer).built
        return
    with pytest.raises(QuantizerError, match=f"layer other, {where}: the same {name} object") as caught:
        two(where, quantizer)
    assert f"the {where} of layer one" in caught.value.got
    assert f"{where}={name}(...)" in caught.value.remedy


def test_the_two_kernels_of_a_separable_layer_are_two() -> None:
    shared = CLASSES["RPR"](levels=3)
    layer = QuantSeparableConv2D(2, 3, depthwise_quantizer=shared, pointwise_quantizer=shared, name="twice")
    with pytest.raises(
        QuantizerError, match="twice, pointwise_quantizer: the same RPR object is the depthwise"
    ):
        tf.keras.Sequential([tf.keras.Input((5, 5, 2)), layer])
    one = Ternary(axis=DEPTHWISE)
    stateless = QuantSeparableConv2D(2, 3, depthwise_quantizer=one, pointwise_quantizer=one)
    tf.keras.Sequential([tf.keras.Input((5, 5, 2)), stateless])


def test_a_layer_called_twice_is_one_and_a_copied_model_has_objects_of_its_own() -> None:
    layer = QuantDense(4, kernel_quantizer=CLASSES["TGA"]())
    entry = tf.keras.Input((4,))
    model = tf.keras.Model(entry, layer(layer(entry)))
    assert tf.keras.models.clone_model(model).layers[1].kernel_quantizer is not layer.kernel_quantizer


class Inside(tf.keras.layers.Layer):
    """Builds its dense layer in its own call, as any layer made of layers does."""

    def __init__(self, quantizer: Any, policy: str) -> None:
        super().__init__(dtype=policy)
        self.dense = QuantDense(6, kernel_quantizer=quantizer, kernel_initializer=_fixed, dtype=policy)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return self.dense(x)


def _fixed(shape: tuple[int, ...], dtype: Any = None) -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).normal(size=shape), dtype)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", sorted(set(CLASSES) - STATELESS))
def test_mixed_precision_adapts_to_the_float32_kernel(name: str, policy: str) -> None:
    states = []
    for dtype in ("float32", policy):
        alone, inside = (CLASSES[name]() for _ in range(2))
        layer = QuantDense(6, kernel_quantizer=alone, kernel_initializer=_fixed, dtype=dtype)
        tf.keras.Sequential([tf.keras.Input((8,)), layer])
        Inside(inside, dtype)(tf.zeros((1, 8)))
        states += [alone.get_weights(), inside.get_weights()]
    assert states[0]
    for state in states[1:]:
        for one, other in zip(states[0], state, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("load", ["tinyq.load_model", "tinyq.QuantDense and tf_keras.models.load_model"])
def test_a_saved_model_is_loaded_in_a_fresh_process(load: str, tmp_path: Path) -> None:
    """Keras finds registered classes only, and tinyq's are imported on first use."""
    net = tf.keras.Sequential([tf.keras.Input((4,)), QuantDense(3, kernel_quantizer=CLASSES["TGA"]())])
    net.save(tmp_path / "net.keras")
    code = (
        f"import sys, tinyq, tf_keras; m = ({load})(sys.argv[1]); "
        "print(type(m.layers[0].kernel_quantizer).__name__)"
    )
    path = str(tmp_path / "net.keras")
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert done.stdout == "TGA\n", done.stderr[-2000:]
