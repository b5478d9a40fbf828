"""tinyq.core.boards: facts are read, and wrong ones refused with the file, the key and what is allowed."""

import shutil
from pathlib import Path

import pytest

from tinyq.core.boards import boards_dir, list_boards, load_board
from tinyq.core.errors import BoardError


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of the user's own, made from the emulated board."""
    folder = tmp_path / "mine"
    shutil.copytree(boards_dir() / "qemu_cortex_m4", folder)
    replace(folder, 'name = "qemu_cortex_m4"', 'name = "mine"')
    return folder


def replace(folder: Path, old: str, new: str) -> None:
    toml = folder / "board.toml"
    assert old in toml.read_text()
    toml.write_text(toml.read_text().replace(old, new))


@pytest.mark.parametrize("name", list_boards())
def test_every_board_that_comes_with_tinyq_loads(name: str) -> None:
    board = load_board(name)
    assert board.name == name
    assert (board.folder / "README.md").is_file()


def test_the_first_two_boards_are_there() -> None:
    assert {"host", "qemu_cortex_m4"} <= set(list_boards())


def test_sizes_are_bytes() -> None:
    board = load_board("qemu_cortex_m4")
    assert (board.flash_bytes, board.ram_bytes, board.stack_bytes) == (4 << 20, 4 << 20, 8 << 10)


def test_ticks_of_the_emulated_board_are_instructions_and_those_of_the_host_are_not() -> None:
    assert load_board("qemu_cortex_m4").instructions_per_tick == 40 / 32
    assert load_board("host").instructions_per_tick is None


def test_unknown_board_names_the_known_ones() -> None:
    with pytest.raises(BoardError, match="(?s)'cortex_z9'.*host, .*qemu_cortex_m4"):
        load_board("cortex_z9")


def test_a_folder_of_ones_own_is_a_board(mine: Path) -> None:
    assert load_board(mine).name == "mine"
    assert load_board(str(mine)).folder == mine


def test_a_folder_that_does_not_exist_names_the_known_boards(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="known"):
        load_board(tmp_path / "nothing")


@pytest.mark.parametrize("missing", ["board.toml", "board.cmake"])
def test_a_board_without_one_of_its_files_is_refused(mine: Path, missing: str) -> None:
    (mine / missing).unlink()
    with pytest.raises(BoardError, match=missing):
        load_board(mine)


WRONG = [
    ("flash_kib = 4096", "flash_kib = -1", "flash_kib = -1.*from 1 to"),
    ("flash_kib = 4096", "flash_kib = 99999999999", "flash_kib = 99999999999.*to 4,294,967,296"),
    ("flash_kib = 4096", 'flash_kib = "4096"', "flash_kib = '4096'.*whole number"),
    ("flash_kib = 4096", "", "'flash_kib' is missing"),
    ("flash_kib = 4096", "flash_kb = 4096", "unknown key 'flash_kb'.*flash_kib"),
    ("ram_kib = 4096", "ram_kib = 4_096", "CMake cannot read 'ram_kib'"),
    ("stack_kib = 8", "stack_kib = 4096", "less than ram_kib"),
    ('runner = "qemu"', 'runner = "jlink"', "runner = 'jlink'.*host, qemu, none"),
    ('tick = "instructions"', 'tick = "hours"', "instructions, cycles, time"),
    ('machine = "mps2-an386"', "", "'machine' is missing"),
    ("stack_kib = 8", "stack_kib = 8\nmicroamps = 9", "'millivolts' is missing.*all of microamps"),
    ('cpu = "cortex-m4"', 'cpu = "cortex-m4 -O0"', "cpu = 'cortex-m4 -O0'.*a word"),
    ("icount_shift = 5", "icount_shift = 60", "0 to 10"),
    ('shared = "bare_metal"', 'shared = "nothing"', "shared = 'nothing'"),
    ("stack_kib = 8", 'stack_kib = 8\nflasher = "jlink"', "openocd, pyocd, picotool, uf2"),
    ("stack_kib = 8", 'stack_kib = 8\nflasher = "pyocd"', "'flash_target' is missing"),
    ("stack_kib = 8", 'stack_kib = 8\nflasher = "uf2"\nflash_target = "0x1"', "'drive' is missing.*Board-ID"),
    ('name = "mine"', 'name = "other"', "name = 'other'.*'mine'"),
    ('name = "mine"', 'name = "mine', "not TOML"),
    ("ram_kib = 4096", "ram_kib = true", "ram_kib"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[new or old for old, new, _ in WRONG])
def test_a_wrong_fact_names_file_key_and_what_is_allowed(
    mine: Path, old: str, new: str, message: str
) -> None:
    replace(mine, old, new)
    with pytest.raises(BoardError, match=f"(?s)board.toml.*{message}"):
        load_board(mine)


def test_a_table_in_the_facts_is_refused(mine: Path) -> None:
    with (mine / "board.toml").open("a") as stream:
        stream.write("[timer]\nhz = 1\n")
    with pytest.raises(BoardError, match="timer"):
        load_board(mine)


def test_facts_that_are_not_utf8_are_refused(mine: Path) -> None:
    (mine / "board.toml").write_bytes(b'name = "\xff"\n')
    with pytest.raises(BoardError, match="not TOML"):
        load_board(mine)
