"""model.py of a folder -> a Keras model."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

from tinyq.core.errors import TinyqError, TrainError
from tinyq.core.spec import DEPTHWISE
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import quantized_kernels
from tinyq.training.recipes import MODEL, Recipe, Stage


def build_model(recipe: Recipe, stage: Stage, input_shape: tuple[int, ...], classes: int) -> tf.keras.Model:
    """`build(input_shape, classes, weights=stage.quantizer, **recipe.model)` of the recipe's model.py.

    Returns:
        a model [n, *input_shape] float32 -> logits [n, classes], with fresh weights.

    Raises:
        TrainError: model.py cannot be run, has no build(), or builds something else.

    Warns:
        UserWarning: the channels of a depthwise kernel share one scale.
    """
    where = str(recipe.folder / MODEL)
    build = _build_function(recipe)
    try:
        model = build(input_shape, classes, weights=stage.quantizer, **recipe.model)
    except TinyqError:
        raise
    except Exception as error:  # the user's code
        call = f"build({input_shape}, {classes}, weights={stage.quantizer!r}, **{dict(recipe.model)})"
        raise TrainError(where, f"{call} fails: {type(error).__name__}: {error}") from error
    if not isinstance(model, tf.keras.Model):
        raise TrainError(where, f"build() gives a {type(model).__name__}", "a Keras model")
    found, wanted = (model.input_shape, model.output_shape), ((None, *input_shape), (None, classes))
    if found != wanted:
        raise TrainError(
            where, f"build() gives a model {found[0]} -> {found[1]}", f"{wanted[0]} -> {wanted[1]}"
        )
    _warn_of_shared_scales(model, where)
    return model


def _build_function(recipe: Recipe) -> Callable[..., Any]:
    path = recipe.folder / MODEL
    spec = importlib.util.spec_from_file_location(f"tinyq_model_{recipe.folder.name}", path)
    if spec is None or spec.loader is None:
        raise TrainError(str(path), "cannot be imported", "a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's code
        raise TrainError(str(path), f"cannot be run: {type(error).__name__}: {error}") from error
    build = getattr(module, "build", None)
    if not callable(build):
        raise TrainError(
            str(path), "no build()", "build(input_shape, classes, weights, ...) -> a Keras model"
        )
    function: Callable[..., Any] = build
    return function


def _warn_of_shared_scales(model: tf.keras.Model, where: str) -> None:
    for kernel in quantized_kernels(model):
        axis = getattr(kernel.quantizer, "axis", DEPTHWISE)
        if kernel.weight == "depthwise_kernel" and -2 not in axis and kernel.latent.shape[-2] > 1:
            warnings.warn(
                f"{where}: the {kernel.latent.shape[-2]} channels of {kernel.layer} share scales: "
                f"axis={axis}; depthwise kernels have a scale a channel with axis=tinyq.quantizers.DEPTHWISE",
                stacklevel=3,
            )
