"""Ctrl-C while a command is loaded or works: one word, exit status 130, no traceback."""

import signal
import subprocess
import sys
import time
from functools import partial
from typing import NoReturn

import pytest
import typer
from command import call

from tinyq.cli import program

PROGRAM = """
import sys
from tinyq.cli import main
sys.stdout.write("up\\n")
sys.stdout.flush()
sys.argv = ["tinyq", "inspect", "/dev/stdin"]
main()
"""


@pytest.mark.parametrize("after_s", [0.01, 0.1, 0.3, 1.5])
def test_ctrl_c_is_one_word_whenever_it_comes(after_s: float) -> None:
    # It reads a pipe that nobody writes to, so it would wait for ever.
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # unlike jobs in the background
    with subprocess.Popen([sys.executable, "-c", PROGRAM], preexec_fn=hear, **streams) as process:
        assert process.stdout.readline() == "up\n"
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "interrupted\n"
        process.stdin.close()
    assert process.returncode == 130


def test_a_command_that_has_its_own_word_for_ctrl_c_is_not_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(show: bool = False) -> NoReturn:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise typer.Exit(130)  # noqa: B904

    def silent() -> NoReturn:
        raise KeyboardInterrupt

    for work, said in ((stopped, ""), (silent, "interrupted\n")):
        app = typer.Typer()
        app.command()(work)
        monkeypatch.setattr(program, "app", app)
        assert call(monkeypatch) == 130
        assert capsys.readouterr().err == said


def test_loading_the_commands_loads_no_tensorflow() -> None:
    code = "import sys, tinyq.cli.program; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
