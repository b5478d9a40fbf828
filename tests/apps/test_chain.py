"""Filters, decimation, scaling and windows of the application `stream`: C gives NumPy's integers."""

import struct
from pathlib import Path

import numpy as np
import pytest
from host_c import STREAM, answer, build_program
from scipy.signal import butter, sosfilt
from stream_plans import IMAGES, SIGNAL, plan

from tinyq.core.errors import EmitError
from tinyq.core.reference.stream_chain import as_int8, biquads, decisions, windows
from tinyq.core.stream_plan import LIMIT, StreamPlan
from tinyq.emit.stream_filters import design, gain
from tinyq.emit.stream_source import stream_files

NARROW = design("test", 1000.0, (0.5, 2.0), 2, (np.array([50.0]), 100.0))  # poles close to 1
PLANS = {
    "signal": SIGNAL,
    "time_first": plan(time_last=False, hop=20, decimate=1),
    "no_filter": plan(sections=(), decimate=3),
    "narrow": plan(sections=NARROW, gains=SIGNAL.gains[:1], channels=1, hop=1),
    "tiny_scale": plan(gains=tuple(gain("test", 0.0, deviation, 1e-3) for deviation in (1e-3, 1.0, 3e4))),
    "images": IMAGES,
}


def emitted(made: StreamPlan, folder: Path) -> Path:
    """chain_windows.c with the settings of a plan."""
    for name, text in stream_files(made).items():
        (folder / Path(name).name).write_text(text)
    sources = [STREAM / "chain.c", STREAM / "filter.c", folder / "stream_settings.c"]
    return build_program(
        folder / "chain", [Path(__file__).parent / "chain_windows.c", *sources], "-I", str(folder)
    )


def hard_samples(channels: int) -> np.ndarray:
    """[n, channels] int16: extremes in a square wave that the filters ring to, noise, and long silence."""
    rng = np.random.default_rng(3)
    square = np.where(np.arange(300) // 4 % 2, 32767, -32768)[:, None] * np.ones(channels, int)
    noise = rng.integers(-32768, 32768, (400, channels))
    steps = np.repeat(rng.choice([-32768, 0, 32767], (20, channels)), 10, axis=0)
    impulse = np.zeros((900, channels), int)
    impulse[3] = 32767
    return np.concatenate([square, noise, steps, impulse]).astype(np.int16)


@pytest.mark.parametrize("first", [0, 7, 2**32 - 600])
@pytest.mark.parametrize("name", PLANS)
def test_c_gives_the_references_windows(name: str, first: int, tmp_path: Path) -> None:
    made = PLANS[name]
    samples = hard_samples(made.channels)
    samples = samples if made.signal else samples.astype(np.int8)
    wanted, ends = windows(made, samples, first)
    got = answer(emitted(made, tmp_path), struct.pack("<I", first) + samples.tobytes())
    assert got == wanted.tobytes() and len(wanted) > 50
    starts = ends - made.window_samples
    assert not (starts % made.hop_samples).any() and (np.diff(ends) == made.hop_samples).all()


def test_a_filter_is_the_one_that_scipy_designs() -> None:
    sections = design("test", 160.0, (8.0, 30.0), 4, (np.zeros(0), 30.0))
    samples = np.random.default_rng(0).normal(0, 50, (2000, 2)).round().astype(np.int16)
    wanted = sosfilt(butter(4, (8.0, 30.0), "bandpass", fs=160.0, output="sos"), samples, axis=0)
    assert np.abs(biquads(sections, samples) / 256 - wanted).max() < 0.02  # counts


def test_filters_saturate_and_come_back_and_are_silent_after_silence() -> None:
    strong = tuple((x * 3, y * 3, z * 3, a, b) for x, y, z, a, b in SIGNAL.sections[:2])
    filtered = biquads(strong * 2, hard_samples(2))
    assert np.abs(filtered).max() == LIMIT
    for sections in (SIGNAL.sections, NARROW):
        silence = np.zeros((60000, 1), np.int16)
        tail = biquads(sections, np.concatenate([hard_samples(1), silence]))[-2000:]
        assert np.abs(tail).max() <= 2  # 256ths of a count: no limit cycle that could be seen


@pytest.mark.parametrize("cut", [1, 3, 700])
def test_the_reference_is_that_of_sections_one_after_another(cut: int) -> None:
    samples = hard_samples(2)[:cut]
    values = samples
    one_by_one = np.stack([scalar(SIGNAL.sections, values[:, channel]) for channel in range(2)], axis=1)
    assert np.array_equal(biquads(SIGNAL.sections, samples), one_by_one)


def scalar(sections: tuple[tuple[int, ...], ...], samples: np.ndarray) -> np.ndarray:
    values = [int(x) << 8 for x in samples]
    for b0, b1, b2, a1, a2 in sections:
        x1 = x2 = y1 = y2 = residue = 0
        for n, x in enumerate(values):
            total = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2 + residue
            y, residue = total >> 29, total & ((1 << 29) - 1)
            if abs(y) >= LIMIT:
                y, residue = max(-LIMIT, min(LIMIT, y)), 0
            x1, x2, y1, y2 = x, x1, y, y1
            values[n] = y
    return np.array(values)


def test_scaling_is_the_quantization_of_the_standardised_signal() -> None:
    made = plan(zero_point=3, gains=(gain("test", 2.0, 10.0, 0.05),), channels=1)
    filtered = np.arange(-9000, 9000, 7, dtype=np.int32)[:, None]
    real = (filtered / 256 - 2.0) / 0.5
    assert np.array_equal(as_int8(made, filtered), np.floor(real + 0.5).clip(-131, 124) + 3)


@pytest.mark.parametrize("deviation", [0.0, -1.0, float("nan"), float("inf"), 1e30])
def test_a_channel_without_a_signal_is_an_error(deviation: float) -> None:
    with pytest.raises(EmitError, match=r"(?s)channel 4.*deviation"):
        gain("channel 4", 0.0, deviation, 0.05)


def test_a_filter_that_integers_cannot_hold_is_an_error() -> None:
    with pytest.raises(EmitError, match="too narrow"):
        design("test", 1e6, (0.001, 0.002), 1, (np.zeros(0), 30.0))


@pytest.mark.parametrize(("rate", "band"), [(48e3, (1.0, 40.0)), (16e3, (0.5, 40.0))])
def test_a_filter_that_integers_would_change_is_an_error(rate: float, band: tuple[float, float]) -> None:
    with pytest.raises(EmitError, match=r"(?s)integers change by [\d.]+ % at .* Hz.*lower rate"):
        design("test", rate, band, 4, (np.zeros(0), 30.0))
    assert design("test", 160.0, band, 4, (np.array([50.0]), 30.0))


def test_decisions_sum_the_last_outputs_and_take_the_first_of_equal_ones() -> None:
    outputs = np.array([[1, 2, 0, 0], [5, 0, 0, 0], [0, 4, 0, 0], [0, 0, 9, 0]], np.int8)
    label, alone, score, count = decisions(plan(smooth=3), outputs)
    assert label.tolist() == [1, 0, 0, 2] and alone.tolist() == [1, 0, 1, 2]
    assert score.tolist() == [2, 6, 6, 9] and count.tolist() == [1, 2, 3, 3]
