"""tinyq.run.process: programs that crash, hang, complain or cannot be started."""

import dataclasses
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from tinyq.core.errors import RunError
from tinyq.run.process import INPUT, OUTPUT, Job, execute, log_tail


def python(folder: Path, code: str, streams: bool = True) -> Job:
    (folder / INPUT).write_bytes(b"12345")
    return Job([sys.executable, "-c", code], folder, streams)


def silent(size: int) -> None:
    """No progress."""


def test_streams_are_the_two_files(tmp_path: Path) -> None:
    job = python(tmp_path, "import sys; sys.stdout.write(sys.stdin.read()[::-1])")
    assert execute(job, silent, 10) == 0
    assert (tmp_path / OUTPUT).read_bytes() == b"54321"


def test_a_program_without_streams_opens_the_files_itself(tmp_path: Path) -> None:
    code = f"open({OUTPUT!r}, 'w').write(open({INPUT!r}).read() * 2); print('hi')"
    job = python(tmp_path, code, streams=False)
    assert execute(job, silent, 10) == 0
    assert (tmp_path / OUTPUT).read_bytes() == b"1234512345"
    assert log_tail(job) == "\n    hi"


def test_the_exit_status_and_the_complaint_are_kept(tmp_path: Path) -> None:
    job = python(tmp_path, "import sys; print('first\\nlast', file=sys.stderr); sys.exit(3)")
    assert execute(job, silent, 10) == 3
    assert log_tail(job).endswith("\n    first\n    last")


def test_a_crash_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"killed by signal 11 \(Segmentation fault\)"):
        execute(python(tmp_path, "import os; os.kill(os.getpid(), 11)"), silent, 10)


def test_a_hang_is_ended_and_the_program_is_gone(tmp_path: Path) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(RunError, match="(?s)gave no output for 0.*timeout_s"):
        execute(python(tmp_path, code), silent, 0.4)
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / OUTPUT).read_text()), 0)


def test_a_slow_program_that_goes_on_is_not_ended_and_is_watched(tmp_path: Path) -> None:
    code = "import time\nfor _ in range(6): print('x', flush=True); time.sleep(0.25)"
    sizes: list[int] = []
    assert execute(python(tmp_path, code), sizes.append, 1.0) == 0
    assert sizes == sorted(sizes) and len(set(sizes)) >= 4


def test_a_program_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    (tmp_path / INPUT).touch()
    with pytest.raises(RunError, match="cannot be started"):
        execute(Job([str(tmp_path / "nothing")], tmp_path, True), silent, 10)


def test_a_program_that_says_when_it_is_ready_gets_its_input_then(tmp_path: Path) -> None:
    """What it could read before is thrown away, as a UART does that is not yet on."""
    code = """import os, select, sys, time
time.sleep(0.2)
early = select.select([0], [], [], 0)[0]
os.write(1, b"ready")
os.write(1, sys.stdin.buffer.read(5) + (b" early" if early else b""))
"""
    job = dataclasses.replace(python(tmp_path, code), ready=b"ready")
    assert execute(job, silent, 10) == 0
    assert (tmp_path / OUTPUT).read_bytes() == b"ready12345"


def test_a_program_that_ends_before_it_is_ready_leaves_nothing_behind(tmp_path: Path) -> None:
    job = dataclasses.replace(python(tmp_path, "import sys; sys.exit(5)"), ready=b"ready")
    assert execute(job, silent, 10) == 5
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]
