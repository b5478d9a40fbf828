"""Everything about a training but the training: reads the recipe, builds the model, tries one step."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import count_parameters, quantized_kernels
from tinyq.training.loop import fit
from tinyq.training.precision import with_precision
from tinyq.training.qat import quantization_aware
from tinyq.training.recipes import Stage, load_recipe
from tinyq.training.zoo import build_model, make_callbacks


@dataclass(frozen=True)
class DryLayer:
    """One layer that has weights: its name, class, parameters, and how its kernels are quantized."""

    name: str
    kind: str
    parameters: int
    quantizers: tuple[str, ...]


@dataclass(frozen=True)
class DryRun:
    """What `train` would do.

    Args:
        stages: as the recipe has them, in the order they would run.
        steps: optimizer steps of each stage.
        layers: those with weights, in order.
        parameters: of the whole model.
        loss: of the first step.
        warnings: what building and quantizing the model warned of.
    """

    stages: tuple[Stage, ...]
    steps: tuple[int, ...]
    layers: tuple[DryLayer, ...]
    parameters: int
    loss: float
    warnings: tuple[str, ...]


class _Once(tf.keras.callbacks.Callback):
    """Ends a training after its first epoch; the other callbacks see how many there would be."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.stop_training = True


def dry_run(
    model: str | Path,
    data: Dataset,
    weights: str = "ternary",
    rules: Sequence[Mapping[str, Any]] = (),
    model_options: Mapping[str, Any] | None = None,
    qat: bool = False,
) -> DryRun:
    """Check recipe, data and model against each other by one training step; nothing is written.

    Args:
        model, data, rules, model_options, qat: as for `train`.
        weights: its `method`.

    Raises:
        TrainError: whatever `train` would raise before or in its first step.
    """
    recipe = load_recipe(model, model_options)
    stages = [recipe.stage(weights)]
    while stages[0].start:
        stages.insert(0, recipe.stage(stages[0].start))
    method = stages[-1].method.with_qat() if qat else stages[-1].method
    last = stages[-1] = dataclasses.replace(stages[-1], method=method.with_rules(rules))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net = build_model(recipe, last, data.input_shape, len(data.classes))
        if last.method.qat:
            trained = quantization_aware(net, data.representative(last.batch))
        else:
            trained = with_precision(net, last.precision)
    batch = min(last.batch, len(data.x_train))
    few = dataclasses.replace(data, x_train=data.x_train[:batch], y_train=data.y_train[:batch])
    # The untrained net is its own teacher: enough to run that part of the loss.
    hooks = [*make_callbacks(last, recipe.seed), _Once()]
    history = fit(trained, few, last, (0, 0), net, callbacks=hooks)
    kinds: dict[str, list[str]] = {}
    for kernel in quantized_kernels(net):
        kinds.setdefault(kernel.layer, []).append(f"{kernel.weight}: {type(kernel.quantizer).__name__}")
    return DryRun(
        stages=tuple(stages),
        steps=tuple(max(1, len(data.x_train) // stage.batch) * stage.epochs for stage in stages),
        layers=tuple(
            DryLayer(
                layer.name, type(layer).__name__, count_parameters(layer), tuple(kinds.get(layer.name, ()))
            )
            for layer in net.layers
            if layer.weights
        ),
        parameters=count_parameters(net),
        loss=history.loss[0],
        warnings=tuple(str(one.message) for one in caught if one.category is UserWarning),
    )
