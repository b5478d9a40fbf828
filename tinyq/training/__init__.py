"""Training of the model zoo: a folder with model.py and recipe.toml, a data set -> a .keras file.

Names are loaded on first use; `load_recipe` and `Recipe` need no TensorFlow.

Example:
    >>> from tinyq.training import load_recipe
    >>> recipe = load_recipe("digits_cnn")
    >>> recipe.data, sorted(recipe.stages)
    ('digits', ['binary', 'float', 'ternary'])
"""

from __future__ import annotations

from tinyq.core.lazy import lazy

_HOME = {
    "DryRun": "tinyq.training.rehearsal",
    "History": "tinyq.training.trainer",
    "Recipe": "tinyq.training.recipes",
    "Stage": "tinyq.training.recipes",
    "accuracy": "tinyq.training.trainer",
    "build_model": "tinyq.training.zoo",
    "dry_run": "tinyq.training.rehearsal",
    "load_recipe": "tinyq.training.recipes",
    "model_names": "tinyq.training.recipes",
    "predict": "tinyq.training.trainer",
    "train": "tinyq.training.trainer",
}
__all__ = list(_HOME)
__getattr__, __dir__ = lazy(__name__, _HOME)
