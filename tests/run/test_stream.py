"""A board that streams: every decision is NumPy's, whatever is lost is counted, and nothing hangs."""

import dataclasses
import random
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from stream_nets import SETTINGS, built, emitted, expected, image_net, noise, plan_of, seen, signal_net
from tools_required import need

from tinyq.core.errors import RunError
from tinyq.core.frames import Frame, Kind, Parser, Reason, encode
from tinyq.core.stream_plan import StreamPlan
from tinyq.run.emitted import Emitted
from tinyq.run.link import Link, program_link
from tinyq.run.stream import Session


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Emitted, Path]:
    """The signal net for this computer, with the sanitizers."""
    need("cc")
    made = emitted(tmp_path_factory.mktemp("stream"))
    return made, built(made, TQ_SANITIZE="ON")


@pytest.fixture
def link(program: tuple[Emitted, Path]) -> Iterator[Link]:
    made, elf = program
    with program_link(made.board, elf) as opened:
        yield opened


@pytest.fixture
def plan(program: tuple[Emitted, Path]) -> StreamPlan:
    return plan_of(program[0])


def say(link: Link, *frames: Frame | bytes) -> list[Frame]:
    """What the board answers to frames, up to its answer to a last empty one."""
    for frame in frames:
        link.write(encode(frame) if isinstance(frame, Frame) else frame)
    link.write(encode(Frame(Kind.HELLO, 999, bytes(4))))
    parser, found = Parser(), []
    while not found or found[-1].sequence != 999:
        found += parser.take(link.read(10.0))
    return found[:-1]


def samples_frame(first: int, samples: np.ndarray, sequence: int = 1) -> Frame:
    return Frame(Kind.SAMPLES, sequence, struct.pack("<I", first) + samples.tobytes())


@pytest.mark.parametrize("minutes", [2, pytest.param(60, marks=pytest.mark.slow)])
def test_every_decision_of_a_long_recording_at_full_speed_is_numpys(
    link: Link, plan: StreamPlan, minutes: int
) -> None:
    samples = noise(160 * 60 * minutes)
    session = Session(link, plan)
    session.begin()
    answers = list(session.play([samples]))
    wanted = expected(signal_net(), plan, samples)
    assert seen(answers) == wanted and len(wanted) == (len(samples) - 31) // 8 + 1
    assert [a.window for a in answers] == list(range(len(wanted)))
    assert session.totals.sent == len(samples) and not session.totals.missed


def test_blocks_of_any_size_and_runs_one_after_another_are_the_same(link: Link, plan: StreamPlan) -> None:
    samples = noise(500, 1)
    session = Session(link, plan)
    for cuts in ([], [1, 2, 3, 250, 251, 499]):
        session.begin()
        assert seen(list(session.play(np.split(samples, cuts)))) == expected(signal_net(), plan, samples)


@pytest.mark.parametrize("gap", [1, 5, 32])
def test_the_last_sample_stands_for_missed_ones(link: Link, plan: StreamPlan, gap: int) -> None:
    samples = noise(200, gap)
    samples[60 : 60 + gap] = samples[59]
    hello = Frame(Kind.HELLO, 0, bytes(4))
    parts = [samples_frame(0, samples[:60]), samples_frame(60 + gap, samples[60 + gap :], 2)]
    # Frames are short in these settings: as many as it takes.
    frames = [piece for part in parts for piece in pieces(part, plan)]
    answers = say(link, hello, *frames)
    words = [x.words for x in answers if x.kind == Kind.ANSWER]
    assert [(w[1], w[2], w[3]) for w in words] == [w[:3] for w in expected(signal_net(), plan, samples)]
    assert words[-1][7] == gap and answers[-1].words[:2] == (200, gap)


def test_after_a_gap_longer_than_a_window_filters_and_windows_begin_anew(
    link: Link, plan: StreamPlan
) -> None:
    samples = noise(300, 4)
    frames = [Frame(Kind.HELLO, 0, bytes(4)), *pieces(samples_frame(0, samples[:50]), plan)]
    frames += pieces(samples_frame(1001, samples[50:]), plan)
    answers = say(link, *frames)
    ends = [x.words[1:4] for x in answers if x.kind == Kind.ANSWER]
    before = expected(signal_net(), plan, samples[:50])
    after = expected(signal_net(), plan, samples[50:], 1001)
    assert ends == [x[:3] for x in before + after] and len(after) > 10
    assert answers[-1].words == (1251, 951, 0)


def pieces(frame: Frame, plan: StreamPlan) -> list[Frame]:
    """A frame of samples in as many as the plan's size asks for."""
    first, data = struct.unpack_from("<I", frame.payload)[0], frame.payload[4:]
    size = plan.frame_samples * plan.sample_bytes
    starts = range(0, len(data), size)
    return [
        Frame(
            frame.kind,
            frame.sequence,
            struct.pack("<I", first + at // plan.sample_bytes) + data[at : at + size],
        )
        for at in starts
    ]


def test_samples_that_come_twice_count_once(link: Link, plan: StreamPlan) -> None:
    samples = noise(120, 9)
    frames = pieces(samples_frame(0, samples), plan)
    answers = say(link, Frame(Kind.HELLO, 0, bytes(4)), *frames[:9], *frames[3:9], *frames[8:])
    labels = [x.words[1:4] for x in answers if x.kind == Kind.ANSWER]
    assert labels == [x[:3] for x in expected(signal_net(), plan, samples)]
    assert answers[-1].words == (120, 0, 0)


WRONG = {
    "version": (Frame(Kind.HELLO, 5, bytes(4), version=2), Reason.BAD_VERSION),
    "kind": (Frame(77, 5, bytes(4)), Reason.BAD_KIND),
    "no_words": (Frame(Kind.SAMPLES, 5), Reason.BAD_SIZE),
    "half_a_sample": (Frame(Kind.SAMPLES, 5, bytes(4 + 7)), Reason.BAD_SIZE),
    "long_hello": (Frame(Kind.HELLO, 5, bytes(8)), Reason.BAD_SIZE),
    "no_hello": (Frame(Kind.SAMPLES, 5, bytes(4)), Reason.NO_HELLO),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_frame_is_refused_with_its_reason_and_the_next_one_is_answered(link: Link, name: str) -> None:
    frame, reason = WRONG[name]
    assert say(link, frame) == [Frame(Kind.REFUSED, 5, struct.pack("<I", reason))]


def test_over_long_input_and_a_reset_in_mid_frame_cost_only_themselves(link: Link, plan: StreamPlan) -> None:
    samples = noise(plan.frame_samples, 2)
    whole = samples_frame(0, samples, 3)
    hello = Frame(Kind.HELLO, 0, bytes(4))
    answers = say(link, hello, encode(whole)[:20], b"\1" * 100_000, encode(whole)[:-5], whole)
    assert [x.kind for x in answers] == [Kind.INFO, Kind.TAKEN]
    assert answers[-1] == Frame(Kind.TAKEN, 3, struct.pack("<3I", plan.frame_samples, 0, 2))


class Noisy:
    """A link that now and then loses, changes or adds a byte, both ways."""

    name = "a noisy line"

    def __init__(self, link: Link, seed: int, rate: float) -> None:
        self._link, self._rng, self._rate = link, random.Random(seed), rate

    def read(self, timeout_s: float) -> bytes:
        return self._spoil(self._link.read(timeout_s))

    def write(self, data: bytes) -> None:
        self._link.write(self._spoil(data))

    def _spoil(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            kind = self._rng.random() / self._rate
            out += {0: b"", 1: bytes([byte ^ 16]), 2: bytes([byte, 0])}.get(int(3 * kind), bytes([byte]))
        return bytes(out)


def test_noise_loses_what_it_hit_and_all_else_is_right(
    link: Link, plan: StreamPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyq.run.stream._ASK_S", 0.2)
    samples = noise(6000, 8)
    clean = {x[0]: x[2] for x in expected(signal_net(), plan, samples)}
    session = Session(Noisy(link, 1, 3e-4), plan)
    session.begin()
    answers = list(session.play([samples]))
    assert 0 < session.totals.missed < 600 and session.totals.damaged > 0 and session.totals.resets == 0
    before = [answer for answer in answers if not answer.missed]
    assert before and all(clean[answer.end] == answer.alone for answer in before)
    assert len(answers) > 0.85 * len(clean)


class Saying:
    """A board that says one thing."""

    name = "/dev/ttyX"

    def __init__(self, said: bytes) -> None:
        self._said = said

    def read(self, timeout_s: float) -> bytes:
        return self._said

    def write(self, data: bytes) -> None:
        pass


class Restarting:
    """A board that is reset after so many frames, in the middle of one."""

    name = "a board"

    def __init__(self, program: tuple[Emitted, Path], stack: ExitStack, after: int) -> None:
        self._program, self._stack, self._left = program, stack, after
        self._start()

    def _start(self) -> None:
        self._link = self._stack.enter_context(program_link(self._program[0].board, self._program[1]))

    def read(self, timeout_s: float) -> bytes:
        return self._link.read(timeout_s)

    def write(self, data: bytes) -> None:
        self._left -= 1
        if self._left == 0:
            self._link.write(data[: len(data) // 2])
            self._start()
            data = data[len(data) // 2 :]
        self._link.write(data)


def test_a_board_that_is_reset_in_mid_frame_goes_on_with_the_next_sample(
    program: tuple[Emitted, Path], plan: StreamPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyq.run.stream._ASK_S", 0.2)
    samples = noise(700, 3)
    with ExitStack() as stack:
        session = Session(Restarting(program, stack, 40), plan)
        session.begin()
        answers = list(session.play([samples]))
    assert session.totals.resets == 1 and 0 < session.totals.missed <= 4 * plan.frame_samples
    again = next(n for n in range(1, len(answers)) if answers[n].windows == 1)
    whole = expected(signal_net(), plan, samples)
    assert seen(answers[:again]) == whole[:again]
    # From rest at some sample: the filters settle, and then decide as if nothing had been.
    assert answers[-1].end == whole[-1][0] and len(answers) > len(whole) - 12


def test_a_board_that_does_not_answer_or_runs_something_else_is_an_error(
    program: tuple[Emitted, Path], link: Link, plan: StreamPlan
) -> None:
    other = dataclasses.replace(plan, smooth=9)
    with pytest.raises(RunError, match=r"(?s)other settings.*tinyq flash"):
        Session(link, other).begin()

    with pytest.raises(RunError, match=r"(?s)/dev/ttyX: no answer within 0 s, only noise"):
        Session(Saying(b"\0hello?\0"), plan, 0.3).begin()


def test_a_board_that_found_a_fault_when_it_started_says_which(plan: StreamPlan) -> None:
    with pytest.raises(RunError, match=r"/dev/ttyX: the board stopped with fault 9: the model's constants"):
        Session(Saying(b"tinyq fault 09\n"), plan).begin()


def test_a_board_that_falls_silent_is_an_error_after_the_timeout(
    link: Link, plan: StreamPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyq.run.stream._ASK_S", 0.1)
    session = Session(link, plan, 0.5)
    session.begin()
    monkeypatch.setattr(link, "read", lambda timeout_s: b"")
    with pytest.raises(RunError, match="has not answered"):
        list(session.play([noise(100)]))


class Late:
    """A line on which each answer takes so long; and, of answers that come together, one at a time."""

    name = "a slow line"

    def __init__(self, link: Link, delay_s: float, pace_s: float = 0.0) -> None:
        self._link, self._delay_s, self._pace_s = link, delay_s, pace_s
        self._frames: list[tuple[float, bytes]] = []
        self._last = 0.0

    def write(self, data: bytes) -> None:
        self._link.write(data)

    def read(self, timeout_s: float) -> bytes:
        heard = self._link.read(0.01)
        for frame in [b"\0" + part + b"\0" for part in heard.split(b"\0") if part]:
            self._last = max(self._last + self._pace_s, time.monotonic() + self._delay_s)
            self._frames.append((self._last, frame))
        due = [frame for when, frame in self._frames if when <= time.monotonic()]
        del self._frames[: len(due)]
        return b"".join(due)


def test_a_line_slower_than_the_greeting_is_repeated_greets_all_the_same(
    link: Link, plan: StreamPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyq.run.stream._ASK_S", 0.4)
    samples = noise(50, 6)
    session = Session(Late(link, 0.15), plan, 3.0)
    for _ in range(2):
        session.begin()
        assert seen(list(session.play([samples]))) == expected(signal_net(), plan, samples)
        assert not session.totals.damaged_here and not session.totals.missed


def test_a_board_that_answers_window_by_window_is_not_silent(tmp_path: Path) -> None:
    need("cc")
    each = SETTINGS.replace("hop = 4", "hop = 1").replace("decimate = 2\n", "")
    made = emitted(tmp_path, settings=each.replace("frame_samples = 7", "frame_samples = 40"))
    samples = noise(40, 7)
    with program_link(made.board, built(made)) as link:
        session = Session(Late(link, 0.0, 0.05), plan_of(made), 0.5)
        session.begin()
        assert seen(list(session.play([samples]))) == expected(signal_net(), plan_of(made), samples)


def test_every_sample_feeds_the_watchdog_in_a_gap_too(tmp_path: Path) -> None:
    need("cc")
    made = emitted(tmp_path)
    port = made.folder / "boards" / "host" / "port.c"
    feed = "void tq_port_watchdog_feed(void) {"
    assert feed in port.read_text()
    port.write_text(port.read_text().replace(feed, f"{feed} fputc('f', stderr); "))
    hello = encode(Frame(Kind.HELLO, 0, bytes(4)))
    elf = built(made)
    done = subprocess.run(
        [elf], input=hello + encode(samples_frame(30, noise(0))), capture_output=True, check=True
    )
    assert done.stderr.count(b"f") >= 30


def test_a_program_that_ends_says_so(program: tuple[Emitted, Path], plan: StreamPlan) -> None:
    with (
        program_link(program[0].board, Path("/bin/true")) as ended,
        pytest.raises(RunError, match="program for host: ended by itself"),
    ):
        Session(ended, plan).begin()


# A UART with interrupts (Cortex-M4, and M0 with images), one that is polled, and files as pipes.
ON_BOARDS = [
    ("stm32f405", False),
    ("qemu_cortex_m4", False),
    pytest.param("microbit", True, marks=pytest.mark.slow),
    pytest.param("stm32f100", True, marks=pytest.mark.slow),
    pytest.param("raspi3b", False, marks=pytest.mark.slow),
]


@pytest.mark.qemu
@pytest.mark.parametrize(("board", "images"), ON_BOARDS)
def test_emulated_boards_decide_as_numpy(board: str, images: bool, tmp_path: Path) -> None:
    made = emitted(tmp_path, board, images=images)
    need(made.board.compiler, made.board.emulator)
    plan, graph = plan_of(made), image_net() if images else signal_net()
    samples = np.random.default_rng(0).integers(-128, 128, (80, 8)).astype(np.int8) if images else noise(400)
    with program_link(made.board, built(made)) as link:
        for frame in ([], [b"\0\7garbage", encode(samples_frame(0, samples[:1]))[:9]]):
            for part in frame:
                link.write(part)  # of a host that was killed in mid-frame
            session = Session(link, plan)
            session.begin()
            assert seen(list(session.play([samples]))) == expected(graph, plan, samples)
            assert not session.totals.missed
