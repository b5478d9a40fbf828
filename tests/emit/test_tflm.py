"""TFLite Micro applications: what is written; and, with TFLite Micro, the integers of the NumPy reference.

Tests marked tflm take TFLite Micro from TFLM_INCLUDE_DIRS and TFLM_LIBRARY (firmware/tflm/README.md), which
may name a library for this computer, one for Cortex-M4, or both with : between them.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, samples
from emit.tflm_builds import compile_program, operators_of_the_library, options
from tools_required import need

from tinyq.core.boards import load_board
from tinyq.core.errors import BuildError, EmitError, RunError
from tinyq.core.resources import firmware_dir
from tinyq.emit import tflm
from tinyq.emit.tflm import emit_tflm, estimate_arena
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import serialize
from tinyq.graph.operators import KINDS
from tinyq.run import run
from tinyq.run.emitted import read_emitted
from tinyq.run.tflm import build_options, machine_of

HERE = Path(__file__).parent
LIBRARY = operators_of_the_library()
BOARDS = ["host", pytest.param("qemu_cortex_m4", marks=pytest.mark.qemu)]


def test_the_folder_holds_the_model_and_only_the_operators_that_it_needs(tmp_path: Path) -> None:
    report = emit_tflm(serialize(NETS["ternary"]()), "host", tmp_path / "out", "net")
    files = set(report.files)
    assert {"model_data.c", "model_tflm.cc", "tflm/tinyq_ops.cc", "loader/tq_operators.def"} <= files
    assert {name for name in files if "/tq_operator_" in name} == {
        f"loader/tq_operator_{kind}.c" for kind in ("TqConv2D", "TqDepthwiseConv2D", "TqFullyConnected")
    }
    assert "tinyq_register_TqConv2D(*resolver)" in report.operators
    assert "resolver->AddSoftmax()" in report.operators
    text = (tmp_path / "out/model_tflm.cc").read_text()
    assert text.count("TF_LITE_ENSURE_STATUS(") == len(report.operators)
    data = (tmp_path / "out/model_data.c").read_text().split("] = {")[1].strip(" \n};,")
    assert bytes(map(int, data.split(","))) == serialize(NETS["ternary"]())
    manifest = json.loads((tmp_path / "out/model.json").read_text())
    assert (manifest["runtime"], manifest["arena_bytes"]) == ("tflm", report.arena_bytes)


def test_the_folder_is_read_back_and_says_what_it_reserves(tmp_path: Path) -> None:
    folder = emit_tflm(serialize(NETS["ternary"]()), "microbit", tmp_path / "out", "net").folder
    model = read_emitted(folder)
    assert model.stack_bytes == 8192 > model.board.stack_bytes
    assert f"set(TQ_STACK_BYTES {model.stack_bytes})\n" in (folder / "CMakeLists.txt").read_text()
    assert f".constants_crc32 = {model.constants_crc32}u" in (folder / "model_check.c").read_text()


def test_the_arena_has_room_for_what_the_boards_core_wants(tmp_path: Path) -> None:
    plain, wide = (estimate_arena(NETS["bits"](), cpu) for cpu in ("cortex-m0", "cortex-m55"))
    assert plain < wide == emit_tflm(serialize(NETS["bits"]()), "qemu_cortex_m55", tmp_path).arena_bytes


def test_every_custom_operator_of_a_file_is_registered_by_its_name() -> None:
    kinds = {kind for kind, facts in KINDS.items() if facts.custom}
    assert kinds == set(LIBRARY)
    assert {"LceBMaxPool2d", "LceBconv2d", "LceDequantize", "LceQuantize"} <= kinds


def test_every_built_in_operator_that_tinyq_reads_can_be_added() -> None:
    kinds = {kind for kind, facts in KINDS.items() if not facts.custom and not facts.folded}
    assert kinds == set(tflm._METHODS)


def test_the_build_asks_for_tflite_micro_and_says_what_it_is(tmp_path: Path) -> None:
    need("cc", "cmake")
    folder = emit_tflm(serialize(NETS["two_input"]()), "host", tmp_path / "out").folder
    plain = {key: value for key, value in os.environ.items() if not key.startswith("TFLM_")}
    for given, said in (
        ([], "TFLite Micro is missing: build it as its own"),
        ([f"-DTFLM_INCLUDE_DIRS={tmp_path}", "-DTFLM_LIBRARY=none.a"], "without that interface"),
    ):
        command = ["cmake", "-S", str(folder), "-B", str(tmp_path / "build"), *given]
        done = subprocess.run(command, capture_output=True, text=True, env=plain, check=False)
        assert done.returncode != 0
        assert said in " ".join(done.stderr.split())


def archive(path: Path, machine: int) -> Path:
    """A static library of an index and one object of that machine."""
    elf = b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + bytes(11)
    members = [(b"/", b"\0\0\0"), (b"one.o/", elf)]
    text = b"!<arch>\n"
    for name, content in members:
        text += (
            name.ljust(48)
            + str(len(content)).encode().ljust(10)
            + b"`\n"
            + content
            + b"\n" * (len(content) % 2)
        )
    path.write_bytes(text)
    return path


def test_the_library_of_the_boards_machine_is_taken(tmp_path: Path, monkeypatch) -> None:
    for machine in (40, 62):
        assert machine_of(archive(tmp_path / f"{machine}.a", machine)) == machine
    header = tmp_path / "tflm/tensorflow/lite/micro/micro_mutable_op_resolver.h"
    header.parent.mkdir(parents=True)
    header.touch()
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("TFLM_INCLUDE_DIRS", f"{tmp_path};{tmp_path / 'tflm'}")
    monkeypatch.setenv("TFLM_LIBRARY", f"{tmp_path / '40.a'}:{tmp_path / '62.a'}")
    assert build_options(load_board("host"))["TFLM_LIBRARY"].endswith("62.a")
    assert build_options(load_board("qemu_cortex_m4"))["TFLM_LIBRARY"].endswith("40.a")
    monkeypatch.setenv("TFLM_LIBRARY", str(tmp_path / "40.a"))
    with pytest.raises(BuildError, match="names no library for x86_64"):
        build_options(load_board("host"))
    monkeypatch.setenv("TFLM_INCLUDE_DIRS", str(tmp_path))
    with pytest.raises(BuildError, match="has no folder with tensorflow"):
        build_options(load_board("host"))
    monkeypatch.delenv("TFLM_INCLUDE_DIRS")
    with pytest.raises(BuildError, match="TFLM_INCLUDE_DIRS is not set"):
        build_options(load_board("host"))


def test_a_kind_that_tflite_micro_lacks_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delitem(tflm._METHODS, "SOFTMAX")
    with pytest.raises(EmitError, match="operator SOFTMAX"):
        emit_tflm(serialize(NETS["ternary"]()), "host", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_int16_depthwise_layers_without_bias_which_crash_tflite_micro_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmitError, match=r"operator 3 DEPTHWISE_CONV_2D .*: int16 without a bias"):
        emit_tflm(serialize(NETS["int16"]()), "host", tmp_path / "out")


@pytest.mark.tflm
@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("net", [name for name in NETS if name != "int16"])
def test_tflite_micro_gives_the_integers_of_the_reference(net: str, board: str, tmp_path: Path) -> None:
    given = options(board)
    graph = NETS[net]()
    x = samples(graph, 4)
    folder = emit_tflm(serialize(graph), board, tmp_path / "out", net).folder
    got = run(folder, x, options=given).outputs
    reference = Interpreter(graph)
    for number in range(4):
        for mine, wanted in zip(got, reference.run([array[number] for array in x]), strict=True):
            assert mine.dtype == wanted.dtype
            if any(step.kernel.endswith("conv_2d_f32") for step in reference.steps):
                np.testing.assert_allclose(mine[number].reshape(wanted.shape), wanted, rtol=0, atol=1e-5)
            else:
                assert mine[number].tobytes() == wanted.tobytes()


@pytest.mark.tflm
def test_registering_all_operators_adds_every_one_by_its_name(tmp_path: Path) -> None:
    program = compile_program(HERE / "tflm_registrations.cc", tmp_path)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == LIBRARY


@pytest.mark.tflm
def test_an_arena_too_small_by_one_byte_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """And so are the next smaller ones, with nothing written beside them."""
    program = compile_program(HERE / "tflm_arena.cc", tmp_path)
    graph = NETS["ternary"]()
    (tmp_path / "net.tflite").write_bytes(serialize(graph))
    command = [program, tmp_path / "net.tflite", "16384"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    smallest = int(done.stdout)

    folder = emit_tflm(serialize(graph), "host", tmp_path / "out").folder
    given = options("host")
    x = samples(graph, 1)
    enough = run(folder, x, options={**given, "TQ_TFLM_ARENA_BYTES": str(smallest)})
    assert enough.outputs[0].tobytes() == Interpreter(graph).run([x[0][0]])[0].tobytes()
    with pytest.raises(RunError) as error:
        run(folder, x, options={**given, "TQ_TFLM_ARENA_BYTES": str(smallest - 1)})
    assert "TFLite Micro: the model does not load, or needs a larger TQ_TFLM_ARENA_BYTES" in error.value.got


def test_the_readme_names_what_the_build_takes() -> None:
    text = (firmware_dir() / "tflm/README.md").read_text()
    for word in ("TFLM_INCLUDE_DIRS", "TFLM_LIBRARY", "tinyq_register_ops", "TQ_TFLM_ARENA_BYTES"):
        assert word in text
