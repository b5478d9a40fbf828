"""Training of the model zoo: a folder with model.py and recipe.toml, a data set -> a .keras file.

Names are loaded on first use; `load_recipe` and `Recipe` need no TensorFlow.

Example:
    >>> from tinyq.training import load_recipe
    >>> recipe = load_recipe("digits_cnn")
    >>> recipe.data, recipe.stage("tga").start
    ('digits', 'float')
"""

from __future__ import annotations

from tinyq.core.lazy import lazy

_HOME = {
    "DryRun": "tinyq.training.rehearsal",
    "History": "tinyq.training.trainer",
    "Method": "tinyq.training.method",
    "Recipe": "tinyq.training.recipes",
    "Stage": "tinyq.training.recipes",
    "accuracy": "tinyq.training.measure",
    "build_model": "tinyq.training.zoo",
    "dry_run": "tinyq.training.rehearsal",
    "explain": "tinyq.training.quantize",
    "fold_scales": "tinyq.training.fold",
    "load_method": "tinyq.training.method",
    "load_recipe": "tinyq.training.recipes",
    "make_callbacks": "tinyq.training.zoo",
    "make_strategy": "tinyq.training.distribution",
    "method_names": "tinyq.training.method",
    "model_names": "tinyq.training.recipes",
    "quantization_aware": "tinyq.training.qat",
    "quantize_model": "tinyq.training.quantize",
    "predict": "tinyq.training.measure",
    "train": "tinyq.training.trainer",
}
__all__ = list(_HOME)
__getattr__, __dir__ = lazy(__name__, _HOME)
