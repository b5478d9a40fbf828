"""Weights by name, as recipes and the command line say it -> a quantizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL
from tinyq.quantizers.binary import Binary
from tinyq.quantizers.larq_api import WeightQuantizer
from tinyq.quantizers.ternary import Ternary

CLASSES: dict[str, type[WeightQuantizer]] = {"Binary": Binary, "Ternary": Ternary}
NAMES: dict[str, dict[str, Any]] = {
    "binary": {"class": "Binary"},
    "ternary": {"class": "Ternary", "method": "exact"},
}
Choice = str | Mapping[str, Any]


def make_quantizer(choice: Choice, axis: tuple[int, ...] = PER_CHANNEL) -> WeightQuantizer | None:
    """A new quantizer for one kernel.

    Args:
        choice: "float" (no quantizer), "ternary", "binary", or {"class": "Ternary", "method": "twn"}: a class
            of tinyq.quantizers and its arguments.
        axis: `PER_CHANNEL` for conv and dense kernels, `DEPTHWISE` for depthwise ones.

    Returns:
        None for "float".

    Raises:
        QuantizerError: an unknown name, class or argument.

    Example:
        >>> make_quantizer({"class": "Ternary", "method": "twn"}).method
        'twn'
    """
    if choice == "float":
        return None
    arguments = dict(NAMES.get(choice, {}) if isinstance(choice, str) else choice)
    name = arguments.pop("class", None)
    if name not in CLASSES:
        raise QuantizerError(
            "quantizer",
            repr(choice),
            f"float, {', '.join(NAMES)}, or a table with class = {' or '.join(CLASSES)}",
        )
    try:
        return CLASSES[name](**{"axis": axis, **arguments})
    except TypeError as error:
        raise QuantizerError(f"quantizer {name}", str(error), "its constructor's arguments") from error
