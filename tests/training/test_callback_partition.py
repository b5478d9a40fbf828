"""RandomPartition: frozen weights stay in place with every optimizer; events; resuming; bad input."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from training.stop_after import StopAfter  # noqa: E402

from tinyq.core.errors import QuantizerError, TrainError  # noqa: E402
from tinyq.quantizers import (  # noqa: E402
    RPR,
    QuantConv2D,
    QuantDense,
    Ternary,
    frozen_copy,
    load_model,
    quantized_kernels,
)
from tinyq.quantizers.larq_api import optimizer_slots, tf  # noqa: E402
from tinyq.training.adam import RestartableAdam  # noqa: E402
from tinyq.training.callbacks import RandomPartition  # noqa: E402

pytestmark = pytest.mark.train
layers = tf.keras.layers
optimizers = tf.keras.optimizers
OPTIMIZERS = {
    "restartable": lambda: RestartableAdam(0.01),
    "adam": lambda: optimizers.Adam(0.01, amsgrad=True),
    "nadam": lambda: optimizers.Nadam(0.01),
    "sgd": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.9, centered=True),
    "lion": lambda: optimizers.Lion(0.001),
    "scaled": lambda: tf.keras.mixed_precision.LossScaleOptimizer(optimizers.Adam(0.01)),
}
SCHEDULE = [[0, 0.5], [0.5, 0.9], [0.8, 1.0]]
X = np.random.default_rng(0).normal(size=(64, 6, 6, 1)).astype(np.float32)
Y = (X[:, 2, 2, 0] > 0).astype(int)


def net(
    optimizer: object = "restartable", levels: int = 3, make=RPR, traced: bool = False, **conv
) -> tf.keras.Model:
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((6, 6, 1)),
            QuantConv2D(4, 3, kernel_quantizer=make(levels) if make is RPR else make(), name="conv", **conv),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(),
            layers.Flatten(),
            QuantDense(2, kernel_quantizer=make(levels) if make is RPR else make(), name="dense"),
        ]
    )
    made = OPTIMIZERS[optimizer]() if isinstance(optimizer, str) else optimizer
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(made, loss, run_eagerly=not traced)  # tracing takes longer than these few steps
    return model


class Recorder(tf.keras.callbacks.Callback):
    """Latent kernels and masks at the beginning and the end of each epoch; the last in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[list[np.ndarray]] = []
        self.after: list[list[np.ndarray]] = []
        self.masks: list[list[np.ndarray]] = []
        self.fractions: list[float] = []

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        kernels = list(quantized_kernels(self.model))
        self.before.append([k.latent for k in kernels])
        self.masks.append([k.quantizer.mask.numpy() for k in kernels])
        self.fractions.append(round(float(kernels[0].quantizer.freezing.numpy()), 5))

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        self.after.append([k.latent for k in quantized_kernels(self.model)])


def fit(model, *callbacks, epochs: int = 5, start: int = 0) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RandomPartition")  # of kernels this small
        model.fit(X, Y, 16, epochs, verbose=0, shuffle=False, initial_epoch=start, callbacks=list(callbacks))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_frozen_latent_weights_do_not_move_and_relaxed_ones_do(optimizer: str) -> None:
    model, seen = net(optimizer, traced=optimizer in ("restartable", "adam", "sgd")), Recorder()
    fit(model, RandomPartition(SCHEDULE), seen)
    assert seen.fractions == [0.5, 0.5, 0.9, 0.9, 1.0]
    for epoch in range(5):
        moved = False
        for before, after, mask in zip(seen.before[epoch], seen.after[epoch], seen.masks[epoch], strict=True):
            np.testing.assert_array_equal(before[mask == 1], after[mask == 1])
            moved |= bool((before != after)[mask == 0].any())
        assert moved == (epoch < 4)
    assert all((mask == 1).all() for mask in seen.masks[4])


@pytest.mark.parametrize("optimizer", ["restartable", "adam", "sgd", "rmsprop"])
def test_without_clearing_they_would_move(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RandomPartition, "_clear", lambda self: None)
    model, seen = net(optimizer), Recorder()
    fit(model, RandomPartition(SCHEDULE), seen, epochs=3)
    mask = seen.masks[1][0]
    assert (seen.before[1][0] != seen.after[1][0])[mask == 1].any()


def test_masks_change_at_every_epoch_or_where_the_schedule_says() -> None:
    found = {}
    for repartition in ("epoch", "schedule"):
        seen = Recorder()
        fit(net(), RandomPartition(SCHEDULE, repartition=repartition), seen)
        pairs = zip(seen.masks, seen.masks[1:], strict=False)
        found[repartition] = [bool((a[0] != b[0]).any()) for a, b in pairs]
        counts = [[int((mask == 0).sum()) for mask in masks] for masks in seen.masks]
        assert counts == [[18, 64], [18, 64], [3, 12], [3, 12], [0, 0]]
    assert found == {"epoch": [True] * 4, "schedule": [False, True, False, True]}


def test_a_finished_training_is_exported_and_an_unfinished_one_not(tmp_path: Path) -> None:
    model = net()
    fit(model, RandomPartition(SCHEDULE), StopAfter(2))
    model.save(tmp_path / "model.keras")
    with pytest.raises(QuantizerError, match=r"conv.kernel: freezing fraction 0.9, not 1"):
        frozen_copy(load_model(tmp_path / "model.keras"))
    fit(model, RandomPartition(SCHEDULE), start=3)
    frozen = frozen_copy(model)
    np.testing.assert_array_equal(frozen(X), model(X))
    for kernel in quantized_kernels(model):
        codes, scale = kernel.quantizer.integers(kernel.latent)
        np.testing.assert_array_equal(frozen.get_layer(kernel.layer).kernel, codes * scale)


@pytest.mark.parametrize(("repartition", "stop"), [("epoch", 1), ("schedule", 2)])
def test_a_file_written_within_the_schedule_goes_on_as_if_nothing_had_been(
    repartition: str, stop: int, tmp_path: Path
) -> None:
    def callback() -> RandomPartition:
        return RandomPartition(SCHEDULE, repartition, seed=5)

    whole, part = net(), net()
    fit(whole, callback())
    fit(part, callback(), StopAfter(stop))
    part.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    loaded.run_eagerly = True
    fit(loaded, callback(), start=stop + 1)
    for one, other in zip(whole.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_mixed_bfloat16_leaves_frozen_weights_in_place_and_ends_at_the_levels() -> None:
    tf.keras.utils.set_random_seed(1)
    hidden = QuantDense(8, activation="relu", kernel_quantizer=RPR(3), name="hidden", dtype="mixed_bfloat16")
    last = layers.Dense(2, dtype="float32")
    model, seen = tf.keras.Sequential([tf.keras.Input((36,)), hidden, last]), Recorder()
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(RestartableAdam(0.01), loss, run_eagerly=True)
    model.fit(X.reshape(64, 36), Y, 16, 5, verbose=0, callbacks=[RandomPartition(SCHEDULE), seen])
    for before, after, mask in zip(seen.before, seen.after, seen.masks, strict=True):
        np.testing.assert_array_equal(before[0][mask[0] == 1], after[0][mask[0] == 1])
    assert (seen.before[0][0] != seen.after[0][0]).any()
    (kernel,) = quantized_kernels(model)
    codes, scale = kernel.quantizer.integers(kernel.latent)
    assert (codes.dtype, kernel.latent.dtype) == (np.int8, np.float32)
    np.testing.assert_array_equal(kernel.quantizer(kernel.variable), codes * scale)
    np.testing.assert_array_equal(frozen_copy(model)(X.reshape(64, 36)), model(X.reshape(64, 36)))


def test_seeds_and_kernels_have_masks_of_their_own() -> None:
    tf.keras.utils.set_random_seed(0)
    twins = [QuantDense(8, kernel_quantizer=RPR(2), name=f"dense_{i}") for i in range(2)]
    model = tf.keras.Sequential([tf.keras.Input((8,)), *twins])
    model.compile("sgd", "mse")
    masks = set()
    for seed in (0, 1, 10**12, 0):
        callback = RandomPartition(SCHEDULE, seed=seed)
        callback.set_model(model)
        callback.set_params({"epochs": 4})
        callback.on_train_begin()
        for epoch in range(2):
            callback.on_epoch_begin(epoch)
            masks |= {twin.kernel_quantizer.mask.numpy().tobytes() for twin in twins}
    assert len(masks) == 3 * 2 * 2  # the second time, seed 0 draws what it drew


def test_nothing_is_traced_again() -> None:
    model, callback = net(traced=True), RandomPartition(SCHEDULE)
    fit(model, callback)
    plain = net(traced=True)
    fit(plain, epochs=1)
    traced = [m.train_function.experimental_get_tracing_count() for m in (model, plain)]
    assert traced[0] == traced[1]
    assert callback._run.experimental_get_tracing_count() == 1


def test_one_callback_serves_several_models() -> None:
    callback, first, second = RandomPartition(SCHEDULE), net(), net()
    fit(first, callback)
    fit(second, callback)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_event_restarts_adam_or_clears_its_momentum_alone() -> None:
    for name, cleared in (("restartable", [True, True]), ("adam", [True, False, False])):
        model, callback = net(name), RandomPartition(SCHEDULE)
        fit(model, callback, StopAfter(0))
        callback.on_epoch_begin(1)
        slots = [optimizer_slots(model.optimizer, v) for v in model.trainable_variables]
        assert [all(not slot.numpy().any() for slot in kind) for kind in zip(*slots, strict=True)] == cleared
        assert int(model.optimizer.iterations) == 4
    restartable = net("restartable")
    fit(restartable, callback, StopAfter(0))
    callback.on_epoch_begin(1)
    assert int(restartable.optimizer.restarted_at) == 4


REPLICAS = """
import json, sys
import numpy as np
from tinyq.quantizers.larq_api import tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tinyq.quantizers import RPR, BinaryRelax, QuantDense, quantized_kernels
from tinyq.training.callbacks import RandomPartition, RelaxSchedule
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential([
        tf.keras.Input((32,)),
        QuantDense(16, kernel_quantizer=RPR(3)),
        QuantDense(4, kernel_quantizer=BinaryRelax(3)),
    ])
    model.compile(tf.keras.optimizers.Adam(), "mse")
seen = []
class Witness(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        seen.append([
            [local.numpy().ravel().tolist() for local in strategy.experimental_local_results(variable)]
            for kernel in quantized_kernels(self.model) for variable in kernel.quantizer.weights
        ])
x, y = np.random.default_rng(0).normal(size=(64, 32)).astype("f"), np.zeros((64, 4), "f")
callbacks = [RandomPartition([[0, 0.5], [0.5, 1.0]], seed=9), RelaxSchedule(), Witness()]
model.fit(x, y, 16, 4, verbose=0, callbacks=callbacks)
print(json.dumps(seen))
"""


def test_replicas_hold_the_masks_that_one_device_draws() -> None:
    done = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    epochs = json.loads(done.stdout.splitlines()[-1])
    alone = RPR(3)
    alone(np.ones((32, 16), np.float32))
    alone_callback = RandomPartition([[0, 0.5], [0.5, 1.0]], seed=9)
    for epoch, (mask, freezing, scale, strength, phase) in enumerate(epochs):
        for replicas in (mask, freezing, scale, strength, phase):
            assert len(replicas) == 2
            assert replicas[0] == replicas[1]
        number, fraction = alone_callback.event(epoch, 4)
        alone.partition(fraction, (9, number * 2**32))
        assert mask[0] == alone.mask.numpy().ravel().tolist()
        assert phase[0] == [2.0 if epoch == 3 else 1.0]
    assert [epoch[1][0] for epoch in epochs] == [[0.5], [0.5], [1.0], [1.0]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"freezing": [[0, 0.9], [0.5, 0.95]]}, "0.9, 0.95"),
        ({"freezing": [[0, 0.9], [0.5, 0.8], [0.9, 1.0]]}, "0.9, 0.8, 1"),
        ({"freezing": [[0, -0.1], [0.5, 1.0]]}, "-0.1, 1"),
        ({"freezing": [[0, 0.9], [0.5, 1.5]]}, "0.9, 1.5"),
        ({"freezing": []}, "a schedule"),
        ({"repartition": "batch"}, "batch"),
    ],
)
def test_schedules_that_do_not_freeze_all_in_the_end_are_refused(arguments: dict, said: str) -> None:
    with pytest.raises(TrainError, match=said):
        RandomPartition(**arguments)


@pytest.mark.parametrize(
    ("optimizer", "conv", "said"),
    [
        (optimizers.AdamW(weight_decay=1e-4), {}, "weight_decay of 0.0001"),
        (optimizers.SGD(weight_decay=1e-4), {}, "weight_decay"),
        (optimizers.Adam(use_ema=True), {}, "use_ema"),
        (optimizers.Ftrl(), {}, "Ftrl"),
        (optimizers.legacy.Adam(), {}, "legacy optimizer Adam"),
        ("adam", {"kernel_regularizer": "l2"}, "conv.kernel_regularizer"),
        ("adam", {"kernel_constraint": "max_norm"}, "conv.kernel_constraint"),
    ],
)
def test_what_would_move_frozen_weights_is_refused(optimizer: object, conv: dict, said: str) -> None:
    with pytest.raises(TrainError, match=said):
        fit(net(optimizer, **conv), RandomPartition(SCHEDULE))


def test_decay_and_regularizers_of_other_weights_are_none_of_its_business() -> None:
    optimizer = optimizers.AdamW(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    model, seen = net(optimizer, bias_regularizer="l2"), Recorder()
    fit(model, RandomPartition(SCHEDULE), seen, epochs=2)
    mask = seen.masks[1][0] == 1
    np.testing.assert_array_equal(seen.before[1][0][mask], seen.after[1][0][mask])


def test_a_model_without_rpr_is_refused() -> None:
    with pytest.raises(TrainError, match="no kernel has RPR"):
        fit(net(make=Ternary), RandomPartition(SCHEDULE))


def test_kernels_too_small_for_the_fraction_are_named_and_keep_one_weight() -> None:
    model, seen = net(), Recorder()
    with pytest.warns(UserWarning, match=r"conv.kernel \(36 weights\): too few .* 0.99;"):
        model.fit(
            X, Y, 16, 3, verbose=0, callbacks=[RandomPartition([[0, 0.5], [0.4, 0.99], [0.7, 1]]), seen]
        )
    assert [int((masks[0] == 0).sum()) for masks in seen.masks] == [18, 1, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, Y, 16, 3, verbose=0, callbacks=[RandomPartition([[0, 0.5], [0.4, 1]])])


def test_a_training_so_short_that_nothing_is_relaxed_is_warned_of() -> None:
    model = net()
    with pytest.warns(UserWarning, match="frozen from the first of 1 epochs on"):
        model.fit(X, Y, epochs=1, verbose=0, callbacks=[RandomPartition()])
