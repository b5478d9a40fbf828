"""XLA on a CPU is used where it is faster, and refused with a word where it is not."""

import numpy as np
import pytest

from tinyq.quantizers.larq_api import tf
from tinyq.training import compile as compiling
from tinyq.training.compile import JitChoice, choose_jit
from tinyq.training.random_layers import seed_random_layers

layers = tf.keras.layers


def net() -> tf.keras.Model:
    entry = tf.keras.Input((6, 6, 1))
    x = layers.BatchNormalization()(layers.Conv2D(2, 3)(entry))
    return tf.keras.Model(entry, layers.Dense(2)(layers.Flatten()(layers.Dropout(0.5)(x))))


BATCH = tf.ones([4, 6, 6, 1])


def timed(monkeypatch: pytest.MonkeyPatch, plain: float, jit: float) -> None:
    monkeypatch.setattr(compiling, "_times", lambda passes: {False: plain, True: jit})


def test_slower_is_refused_with_a_word(monkeypatch):
    timed(monkeypatch, 10.0, 40.0)
    choice = choose_jit(net(), BATCH, wanted=True, device="CPU")
    word = "jit_compile refused: 40 ms a pass with XLA, 10 ms without, on this CPU"
    assert choice == JitChoice(False, word, 10.0, 40.0)


def test_faster_is_granted(monkeypatch):
    timed(monkeypatch, 10.0, 5.0)
    assert choose_jit(net(), BATCH, wanted=True, device="CPU") == JitChoice(True, "", 10.0, 5.0)


def test_both_forms_are_timed_and_nothing_of_the_model_changes():
    model = net()
    generators = seed_random_layers(model, (0, 0))
    before = [v.numpy() for v in (*model.variables, *(g.state for g in generators.values()))]
    tf.random.set_seed(1)
    expected = tf.random.uniform([])
    tf.random.set_seed(1)
    choice = choose_jit(model, BATCH, wanted=True, device="CPU")
    assert choice.plain > 0 and choice.jit > 0 and choice.use == (choice.word == "")
    assert tf.random.uniform([]) == expected  # nor other random numbers
    after = [v.numpy() for v in (*model.variables, *(g.state for g in generators.values()))]
    assert len(after) > len(model.variables)
    for a, b in zip(after, before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_xla_cannot_compile_is_refused():
    entry = tf.keras.Input((4,))
    words = layers.Lambda(lambda x: tf.strings.to_number(tf.strings.as_string(x)) + x)
    choice = choose_jit(tf.keras.Model(entry, layers.Dense(2)(words(entry))), tf.ones([2, 4]), True, "CPU")
    assert not choice.use and choice.word.startswith("jit_compile refused: XLA cannot compile")


def test_without_a_wish_or_on_a_gpu_nothing_is_timed(monkeypatch):
    timed(monkeypatch, 0.0, np.nan)
    assert choose_jit(net(), BATCH, wanted=False) == JitChoice(False)
    assert choose_jit(net(), BATCH, wanted=True, device="GPU") == JitChoice(True)
