"""Nothing that is not fully quantized is exported; what refuses it names the way on, and that way works."""

from typing import Any

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow", "python:larq")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import QuantDense, finish, frozen_copy, quantized_kernels  # noqa: E402
from tinyq.quantizers.encoding import EncodingActivation, EncodingDecomposition  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402
from tinyq.quantizers.make import ACTIVATIONS, CLASSES  # noqa: E402

pytestmark = pytest.mark.train
X = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
# What a training has reached, where that is not its end; all the others are finished at any time.
UNFINISHED: dict[str, tuple[str, dict[str, float]]] = {
    "RPR": ("freezing fraction 0.5, not 1", {"freezing": 0.5}),
    "BinaryRelax": ("phase one of BinaryRelax, lambda 3", {"strength": 3.0}),
    "EncodingDecomposition": ("8 bits now, 2 at the end", {"bits_now": 8.0}),
    "EncodingActivation": ("8 bits now, 2 at the end", {"bits_now": 8.0}),
}


def net(quantizer: Any) -> tuple[tf.keras.Model, str]:
    """A dense net with this quantizer somewhere, and how errors call the place."""
    of_input = isinstance(quantizer, tuple(ACTIVATIONS.values()))
    where = {"input_quantizer": quantizer} if of_input else {"kernel_quantizer": quantizer}
    model = tf.keras.Sequential([tf.keras.Input((8,)), QuantDense(5, name="dense", **where)])
    model(X)  # larq builds input quantizers in the first call
    return model, "dense.input" if of_input else "dense.kernel"


@pytest.mark.parametrize("name", [*CLASSES, *ACTIVATIONS])
def test_a_model_is_frozen_if_and_only_if_its_quantizers_are_finished(name: str) -> None:
    quantizer = {**CLASSES, **ACTIVATIONS}[name]()
    model, place = net(quantizer)
    words, state = UNFINISHED.get(name, ("", {}))
    for variable, value in state.items():
        getattr(quantizer, variable).assign(value)
    if words:
        with pytest.raises(QuantizerError, match=f"{place}: {words}") as caught:
            frozen_copy(model)
        assert "tinyq quantize net.keras --finish" in caught.value.remedy
        assert [line.startswith(f"{place}: {words}") for line in finish(model)] == [True]
    assert finish(model) == []
    np.testing.assert_array_equal(frozen_copy(model)(X), model(X))


def test_an_activation_quantizer_that_is_a_layer_of_its_own_counts_too() -> None:
    activation = EncodingActivation(bits=1, name="signs")
    inner = tf.keras.Sequential([tf.keras.Input((8,)), activation], name="inner")
    model = tf.keras.Sequential([tf.keras.Input((8,)), inner, tf.keras.layers.Dense(2)])
    activation.bits_now.assign(4.0)
    with pytest.raises(QuantizerError, match="inner/signs: 4 bits now, 1 at the end"):
        frozen_copy(model)


def test_all_that_is_unfinished_is_in_one_error() -> None:
    layers = [QuantDense(4, kernel_quantizer=EncodingDecomposition(bits), name=f"d{bits}") for bits in (1, 2)]
    model = tf.keras.Sequential([tf.keras.Input((8,)), *layers])
    for kernel in quantized_kernels(model):
        kernel.quantizer.bits_now.assign(8.0)
    with pytest.raises(QuantizerError) as caught:
        frozen_copy(model)
    assert "d1.kernel: 8 bits now, 1 at the end\n  d2.kernel: 8 bits now, 2" in caught.value.got
    assert len(finish(model)) == 2
