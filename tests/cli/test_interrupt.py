"""Ctrl-C while a command is loaded or works: one word, exit status 130, no traceback."""

import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import sys
from tinyq.__main__ import main
sys.stdout.write("up\\n")
sys.stdout.flush()
sys.argv = ["tinyq", "inspect", "/dev/stdin"]
main()
"""


@pytest.mark.parametrize("after_s", [0.01, 0.1, 0.3, 1.5])
def test_ctrl_c_is_one_word_whenever_it_comes(after_s: float) -> None:
    # It reads a pipe that nobody writes to, so it would wait for ever.
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], **streams) as process:
        assert process.stdout.readline() == "up\n"
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "interrupted\n"
        process.stdin.close()
    assert process.returncode == 130
