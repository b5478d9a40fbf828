"""Boards that nothing here can run: programs lie where the chip looks for them, in the form it wants."""

import re
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from deploy_nets import Net
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import BuildError
from tinyq.emit import emit_graph
from tinyq.run import build
from tinyq.run.image import PAGE, segments, uf2

pytestmark = pytest.mark.qemu

# board -> flash, where the vector table is in it, and RAM as the chips' datasheets have them: (address, KiB).
MAPS = {
    "nrf52840": ((0x0, 1024), 0, (0x20000000, 256)),
    "nano33ble": ((0x10000, 960), 0, (0x20000000, 256)),
    "rp2040": ((0x10000000, 2048), 256, (0x20000000, 264)),
    "rp2350": ((0x10000000, 4096), 0, (0x20000000, 520)),
    "stm32h743": ((0x08000000, 2048), 0, (0x24000000, 512)),
    "nucleo_f401re": ((0x08000000, 512), 0, (0x20000000, 96)),
    "nucleo_f411re": ((0x08000000, 512), 0, (0x20000000, 128)),
    "nucleo_f446re": ((0x08000000, 512), 0, (0x20000000, 128)),
}
UART_INTERRUPTS = {  # of the datasheets, too
    **{"nrf52840": 2, "nano33ble": 2, "rp2040": 20, "rp2350": 33, "stm32h743": 39},
    **{"nucleo_f401re": 38, "nucleo_f411re": 38, "nucleo_f446re": 38},
}


@pytest.fixture(scope="module", params=MAPS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """(board, ELF file of `hello` with a small net)."""
    need("arm-none-eabi-gcc")
    folder = tmp_path_factory.mktemp(request.param) / "out"
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", request.param, folder)
    return request.param, build(folder, "hello", {"TQ_WERROR": "ON"})


UARTS = {"usart1_pa9_pa10": 37, "usart1_pb6_pb7": 37, "usart3_pb10_pb11": 39, "usart3_pd8_pd9": 39}


def with_facts(board: str, facts: Mapping[str, str], folder: Path) -> Path:
    """Emitted for a copy of a board some of whose facts, as board.toml spells them, are others."""
    mine = folder / "mine"
    shutil.copytree(load_board(board).folder, mine)
    toml = mine / "board.toml"
    text = toml.read_text()
    for key, value in {"name": '"mine"', **facts}.items():
        text = re.sub(rf"(?m)^{key} = .*\n", "", text) + f"{key} = {value}\n"
    toml.write_text(text)
    net = Net(0)
    emit_graph(net.graph(net.dense(net.input(1, 8), 3)), "tiny", mine, folder / "out")
    return folder / "out"


@pytest.mark.parametrize("uart", UARTS)
def test_other_pins_of_an_stm32f4_are_a_fact_of_its_board(uart: str, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc")
    folder = with_facts("nucleo_f446re", {"uart": f'"{uart}"'}, tmp_path)
    _, content = image(build(folder, "hello", {"TQ_WERROR": "ON"}))
    (received,) = struct.unpack_from("<I", content, 4 * (16 + UARTS[uart]))
    assert received % 2 == 1 and 0x08000000 < received < 0x08000000 + len(content)


@pytest.mark.parametrize(
    ("board", "fact", "value", "allowed"),
    [
        ("nucleo_f446re", "uart", '"usart9_pa0_pa1"', {"usart2_pa2_pa3", *UARTS}),
        ("nrf52840", "uart", '"usart9_pa0_pa1"', {"p0_06_p0_08", "p1_03_p1_10"}),
        ("nrf52840", "baud", "9600", {"115200", "1000000"}),
        ("nucleo_f446re", "clock_hz", "16000000", {"whole MHz from 48 to 168"}),
    ],
)
def test_facts_that_a_chip_cannot_be_set_to_are_an_error_that_says_which_it_can(
    board: str, fact: str, value: str, allowed: set[str], tmp_path: Path
) -> None:
    need("arm-none-eabi-gcc")
    folder = with_facts(board, {fact: value}, tmp_path)
    with pytest.raises(BuildError, match=rf"(?s)board\.toml:\s+{fact}.*correct that in board\.toml") as error:
        build(folder, "hello")
    assert all(name in str(error.value) for name in allowed) and "report it" not in str(error.value)


def image(elf: Path) -> tuple[int, bytes]:
    """(address, content) of all that is flashed, gaps as zeros."""
    parts = segments(elf)
    start = parts[0][0]
    whole = bytearray(max(address + len(content) for address, content in parts) - start)
    for address, content in parts:
        whole[address - start : address - start + len(content)] = content
    return start, bytes(whole)


def test_a_program_lies_in_the_chips_memory_and_begins_with_its_vectors(program: tuple[str, Path]) -> None:
    board, elf = program
    (flash, flash_kib), vectors, (ram, ram_kib) = MAPS[board]
    facts = load_board(board)
    assert (facts.flash_kib, facts.ram_kib) == (flash_kib, ram_kib)
    start, content = image(elf)
    assert start == flash and len(content) < flash_kib << 10
    stack, reset = struct.unpack_from("<II", content, vectors)
    assert stack == ram + facts.stack_bytes
    (received,) = struct.unpack_from("<I", content, vectors + 4 * (16 + UART_INTERRUPTS[board]))
    for handler in (reset, received):
        assert handler % 2 == 1 and flash < handler < flash + len(content)
    check = {"rp2040": check_second_stage, "rp2350": check_image_definition}.get(board)
    if check:
        check(content)


def check_second_stage(content: bytes) -> None:
    """The boot ROM's CRC-32: from the highest bit on, begun with ones, nothing inverted."""
    crc = 0xFFFFFFFF
    for byte in content[:252]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    assert crc == int.from_bytes(content[252:256], "little")


def check_image_definition(content: bytes) -> None:
    block = struct.pack("<5I", 0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)
    assert content[:4096].count(block) == 1 and content.index(block) % 4 == 0


def test_a_uf2_file_holds_the_program_byte_by_byte(program: tuple[str, Path]) -> None:
    board, elf = program
    facts = load_board(board)
    if not facts.drive:
        return
    family = {"rp2040": 0xE48BFF56, "rp2350": 0xE48BFF59}[board]
    assert int(facts.flash_target, 16) == family
    start, content = image(elf)
    content += bytes(-len(content) % PAGE)
    made = uf2(elf, family)
    count = len(content) // PAGE
    assert len(made) == 512 * count
    for number in range(count):
        block = made[512 * number : 512 * (number + 1)]
        address = start + PAGE * number
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, 256, number, count, family)
        page = content[PAGE * number : PAGE * (number + 1)]
        assert block == head + page + bytes(220) + struct.pack("<I", 0x0AB16F30)
