"""The README's program is run, and its commands print what the README says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools_required import need

README = Path(__file__).parent.parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)


def without_numbers(text: str) -> str:
    """Training differs a little between processors, and with it accuracy and the codes that are zero."""
    return re.sub(r" +", " ", re.sub(r"\d[\d,.]*", "#", text))


@pytest.mark.train
@pytest.mark.qemu
def test_program_and_commands_print_what_the_readme_says(tmp_path: Path) -> None:
    need("python:tensorflow", "python:larq", "arm-none-eabi-gcc", "qemu-system-arm", "make")
    (program,) = blocks("python")
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    for block in blocks("console"):
        command, _, expected = block.partition("\n")
        words = ["sh", "-c", command.removeprefix("$ ")]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert without_numbers(done.stdout) == without_numbers(expected)
        assert done.stdout.splitlines()[0] == expected.splitlines()[0]
        accuracy = float(re.search(r"accuracy (\S+)", done.stdout)[1])
        assert accuracy > 95


def test_program_and_output_come_first() -> None:
    lines = README.read_text().splitlines()
    assert "```console" in lines[:30]
    assert any("outputs identical" in line for line in lines[:30])
