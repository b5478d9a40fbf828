"""One stage of training: epochs of one compiled loop each, deterministic for a seed.

Order and augmentation of an epoch depend on (seed, stage, epoch) alone, not on what ran before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinyq.core.errors import TrainError
from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.training.augment import AUGMENTATIONS
from tinyq.training.recipes import Stage

MOMENTUM = 0.9  # of "sgd"


@dataclass(frozen=True)
class StageHistory:
    """What one stage did.

    Args:
        weights: the stage's name.
        loss, accuracy: on the training set as augmented, one value an epoch.
        seconds: wall time.
    """

    weights: str
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    seconds: float


def fit(
    model: tf.keras.Model,
    data: Dataset,
    stage: Stage,
    seed: tuple[int, int],
    teacher: tf.keras.Model | None,
    report: Callable[[int], None],
) -> StageHistory:
    """Train `model` in place for `stage.epochs`.

    Args:
        seed: (the user's, the stage's number).
        teacher: a model with the same outputs, for `stage.distill`.
        report: called after every epoch with how many are done.

    Raises:
        TrainError: the loss became NaN or infinite.
    """
    batch = min(stage.batch, len(data.x_train))
    steps = len(data.x_train) // batch
    run_epoch = _compiled_epoch(model, stage, teacher, (steps, batch), data.input_shape)
    augment = AUGMENTATIONS[stage.augment]
    losses, accuracies, started = [], [], time.monotonic()
    for epoch in range(stage.epochs):
        random = np.random.default_rng([*seed, epoch])
        chosen = random.permutation(len(data.x_train))[: steps * batch]
        x = augment(data.x_train[chosen], random).reshape(steps, batch, *data.input_shape)
        y = data.y_train[chosen].reshape(steps, batch)
        loss, accuracy = (float(value) for value in run_epoch(tf.constant(x), tf.constant(y)))
        if not math.isfinite(loss):
            raise TrainError(
                f"training of [{stage.weights}], epoch {epoch + 1} of {stage.epochs}",
                f"the loss is {loss}",
                "a finite loss",
                f"lower learning_rate, now {stage.learning_rate:g}",
            )
        losses.append(loss)
        accuracies.append(accuracy)
        report(epoch + 1)
    return StageHistory(stage.weights, tuple(losses), tuple(accuracies), time.monotonic() - started)


def _compiled_epoch(
    model: tf.keras.Model,
    stage: Stage,
    teacher: tf.keras.Model | None,
    shape: tuple[int, int],
    sample: tuple[int, ...],
) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Trains on x [*shape, *sample], y [*shape], shape = (steps, batch); gives mean loss and accuracy."""
    optimizer = _optimizer(stage, shape[0] * stage.epochs)
    optimizer.build(model.trainable_variables)  # variables cannot be made inside the compiled loop

    @tf.function
    def epoch(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        loss_sum, hits = tf.constant(0.0), tf.constant(0, tf.int64)
        for i in tf.range(tf.shape(x)[0]):
            with tf.GradientTape() as tape:
                logits = model(x[i], training=True)
                loss = _loss(logits, x[i], y[i], stage, teacher)
            variables = model.trainable_variables
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(list(zip(gradients, variables, strict=True)))
            loss_sum += loss
            hits += tf.math.count_nonzero(tf.argmax(logits, axis=-1) == y[i])
        steps = tf.cast(tf.shape(x)[0], tf.float32)
        return loss_sum / steps, tf.cast(hits, tf.float32) / tf.cast(tf.size(y), tf.float32)

    return epoch.get_concrete_function(tf.TensorSpec((*shape, *sample)), tf.TensorSpec(shape, tf.int64))


def _loss(
    logits: tf.Tensor, x: tf.Tensor, y: tf.Tensor, stage: Stage, teacher: tf.keras.Model | None
) -> tf.Tensor:
    """Cross-entropy with the labels, and `stage.distill` of it with the teacher's softened outputs instead.

    The teacher's part is scaled by temperature^2 so that its gradient does not shrink with it.
    Source: Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, arXiv 1503.02531, section 2.
    """
    classes = logits.shape[-1]
    labels = tf.one_hot(y, classes) * (1 - stage.label_smoothing) + stage.label_smoothing / classes
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, logits))
    if teacher is None or not stage.distill:
        return loss
    softened = tf.nn.softmax(teacher(x, training=False) / stage.temperature)
    from_teacher = tf.nn.softmax_cross_entropy_with_logits(
        tf.stop_gradient(softened), logits / stage.temperature
    )
    weight = stage.distill * stage.temperature**2
    return (1 - stage.distill) * loss + weight * tf.reduce_mean(from_teacher)


def _optimizer(stage: Stage, total_steps: int) -> tf.keras.optimizers.Optimizer:
    rate: float | tf.keras.optimizers.schedules.LearningRateSchedule = stage.learning_rate
    climb = round(stage.warmup * total_steps)
    if stage.schedule == "cosine":
        rate = tf.keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0 if climb else stage.learning_rate,
            decay_steps=max(1, total_steps - climb),
            warmup_target=stage.learning_rate if climb else None,
            warmup_steps=climb,
        )
    if stage.optimizer == "sgd":
        return tf.keras.optimizers.SGD(rate, momentum=MOMENTUM)
    return tf.keras.optimizers.Adam(rate)
