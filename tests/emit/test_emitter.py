"""tinyq.emit.emit: what is written, what is refused before anything is written."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from deploy_nets import NETS, Net, binary_net, ternary_net, two_input_net
from tools_required import need

from tinyq.core.boards import boards_dir
from tinyq.core.errors import BoardError, EmitError, GraphError
from tinyq.core.kernels import KERNELS
from tinyq.core.resources import firmware_dir
from tinyq.emit import emit, emit_graph
from tinyq.emit.layout import Grade
from tinyq.graph import write
from tinyq.run import build


def small_board(tmp_path: Path, **facts: int) -> Path:
    """The emulated board with other sizes, in a folder of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    for path in (boards_dir() / "qemu_cortex_m4").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / "board.toml").read_text().replace('name = "qemu_cortex_m4"', 'name = "small"')
    for key, value in facts.items():
        text = re.sub(rf"{key} = \d+", f"{key} = {value}", text)
    (folder / "board.toml").write_text(text)
    return folder


def test_a_tflite_file_becomes_a_folder(tmp_path: Path) -> None:
    write(ternary_net(), tmp_path / "My Digits (v2).tflite")
    report = emit(tmp_path / "My Digits (v2).tflite", "host", tmp_path / "out")
    assert report.identifier == "my_digits_v2" and report.fit.fits and report.folder == tmp_path / "out"
    manifest = json.loads((tmp_path / "out" / "model.json").read_text())
    assert manifest["name"] == "My Digits (v2)" and manifest["origin"]["file"] == "My Digits (v2).tflite"
    assert manifest["arena_bytes"] == report.layout.plan.arena_bytes
    assert manifest["inputs"][0]["shape"] == [1, 8, 8, 1] and manifest["inputs"][0]["zero_point"] == 3
    assert [layer["kernel"] for layer in manifest["layers"]] == [step.kernel for step in report.layout.steps]
    assert sum(layer["weight_bytes"] for layer in manifest["layers"]) == manifest["weight_bytes"]
    assert set(report.files) == set(manifest["files"])
    assert "Version 2.0" in (report.folder / "LICENSE").read_text()


def test_only_the_kernels_of_the_model_and_what_they_need_are_copied(tmp_path: Path) -> None:
    report = emit_graph(two_input_net(), "net", "host", tmp_path / "out")
    files = {name.removeprefix("kernels/") for name in report.files if name.startswith("kernels/")}
    assert {name for name in files if not name.startswith("common/")} == {
        "reference/tq_add_a8_ref.c",
        "portable/tq_fully_connected_a8wt_opt.c",
        "portable/tq_fully_connected_a8w8_opt.c",
    }
    assert {"common/tq_packed_dense.c", "common/tq_outputs.h", "common/tq_requantize.h"} < files
    assert not any("conv_2d" in name or "binary" in name for name in files)
    assert not any("host" not in name for name in report.files if name.startswith("boards/"))


def test_every_kernel_is_used_by_a_net_of_these_tests_and_has_a_c_file(tmp_path: Path) -> None:
    used = set()
    for name, net in NETS.items():
        report = emit_graph(net(), name, "host", tmp_path / name)
        used |= {step.kernel for step in report.layout.steps}
    assert used == set(KERNELS) - {"reshape"}


def test_the_header_states_sizes_scales_and_shapes(tmp_path: Path) -> None:
    report = emit_graph(ternary_net(), "digits", "host", tmp_path / "out")
    header = (tmp_path / "out" / "model.h").read_text()
    for line in (
        f"#define DIGITS_ARENA_BYTES {report.layout.plan.arena_bytes}",
        "#define DIGITS_LAYER_COUNT 6",
        "#define DIGITS_INPUT_0_SHAPE {1, 8, 8, 1}",
        "#define DIGITS_INPUT_0_SCALE 0.0500000007f",
        "#define DIGITS_INPUT_0_ZERO_POINT 3",
        "#define DIGITS_OUTPUT_1_COUNT 10",
        "#define DIGITS_OUTPUT_1_SCALE 0.00390625f",
        "#define DIGITS_OUTPUT_1_ZERO_POINT -128",
        "#if TQ_ABI != 1",
    ):
        assert line in header.splitlines()


@pytest.mark.parametrize(
    "name", ["tq", "a*/ \\\n#error\n", '"); system("x', "日本", "TEST", "all", "-1", "${X}", "int"]
)
def test_any_name_of_a_model_builds(tmp_path: Path, name: str) -> None:
    need("cc")
    report = emit_graph(two_input_net(), name, "host", tmp_path / "out")
    elf = build(report.folder, "hello", {"TQ_WERROR": "ON"})
    said = subprocess.run([str(elf)], capture_output=True, check=True).stdout.decode()
    assert said.startswith(f"model  {name}, arena ")
    assert "日本 [1, 4, 4, 2] int8" in said


def test_two_models_live_in_one_program(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc")
    for name, net in (("first", ternary_net()), ("second", binary_net())):
        emit_graph(net, name, "qemu_cortex_m4", tmp_path / name)
    (tmp_path / "main.c").write_text(
        '#include "first/model.h"\n#include "second/model.h"\n'
        "int main(void) { return first_model.arena_bytes == second_model.arena_bytes ? 0 : 1; }\n"
    )
    one, two = tmp_path / "first", tmp_path / "second"
    kernels = {path.name: path for folder in (one, two) for path in folder.glob("kernels/*/*.c")}
    sources = [folder / file for folder in (one, two) for file in ("model.c", "model_weights.c")]
    sources += [*kernels.values(), *one.glob("runtime/*.c"), tmp_path / "main.c"]
    headers = ("include", "kernels/common", "kernels/cortex_m")
    include = [f"-I{folder / name}" for folder in (one, two) for name in headers] + [f"-I{tmp_path}"]
    flags = ["-mcpu=cortex-m4", "-std=gnu99", "-Wall", "-Werror", "--specs=nosys.specs", *include]
    command = ["arm-none-eabi-gcc", *flags, *map(str, sources), "-o", str(tmp_path / "program"), "-lm"]
    subprocess.run([*command, "-DTQ_USED_ALL=1"], check=True)
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    assert refused.returncode != 0 and "-DTQ_USED_ALL=1" in refused.stderr


def test_the_header_is_c_plus_plus_too(tmp_path: Path) -> None:
    need("c++")
    emit_graph(ternary_net(), "net", "host", tmp_path / "out")
    source = tmp_path / "a.cpp"
    source.write_text(
        '#include "model.h"\nint main() { return net_model.layer_count == NET_LAYER_COUNT ? 0 : 1; }\n'
    )
    include = [f"-I{tmp_path / 'out'}", f"-I{tmp_path / 'out' / 'include'}"]
    subprocess.run(
        ["c++", "-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", *include, source], check=True
    )


def test_a_model_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    board = small_board(tmp_path, ram_kib=9, flash_kib=1024)
    net = Net(0)
    graph = net.graph(net.conv(net.input(1, 64, 64, 4), 4))
    with pytest.raises(
        EmitError, match=r"(?s)'net' on board 'small'.*bytes of RAM.*the board has 9,216"
    ) as caught:
        emit_graph(graph, "net", board, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    remedy = str(caught.value).partition("remedy:")[2]
    assert "or another board: " in remedy and "stm32f405" in remedy and "stm32f100" not in remedy


def test_small_kernels_where_there_is_no_room_for_fast_ones(tmp_path: Path) -> None:
    board = small_board(tmp_path, flash_kib=10)
    report = emit_graph(ternary_net(), "net", board, tmp_path / "out")
    assert Grade.reference in report.layout.grades.values() and report.fit.fits
    assert any(name.startswith("kernels/reference/tq_conv_2d") for name in report.files)


def test_a_board_of_ones_own_is_copied(tmp_path: Path) -> None:
    report = emit_graph(ternary_net(), "net", small_board(tmp_path, flash_kib=64), tmp_path / "out")
    assert "boards/small/linker.ld" in report.files


def test_an_unknown_board_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="host, .*qemu_cortex_m4"):
        emit_graph(ternary_net(), "net", "esp32", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_leaves_the_earlier_emission(tmp_path: Path) -> None:
    emit_graph(ternary_net(), "net", "host", tmp_path / "out")
    before = (tmp_path / "out" / "model.json").read_bytes()
    (tmp_path / "bad.tflite").write_bytes(b"TFL3" * 10)
    with pytest.raises(GraphError):
        emit(tmp_path / "bad.tflite", "host", tmp_path / "out")
    assert (tmp_path / "out" / "model.json").read_bytes() == before


def test_a_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GraphError):
        emit(tmp_path / "nothing.tflite", "host", tmp_path / "out")


def test_another_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(EmitError, match="no folder that tinyq emitted"):
        emit_graph(ternary_net(), "net", "host", tmp_path)


def test_unsupported_layers_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    net = Net(0)
    x = net.input(1, 4)
    graph = net.graph(net.op("TANH", [x], (1, 4), (1 / 128, 0)))
    with pytest.raises(GraphError, match="TANH"):
        emit_graph(graph, "net", "host", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_abi_is_that_of_the_headers(tmp_path: Path) -> None:
    emit_graph(ternary_net(), "net", "host", tmp_path / "out")
    types = (firmware_dir() / "include" / "tinyq" / "tq_types.h").read_text()
    manifest = json.loads((tmp_path / "out" / "model.json").read_text())
    assert f"#define TQ_ABI {manifest['abi']}\n" in types
