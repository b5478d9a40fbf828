"""model.py of a folder -> a Keras model."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tinyq.core.errors import QuantizerError, TinyqError, TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import copy_weights
from tinyq.training import callbacks
from tinyq.training.method import Method, load_method
from tinyq.training.quantize import quantize_model
from tinyq.training.recipes import MODEL, Recipe, Stage


def build_model(
    recipe: Recipe,
    stage: Stage,
    input_shape: tuple[int, ...],
    classes: int,
    start: tf.keras.Model | None = None,
) -> tf.keras.Model:
    """`build(input_shape, classes, **recipe.model)` of the folder's model.py, quantized by the method.

    Args:
        start: a model of the same layers, quantized or not, whose weights it begins with.

    Returns:
        a model [n, *input_shape] float32 -> logits [n, classes], with fresh weights or those of `start`.

    Raises:
        TrainError: model.py cannot be run, has no build(), or builds something else; `start` has other
            layers.
    """
    where = str(recipe.folder / MODEL)
    build = _build_function(recipe)
    # Layers without a name get one by number: the same in every stage, so that weights find their layer.
    tf.keras.backend.reset_uids()
    try:
        model = build(input_shape, classes, **recipe.model)
    except TinyqError:
        raise
    except Exception as error:  # the user's code
        call = f"build({input_shape}, {classes}, **{dict(recipe.model)})"
        raise TrainError(where, f"{call} fails: {type(error).__name__}: {error}") from error
    if not isinstance(model, tf.keras.Model):
        raise TrainError(where, f"build() gives a {type(model).__name__}", "a Keras model")
    found, wanted = (model.input_shape, model.output_shape), ((None, *input_shape), (None, classes))
    if found != wanted:
        raise TrainError(
            where, f"build() gives a model {found[0]} -> {found[1]}", f"{wanted[0]} -> {wanted[1]}"
        )
    if start is not None:
        _begin_with(start, model, f"{recipe.folder.name}, [{stage.weights}]", stage.start)
    return quantize_model(model, stage.method) if stage.method.rules else model


def _begin_with(start: tf.keras.Model, model: tf.keras.Model, where: str, stage: str) -> None:
    try:
        copy_weights(start, model)
    except QuantizerError as error:
        raise TrainError(where, str(error), f"a model of [{stage}] of the same recipe") from error


def make_callbacks(
    method: Stage | Method | str | Path | Mapping[str, Any], seed: int = 0
) -> list[tf.keras.callbacks.Callback]:
    """Those that a method names, fresh ones for one `fit`, and `StopNotFinite` for a `fit` of your own.

    Args:
        method: as `quantize_model` takes it, or a recipe's stage, whose training looks out for itself.
        seed: for those that draw random numbers and are not told another.

    Raises:
        TrainError: an unknown class or argument, or a value that the class refuses.

    Example:
        >>> [type(callback).__name__ for callback in make_callbacks("rpr-ternary")]
        ['RandomPartition', 'StopNotFinite']
    """
    made: list[tf.keras.callbacks.Callback] = []
    of_recipe = isinstance(method, Stage)
    method = method.method if isinstance(method, Stage) else load_method(method)
    for table in method.callbacks:
        arguments = dict(table)
        name = arguments.pop("class")
        known = [k for k in callbacks.__all__ if k[0].isupper() and k != "Schedule"]
        if name not in known:
            raise TrainError(f"method {method.name}, callback", repr(name), ", ".join(known))
        kind = getattr(callbacks, name)
        if "seed" in inspect.signature(kind).parameters:
            arguments.setdefault("seed", seed)
        try:
            made.append(kind(**arguments))
        except TypeError as error:
            raise TrainError(f"method {method.name}, callback {name}", str(error)) from error
    return made if of_recipe else [*made, callbacks.StopNotFinite()]


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
        raise TrainError(str(path), "no build()", "build(input_shape, classes, ...) -> a Keras model")
    function: Callable[..., Any] = build
    return function
