"""Weights and activations by name, as recipes and the command line say it -> a quantizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import PER_CHANNEL
from tinyq.quantizers import baselines
from tinyq.quantizers.base import ActivationQuantizer, WeightQuantizer
from tinyq.quantizers.binary import Binary
from tinyq.quantizers.binary_relax import BinaryRelax
from tinyq.quantizers.encoding import EncodingActivation, EncodingDecomposition
from tinyq.quantizers.larq_api import LarqQuantizer
from tinyq.quantizers.rpr import RPR
from tinyq.quantizers.rtn import RTN, RTNActivation
from tinyq.quantizers.ternary import Ternary
from tinyq.quantizers.tga import TGA
from tinyq.quantizers.ttq import TTQ

# One line a class.
CLASSES: dict[str, type[WeightQuantizer]] = {
    "Binary": Binary,
    "BinaryRelax": BinaryRelax,
    "EncodingDecomposition": EncodingDecomposition,
    "RPR": RPR,
    "RTN": RTN,
    "TGA": TGA,
    "TTQ": TTQ,
    "Ternary": Ternary,
}
ACTIVATIONS: dict[str, type[ActivationQuantizer]] = {
    "EncodingActivation": EncodingActivation,
    "RTNActivation": RTNActivation,
}
NAMES: dict[str, dict[str, Any]] = {
    "binary": {"class": "Binary"},
    "ternary": {"class": "Ternary", "method": "exact"},
}
Choice = str | Mapping[str, Any]


def make_quantizer(choice: Choice, axis: tuple[int, ...] = PER_CHANNEL) -> LarqQuantizer | None:
    """A new quantizer for one kernel.

    Args:
        choice: "float" (no quantizer), "ternary", "binary", a class of tinyq.quantizers or a baseline
            ("larq.SteSign", see `tinyq.quantizers.baselines`) by name, or a table of a class and its
            arguments: {"class": "Ternary", "method": "twn"}.
        axis: `PER_CHANNEL` for conv and dense kernels, `DEPTHWISE` for depthwise ones.

    Returns:
        A `WeightQuantizer`, or larq's object for a baseline; None for "float".

    Raises:
        QuantizerError: an unknown name, class or argument.

    Example:
        >>> make_quantizer({"class": "Ternary", "method": "twn"}).method
        'twn'
    """
    if choice == "float":
        return None
    if isinstance(choice, str):
        choice = NAMES.get(choice, {"class": choice})
    if choice.get("class") in CLASSES:
        choice = {"axis": axis, **choice}
    return _make(choice, {**CLASSES, **baselines.WEIGHTS}, ("float", *NAMES))


def make_activation(choice: Choice) -> LarqQuantizer | None:
    """A new quantizer for one layer's input.

    Args:
        choice: "float" (no quantizer), a class of `ACTIVATIONS` or a baseline by name, or a table of a class
            and its arguments: {"class": "EncodingActivation", "bits": 4}.

    Returns:
        An `ActivationQuantizer`, or larq's object for a baseline; None for "float".

    Raises:
        QuantizerError: an unknown name, class or argument.

    Example:
        >>> make_activation({"class": "larq.DoReFa", "k_bit": 4}).mode
        'activations'
    """
    if choice == "float":
        return None
    if isinstance(choice, str):
        choice = {"class": choice}
    return _make(choice, {**ACTIVATIONS, **baselines.ACTIVATIONS}, ("float",))


def _make(
    choice: Mapping[str, Any], known: Mapping[str, Callable[..., LarqQuantizer]], words: tuple[str, ...]
) -> LarqQuantizer:
    arguments = dict(choice)
    name = arguments.pop("class", None)
    if name not in known:
        raise QuantizerError(
            "quantizer",
            repr(dict(choice)),
            f"{', '.join(words)}, or one of {', '.join(known)} as class = ...",
        )
    try:
        return known[name](**arguments)
    except TypeError as error:
        raise QuantizerError(f"quantizer {name}", str(error), "its constructor's arguments") from error
