"""Band-pass and notch filters, and the scaling to int8, as integers for the application `stream`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import EmitError
from tinyq.core.requantize import quantize_multiplier
from tinyq.core.stream_plan import COEFFICIENT_BITS, FRACTION_BITS

Section = tuple[int, int, int, int, int]
Gain = tuple[int, int, int]
Reals = npt.NDArray[np.float64]
DEVIATION = 0.01  # of the passband's gain, which rounding the coefficients may change anywhere


def design(
    where: str, rate_hz: float, band_hz: tuple[float, float] | None, order: int, notch: tuple[Reals, float]
) -> tuple[Section, ...]:
    """Biquads: Butterworth's band-pass of `order`, then a notch at each frequency.

    Args:
        where: for messages.
        rate_hz: samples a second.
        band_hz: the band's edges, 3 dB down; None for no band-pass.
        order: sections of the band-pass.
        notch: frequencies in Hz, and the quality (frequency by bandwidth) of all of them.

    Raises:
        EmitError: SciPy is not there, or a filter of these integers would not be stable, or another one:
            band edges that are very low for the rate want more bits than coefficients have.

    Example:
        >>> design("here", 160.0, None, 4, (np.array([50.0]), 30.0))
        ((519852697, 397878029, 519852697, 397878029, 502834482),)
    """
    signal = _scipy(where)
    sections = []
    if band_hz is not None:
        sections += _levelled(signal.butter(order, band_hz, "bandpass", fs=rate_hz, output="sos"))
    for frequency in notch[0]:
        b, a = signal.iirnotch(frequency, notch[1], rate_hz)
        sections.append(np.concatenate([b, a]))
    integers = tuple(_integers(where, section) for section in sections)
    if sections:
        _require_same(where, rate_hz, sections, integers)
    return integers


def _scipy(where: str) -> Any:
    try:
        from scipy import signal
    except ImportError as error:
        remedy = "pip install 'tinyq[stream]', or leave out band_hz and notch_hz"
        raise EmitError(where, "SciPy, which designs filters, is not installed", "", remedy) from error
    return signal


def _levelled(sections: Reals) -> list[Reals]:
    """The same cascade, whose sections amplify alike: each by 1 at most, times what all need in common."""
    points = np.exp(1j * np.linspace(0, np.pi, 4096))
    peaks = [np.abs(np.polyval(s[:3], points) / np.polyval(s[3:], points)).max() for s in sections]
    common = float(np.prod(peaks)) ** (1 / len(peaks))
    return [np.concatenate([s[:3] * (common / peak), s[3:]]) for s, peak in zip(sections, peaks, strict=True)]


def _integers(where: str, section: Reals) -> Section:
    b0, b1, b2, _, a1, a2 = (int(x) for x in np.rint(np.asarray(section) * (1 << COEFFICIENT_BITS)))
    one = 1 << COEFFICIENT_BITS
    # The triangle of stability, and that a coefficient fits 32 bits.
    if not (abs(a2) < one and abs(a1) < one + a2) or max(map(abs, (b0, b1, b2))) >= 4 * one:
        got = "a filter too narrow for 29 bits of fraction"
        raise EmitError(where, got, "a wider band or notch, or a lower order", "or record at a lower rate")
    return b0, b1, b2, a1, a2


def _require_same(where: str, rate_hz: float, sections: list[Reals], integers: tuple[Section, ...]) -> None:
    one = 1 << COEFFICIENT_BITS
    rounded = [np.array([b0, b1, b2, one, a1, a2]) / one for b0, b1, b2, a1, a2 in integers]
    poles = np.concatenate([np.roots(section[3:]) for section in sections])
    frequencies = np.concatenate([np.abs(np.angle(poles)), np.geomspace(1e-5, np.pi, 2048)])  # radians
    off = np.abs(_response(rounded, frequencies) - _response(sections, frequencies))
    if off.max() > DEVIATION:
        at = frequencies[off.argmax()] * rate_hz / (2 * np.pi)
        got = f"a filter that integers change by {100 * off.max():.1f} % at {at:.3g} Hz"
        remedy = "a higher lower edge, a lower order, or record at a lower rate"
        raise EmitError(where, got, f"at most {100 * DEVIATION:g} % of its gain", remedy)


def _response(sections: list[Reals], frequencies: Reals) -> Reals:
    """Gain of a cascade at frequencies in radians a sample."""
    points = np.exp(1j * frequencies)
    gains = [np.abs(np.polyval(s[:3], points) / np.polyval(s[3:], points)) for s in sections]
    product: Reals = np.prod(gains, axis=0)
    return product


def gain(where: str, mean: float, deviation: float, scale: float) -> Gain:
    """Scaling of a channel: (filtered - mean) / deviation / scale as multiplier / 2**shift.

    Args:
        where: for messages.
        mean, deviation: of the filtered channel, in counts.
        scale: of the model's input.

    Raises:
        EmitError: the deviation is no positive number, or out of what 32 bits can scale.

    Example:
        >>> gain("here", 0.0, 10.0, 0.04)
        (0, 1342177280, 37)
    """
    factor = 1 / (deviation * scale * (1 << FRACTION_BITS)) if deviation > 0 else math.inf
    multiplier, left = quantize_multiplier(factor) if math.isfinite(factor) else (0, 0)
    shift = 31 - left
    centre = round(mean * (1 << FRACTION_BITS)) if math.isfinite(mean) else 1 << 30
    if not (multiplier > 0 and 1 <= shift <= 62 and abs(centre) < 1 << 29):
        got = f"mean {mean:g} and deviation {deviation:g} of a channel"
        raise EmitError(where, got, "a finite mean, a deviation above 0", "is an electrode flat?")
    return centre, multiplier, shift
