"""A stage's optimizer: its learning-rate schedule, what decays, and loss scaling in float16."""

from __future__ import annotations

from tinyq.quantizers.larq_api import tf
from tinyq.training.adam import RestartableAdam
from tinyq.training.recipes import Stage

MOMENTUM = 0.9  # of "sgd"


def make_optimizer(stage: Stage, total_steps: int, model: tf.keras.Model) -> tf.keras.optimizers.Optimizer:
    """The optimizer of `stage`, with its variables made.

    Weight decay acts on kernels alone: not on biases, batch norm, or what a quantizer learns (thresholds,
    scales), which mean something by their size.

    Args:
        total_steps: of the whole stage, for the schedule.
        model: what it will train.
    """
    rate = learning_rate(stage, total_steps)
    decay = stage.weight_decay or None
    if stage.optimizer == "sgd":
        optimizer = tf.keras.optimizers.SGD(
            rate, momentum=MOMENTUM, nesterov=stage.nesterov, weight_decay=decay
        )
    else:  # "adamw" is Adam with Keras' decoupled decay
        optimizer = RestartableAdam(rate, weight_decay=decay)
    variables = model.trainable_variables
    if decay:
        optimizer.exclude_from_weight_decay(var_list=[v for v in variables if not _decays(v)])
    # Before the first step: they cannot be made inside the compiled loop, nor restored before they exist.
    optimizer.build(variables)
    if stage.precision == "mixed_float16":
        return tf.keras.mixed_precision.LossScaleOptimizer(optimizer)
    return optimizer


def _decays(variable: tf.Variable) -> bool:
    # "conv_1/depthwise_kernel:0"; by name: mixed precision, larq and tf.distribute all wrap the object.
    return variable.name.split("/")[-1].split(":")[0].endswith("kernel")


def learning_rate(
    stage: Stage, total_steps: int
) -> float | tf.keras.optimizers.schedules.LearningRateSchedule:
    """Constant, or a cosine that falls to 0 in the last step; after a climb of `stage.warmup`."""
    climb = round(stage.warmup * total_steps)
    constant = stage.schedule == "constant"
    if constant and not climb:
        return stage.learning_rate
    return tf.keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if climb else stage.learning_rate,
        decay_steps=max(1, total_steps - climb),
        alpha=1.0 if constant else 0.0,
        warmup_target=stage.learning_rate if climb else None,
        warmup_steps=climb,
    )
