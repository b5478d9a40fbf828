"""tinyq.run.flash: commands by the board's facts, and what is said where a tool or a board is missing."""

import dataclasses
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tools_required import need

from tinyq.core.boards import Board, list_boards, load_board
from tinyq.core.errors import BoardError, BuildError, RunError
from tinyq.run import flash as module
from tinyq.run.flash import flash, flashing

# As the boot ROMs have it: RP2040 datasheet, 2.8.4.2; RP2350 datasheet, 5.5.2.
BOOT_ROMS = {
    "rp2040": "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n",
    "rp2350": "UF2 Bootloader v1.0\r\nModel: Raspberry Pi RP2350\r\nBoard-ID: RP2350\r\n",
}
FLASHED = [name for name in list_boards() if load_board(name).flasher]


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    """An ELF file of one page at 0x10000000, in a folder with a space in its name."""
    head = bytes.fromhex("7f454c46010101" + "00" * 9 + "0200280001000000") + (0x10000001).to_bytes(
        4, "little"
    )
    head += b"".join(n.to_bytes(4, "little") for n in (52, 0, 0)) + b"".join(
        n.to_bytes(2, "little") for n in (52, 32, 1, 40, 0, 0)
    )
    segment = b"".join(n.to_bytes(4, "little") for n in (1, 84, 0x10000000, 0x10000000, 256, 256, 5, 4))
    path = tmp_path / "a folder" / "firmware.elf"
    path.parent.mkdir()
    path.write_bytes(head + segment + bytes(range(256)))
    return path


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the pretended openocd and pyocd write their arguments to."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    said = tmp_path / "said"
    for name in ("openocd", "pyocd"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{said}"\n')
        program.chmod(0o755)
    return said


def without_picotool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: None if name == "picotool" else f"/bin/{name}")


@pytest.mark.parametrize("name", FLASHED)
def test_the_command_of_every_board_can_be_given_to_a_shell(name: str, elf: Path) -> None:
    how = flashing(load_board(name), elf)
    assert shlex.split(str(how)) == list(how.command)
    assert any(str(how.image) in word for word in how.command)


def test_openocd_gets_the_chip_and_the_file_in_one_word_of_its_language(elf: Path, tool: Path) -> None:
    board = load_board("stm32f405")
    flash(flashing(board, elf), board)
    script = f"program {{{elf}}} verify reset exit"
    assert tool.read_text().splitlines() == [
        *("-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg", "-c", script)
    ]


def test_pyocd_gets_the_chip_and_does_not_wait_for_a_probe(elf: Path, tool: Path) -> None:
    board = load_board("nrf52840")
    flash(flashing(board, elf), board)
    assert tool.read_text().splitlines() == ["flash", "--no-wait", "--target", "nrf52840", str(elf)]


def flashed_by(name: str) -> list[Board]:
    return [board for board in map(load_board, list_boards()) if board.flasher == name]


@pytest.mark.parametrize("board", flashed_by("openocd"), ids=lambda board: board.name)
def test_openocd_itself_reads_the_chips_script_and_one_file_name(board: Board, elf: Path) -> None:
    need("openocd")
    dry_run = 'proc program {file args} {echo "FILE $file, THEN $args"; shutdown}'
    command = list(flashing(board, elf).command)
    command[command.index("-c") : command.index("-c")] = ["-c", dry_run]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "deprecated" not in done.stderr.lower()
    assert f"FILE {elf}, THEN verify reset exit\n" in done.stderr


@pytest.mark.parametrize("board", flashed_by("pyocd"), ids=lambda board: board.name)
def test_pyocd_itself_knows_the_chip_and_the_options(board: Board, elf: Path) -> None:
    need("python:pyocd")
    from pyocd.target import TARGET

    assert board.flash_target in TARGET
    words = [sys.executable, "-m", "pyocd", *flashing(board, elf).command[1:]]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False
    )  # 2: words that it does not know
    assert (done.returncode, done.stdout.strip()) == (1, "No connected debug probes"), done.stderr


def test_a_boot_roms_drive_gets_a_uf2_file(
    elf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, drive = load_board("rp2040"), tmp_path / "RPI-RP2"
    monkeypatch.setattr(module, "_DRIVES", (str(tmp_path / "*"),))
    without_picotool(monkeypatch)
    drive.mkdir()
    assert flashing(board, elf).lacks  # a drive, but no boot ROM's
    (drive / "INFO_UF2.TXT").write_text(BOOT_ROMS["rp2040"])
    flash(flashing(board, elf), board)
    made = (drive / "firmware.uf2").read_bytes()
    assert len(made) == 512 and made[28:32] == bytes.fromhex("56ff8be4") and made[32:288] == bytes(range(256))


@pytest.mark.parametrize(("name", "other"), [("rp2040", "rp2350"), ("rp2350", "rp2040")])
def test_another_chips_drive_gets_nothing_and_both_are_named(
    name: str, other: str, elf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, drive = load_board(name), tmp_path / "a drive"
    monkeypatch.setattr(module, "_DRIVES", (str(tmp_path / "*"),))
    without_picotool(monkeypatch)
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text(BOOT_ROMS[other])
    with pytest.raises(
        RunError, match=f"a drive is the drive of {load_board(other).drive} .*Raspberry"
    ) as caught:
        flash(flashing(board, elf), board)
    assert f"board '{name}' has {board.drive}" in str(caught.value)
    assert [path.name for path in drive.iterdir()] == ["INFO_UF2.TXT"]


def test_picotool_is_taken_where_it_is_installed(elf: Path, tool: Path) -> None:
    (tool.parent / "picotool").symlink_to(tool.parent / "openocd")
    board = load_board("rp2350")
    flash(flashing(board, elf), board)
    assert tool.read_text().splitlines() == ["load", "-x", str(elf.with_suffix(".uf2"))]


def test_without_a_drive_the_command_names_where_debian_mounts_it(
    elf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DRIVES", ())
    without_picotool(monkeypatch)
    monkeypatch.setenv("USER", "ada")
    for name, label in (("rp2040", "RPI-RP2"), ("rp2350", "RP2350")):
        assert str(flashing(load_board(name), elf)).endswith(f" /media/ada/{label}")


def test_how_to_install_a_missing_tool_is_said(elf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    for name, install in (
        ("nrf52840", r"pip install 'tinyq\[flash\]'"),
        ("stm32f405", "apt-get install openocd"),
    ):
        board = load_board(name)
        with pytest.raises(RunError, match=install):
            flash(flashing(board, elf), board)


@pytest.mark.parametrize("name", FLASHED)
def test_without_tool_or_board_nothing_is_written_and_the_command_is_told(
    name: str, elf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DRIVES", ())
    monkeypatch.setenv("PATH", "")
    board = load_board(name)
    how = flashing(board, elf)
    with pytest.raises(RunError) as caught:
        flash(how, board)
    assert "nothing was written" in str(caught.value) and str(how) in str(caught.value)


def test_what_a_tool_complains_of_is_shown(elf: Path, tool: Path) -> None:
    (tool.parent / "openocd").write_text("#!/bin/sh\necho Error: open failed >&2\nexit 1\n")
    board = load_board("stm32f405")
    with pytest.raises(RunError, match="(?s)openocd failed with status 1.*open failed.*connect.*openocd -f"):
        flash(flashing(board, elf), board)


def test_a_board_without_a_flasher_is_refused(elf: Path) -> None:
    board: Board = dataclasses.replace(load_board("stm32f405"), flasher="")
    with pytest.raises(BoardError, match="names no flasher"):
        flashing(board, elf)


def test_what_is_no_program_is_not_flashed(tmp_path: Path) -> None:
    (tmp_path / "firmware.elf").write_text("no program")
    with pytest.raises(BuildError, match="damaged"):
        flashing(load_board("stm32f405"), tmp_path / "firmware.elf")
