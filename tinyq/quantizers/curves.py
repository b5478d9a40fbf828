"""What a quantizer does to weights or activations, and its gradient: numbers to draw, from the real code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError
from tinyq.quantizers import baselines
from tinyq.quantizers.larq_api import LarqQuantizer, tf
from tinyq.quantizers.make import ACTIVATIONS, CLASSES, make_activation, make_quantizer

SIGMA = 0.5  # of the kernel that weight quantizers are drawn with
POINTS = 2001
_WIDEST = 1.6  # of the activations that are drawn

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class State:
    """One way to draw a quantizer: the arguments that it is made with, and how far its schedule is."""

    label: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Any], None] = lambda quantizer: None


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a panel.

    Args:
        label: the state, "" where a quantizer has one only.
        x: latent weights or activations, ascending, float32 [n].
        forward: what the quantizer gives for each, float32 [n].
        gradient: of the sum of all outputs to each x, float32 [n].
    """

    label: str
    x: Values
    forward: Values
    gradient: Values


def _bits(bits: Iterable[int], name: str = "bits", **more: Any) -> tuple[State, ...]:
    return tuple(State(f"{k} bit{'s' * (k > 1)}", {name: k, **more}) for k in bits)


def _relaxed(strength: float, label: str) -> State:
    return State(f"ternary, λ = {label}", {"levels": 3}, lambda q: q.strength.assign(strength))


def _frozen(fraction: float) -> State:
    return State(f"ternary, {fraction:.0%} frozen", {"levels": 3}, lambda q: q.partition(fraction, (1, 2)))


# One line a quantizer that has more than one state to show; weights, then activations.
WEIGHT_STATES: dict[str, tuple[State, ...]] = {
    "BinaryRelax": (_relaxed(0, "0"), _relaxed(1, "1"), _relaxed(10, "10"), _relaxed(np.inf, "∞")),
    "EncodingDecomposition": _bits((1, 2, 3, 4)),
    "RPR": tuple(_frozen(fraction) for fraction in (0.0, 0.5, 1.0)),
    "TGA": tuple(State(f"threshold {d:g} max |w|", {"initial": d}) for d in (0.05, 0.2, 0.4)),
    "Ternary": (State("TWN threshold", {"method": "twn"}), State("exact projection", {"method": "exact"})),
    "larq.DoReFa": _bits((1, 2, 4), "k_bit"),
}
ACTIVATION_STATES: dict[str, tuple[State, ...]] = {
    "EncodingActivation": (*_bits((1, 2, 3)), State("2 bits, HReLU", {"bits": 2, "limiter": "hrelu"})),
    "larq.DoReFa": _bits((1, 2, 4), "k_bit"),
}


def drawable() -> dict[str, list[str]]:
    """Names of all quantizers: {"weights": [...], "activations": [...]}.

    A baseline that does the same to activations as to weights is among the weights only.
    """
    own = [name for name, make in baselines.ACTIVATIONS.items() if baselines.WEIGHTS.get(name) is not make]
    return {
        "weights": [*sorted(CLASSES), *baselines.WEIGHTS],
        "activations": [*sorted(ACTIVATIONS), *own],
    }


def weight_curves(name: str) -> list[Curve]:
    """The curves of a weight quantizer over a Gaussian kernel: one filter of `POINTS` weights, its quantiles.

    Raises:
        QuantizerError: there is no quantizer of this name.

    Example:
        >>> [curve] = weight_curves("Binary")
        >>> np.abs(curve.forward).round(3).min(), curve.gradient.max()
        (0.399, 1.0)
    """
    _check(name, "weights")
    normal = NormalDist(sigma=SIGMA)
    x = np.array([normal.inv_cdf((i + 0.5) / POINTS) for i in range(POINTS)], np.float32)
    states = WEIGHT_STATES.get(name, (State(),))
    return [_curve(s, make_quantizer({"class": name, **s.arguments}), x[:, None]) for s in states]


def activation_curves(name: str) -> list[Curve]:
    """The curves of an activation quantizer over evenly spaced inputs.

    Raises:
        QuantizerError: there is no quantizer of this name.
    """
    _check(name, "activations")
    x = np.linspace(-_WIDEST, _WIDEST, POINTS, dtype=np.float32)
    states = ACTIVATION_STATES.get(name, (State(),))
    return [_curve(s, make_activation({"class": name, **s.arguments}), x[:, None]) for s in states]


def _check(name: str, kind: str) -> None:
    if name not in drawable()[kind]:
        raise QuantizerError(f"quantizer of {kind}", repr(name), ", ".join(drawable()[kind]))


def _curve(state: State, quantizer: LarqQuantizer, x: Values) -> Curve:
    latent = tf.constant(x)
    quantizer.build(x.shape)
    quantizer.built = True
    if hasattr(quantizer, "adapt"):
        quantizer.adapt(latent)
    state.prepare(quantizer)
    with tf.GradientTape() as tape:
        tape.watch(latent)
        result = quantizer(latent)
    gradient = tape.gradient(result, latent)
    return Curve(state.label, x[:, 0], result.numpy()[:, 0], gradient.numpy()[:, 0])
