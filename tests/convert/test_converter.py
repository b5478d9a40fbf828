"""`convert` on .tflite files: what is written, what is refused, and that nothing is lost on the way."""

import errno
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convert.int8_net import CONV, DENSE, DEPTHWISE, Int8Net, one_layer, random_filter, random_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from tflm import run_tflm
from tools_required import shared

import tinyq.convert.passes
from tinyq.convert import REPORT_NAME, Request, convert, converter, run_passes
from tinyq.convert.passes.fold_shape_arithmetic import fold_shape_arithmetic
from tinyq.core import files as files_module
from tinyq.core.errors import ConvertError, GraphError, TinyqError
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, Operator, Quantization, parse, read, serialize, write
from tinyq.graph.lowering import lower

TERNARY, BINARY = (-1, 0, 1), (-1, 1)


def mixed_net(seed: int = 0) -> Graph:
    """conv ternary, depthwise binary with multiplier 2, conv of many values."""
    rng = np.random.default_rng(seed)
    net = Int8Net(seed)
    net.layer(CONV, (rng.choice(TERNARY, (5, 3, 2, 4)) * 127).astype(np.int8), "stem")
    net.layer(DEPTHWISE, (rng.choice(BINARY, (1, 3, 3, 10)) * 64).astype(np.int8), "spatial")
    net.layer(CONV, rng.integers(-127, 128, (6, 1, 1, 10)).astype(np.int8), "mix")
    return net.graph()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.tflite"
    write(mixed_net(), path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_someone_elses_int8_file_is_packed_and_gives_the_same_integers(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "packed.tflite"
    report = convert(source, out)
    assert [(row.name, row.stored) for row in report.layers] == [
        ("stem", "a8wt"),
        ("spatial", "a8w1"),
        ("mix", "a8w8"),
    ]
    packed = read(out)
    assert [o.kind for o in packed.operators] == ["TqConv2D", "TqDepthwiseConv2D", "CONV_2D"]
    samples = random_inputs(mixed_net(), 20)[:, 0]
    np.testing.assert_array_equal(
        Interpreter(packed).predict(samples)[0], Interpreter(read(source)).predict(samples)[0]
    )


def test_packed_integers_are_those_of_tflite_micro_on_the_source(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "packed.tflite")
    samples = random_inputs(mixed_net(), 10)
    witness = run_tflm(source.read_bytes(), [[sample] for sample in samples])
    interpreter = Interpreter(read(tmp_path / "packed.tflite"))
    for sample, (expected,) in zip(samples, witness, strict=True):
        np.testing.assert_array_equal(interpreter.run(sample)[0], expected)


def test_the_report_says_what_the_files_are(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "packed.tflite"
    report = convert(source, out, asks=["mix=a8w8"])
    written = json.loads((tmp_path / REPORT_NAME).read_text())
    assert written == report.to_dict()
    assert written["source"] == "theirs.tflite"
    assert written["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert written["output_sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    totals = written["totals"]
    assert totals["file_bytes"] == out.stat().st_size
    assert totals["int8_file_bytes"] == source.stat().st_size
    assert totals["weights"] == totals["int8_bytes"] == 120 + 90 + 60
    assert totals["stored_bytes"] == 24 + 12 + 60
    assert [row["asked"] for row in written["layers"]] == ["", "", "a8w8"]
    assert written["converter"].startswith("tinyq ")


def test_rows_have_the_names_and_macs_of_the_kernel_calls(source: Path, tmp_path: Path) -> None:
    report = convert(source, tmp_path / "packed.tflite")
    steps = {step.name: step.macs for step in lower(read(tmp_path / "packed.tflite"))}
    assert {row.name: row.macs for row in report.layers} == steps
    assert report.totals.macs == sum(steps.values()) > 0


def test_equal_conversions_give_equal_files(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "packed.tflite")
    first = contents(tmp_path)
    convert(source, tmp_path / "packed.tflite")
    assert contents(tmp_path) == first


def test_the_old_filters_leave_the_file(tmp_path: Path) -> None:
    weights = (np.random.default_rng(1).choice(TERNARY, (64, 3, 3, 4)) * 127).astype(np.int8)
    write(one_layer(CONV, weights), tmp_path / "a.tflite")
    report = convert(tmp_path / "a.tflite", tmp_path / "b.tflite")
    assert weights.tobytes() not in (tmp_path / "b.tflite").read_bytes()
    assert report.totals.file_bytes < report.totals.int8_file_bytes - 1500


def test_a_file_without_a_ternary_layer_is_written_with_a_note(tmp_path: Path) -> None:
    weights = np.random.default_rng(2).integers(-127, 128, (6, 40)).astype(np.int8)
    write(one_layer(DENSE, weights), tmp_path / "a.tflite")
    report = convert(tmp_path / "a.tflite", tmp_path / "b.tflite")
    assert len(report.notes) == 1 and report.notes[0].startswith("no layer is packed: no int8 filter has so")
    assert (tmp_path / "b.tflite").read_bytes() == (tmp_path / "a.tflite").read_bytes()


def test_a_packed_file_can_be_converted_again(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "once.tflite")
    report = convert(tmp_path / "once.tflite", tmp_path / "twice.tflite")
    assert (tmp_path / "twice.tflite").read_bytes() == (tmp_path / "once.tflite").read_bytes()
    assert [row.stored for row in report.layers] == ["a8wt", "a8w1", "a8w8"]


def test_all_refused_layers_are_one_error_that_says_what_to_do(source: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    with pytest.raises(ConvertError) as caught:
        convert(source, tmp_path / "packed.tflite", asks=["*=a8w1"])
    text = str(caught.value)
    assert "2 of 3 layers" in text
    assert re.search(r"stem: asked a8w1; 5 of 5 channels hold zeros", text)
    assert re.search(r"mix: asked a8w1; 6 of 6 channels hold several magnitudes", text)
    assert "spatial" not in text
    assert text.count("what to do: ") == 2
    assert contents(tmp_path) == before


def test_without_strict_refused_layers_are_rows_and_a_note(source: Path, tmp_path: Path) -> None:
    report = convert(source, tmp_path / "packed.tflite", asks=["*=a8w1"], strict=False)
    assert [(row.asked, row.stored, row.refused) for row in report.layers] == [
        ("a8w1", "a8wt", True),
        ("a8w1", "a8w1", False),
        ("a8w1", "a8w8", True),
    ]
    assert report.notes == ("what strict refuses (it is off): stem, mix",)
    assert not report.strict


def test_a_pattern_that_matches_nothing_is_an_error_even_without_strict(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ConvertError, match="'head'"):
        convert(source, tmp_path / "packed.tflite", asks=["head=a8wt"], strict=False)


def damaged(graph: Graph) -> bytes:
    return serialize(graph)[:-40]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", GraphError),
        (b"not a flatbuffer at all", GraphError),
        (damaged(mixed_net()), GraphError),
    ],
)
def test_damaged_sources_are_refused_and_leave_old_files(content: bytes, error: Any, tmp_path: Path) -> None:
    (tmp_path / "a.tflite").write_bytes(content)
    (tmp_path / "packed.tflite").write_bytes(b"old")
    before = contents(tmp_path)
    with pytest.raises(error, match=r"a\.tflite"):
        convert(tmp_path / "a.tflite", tmp_path / "packed.tflite")
    assert contents(tmp_path) == before


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_flipped_bytes_end_in_an_error_or_in_a_file_that_runs(data: st.DataObject) -> None:
    """Whatever is read and lowered is packed without a crash, and then computes what it did before."""
    content = bytearray(serialize(mixed_net()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        graph = fold_shape_arithmetic(parse(bytes(content), "flipped"))
        packed, _ = run_passes(graph, Request())
    except TinyqError:
        return
    sample = random_inputs(graph, 2)[1]
    np.testing.assert_array_equal(
        Interpreter(parse(serialize(packed), "packed")).run(sample)[0], Interpreter(graph).run(sample)[0]
    )


def test_float_layers_are_kept_and_the_report_says_why(tmp_path: Path) -> None:
    graph = one_layer(DENSE, random_filter(np.random.default_rng(3), DENSE, TERNARY))
    tensors = [
        tensor.__class__(
            tensor.name,
            tensor.shape,
            "float32",
            None,
            None if tensor.data is None else tensor.data.astype(np.float32),
        )
        for tensor in graph.tensors
    ]
    write(Graph(tuple(tensors), graph.operators, graph.inputs, graph.outputs), tmp_path / "a.tflite")
    (row,) = convert(tmp_path / "a.tflite", tmp_path / "b.tflite").layers
    assert row.stored == "float32" and "its filter is float32" in row.why


@pytest.mark.parametrize(
    ("name", "out", "message"),
    [
        ("missing.tflite", "b.tflite", "No such file"),
        ("missing.keras", "b.tflite", "No such file|no calibration data"),
        ("theirs.h5", "b.tflite", "suffix '.h5'"),
        ("theirs.tflite", "b.bin", "suffix '.bin'"),
        ("theirs.tflite", "theirs.tflite", "the same one"),
        ("theirs.tflite", "folder/b.tflite", "there is no folder"),
    ],
)
def test_wrong_paths_are_refused(source: Path, tmp_path: Path, name: str, out: str, message: str) -> None:
    before = contents(tmp_path)
    with pytest.raises(ConvertError, match=message):
        convert(tmp_path / name, tmp_path / out)
    assert contents(tmp_path) == before


def test_a_tflite_source_takes_no_calibration_data_and_no_int8_copy(source: Path, tmp_path: Path) -> None:
    for extra in (
        {"representative": np.zeros((1, 6, 5, 4), np.float32)},
        {"keep_int8": tmp_path / "c.tflite"},
    ):
        with pytest.raises(ConvertError, match="int8 already"):
            convert(source, tmp_path / "b.tflite", **extra)


def test_a_report_of_another_program_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    for foreign in ('{"mine": 1}', "[]", "no json", '{"converter": 3}'):
        (tmp_path / REPORT_NAME).write_text(foreign)
        with pytest.raises(ConvertError, match="no report of tinyq"):
            convert(source, tmp_path / "b.tflite")
        assert (tmp_path / REPORT_NAME).read_text() == foreign
        assert not (tmp_path / "b.tflite").exists()


@pytest.mark.parametrize("failing", [0, 1])
def test_a_full_disk_leaves_both_old_files(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    convert(source, tmp_path / "packed.tflite")
    before = contents(tmp_path)
    write(mixed_net(seed=5), source)
    before["theirs.tflite"] = source.read_bytes()
    real, calls = files_module._fill, []

    def full(temporary: str, data: bytes) -> None:
        calls.append(temporary)
        if len(calls) > failing:
            Path(temporary).write_bytes(data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        real(temporary, data)

    monkeypatch.setattr(files_module, "_fill", full)
    with pytest.raises(TinyqError, match="No space left"):
        convert(source, tmp_path / "packed.tflite")
    assert contents(tmp_path) == before


def test_the_passes_are_listed_and_each_has_a_test_of_its_name() -> None:
    folder = Path(tinyq.convert.passes.__file__).parent
    source = Path(converter.__file__).read_text()
    for path in folder.glob("[!_]*.py"):
        assert f"graph, rows = {path.stem}(" in source or f"graph = {path.stem}(" in source, path.stem
        assert (Path(__file__).parent / "passes" / f"test_{path.name}").exists(), path.stem
        assert " -->" in (path.read_text().split('"""')[1]), path.stem


@pytest.mark.parametrize("name", ["kws_ref_model.tflite", "pretrainedResnet_quant.tflite"])
def test_mlperf_tiny_models_go_through_unchanged(name: str, tmp_path: Path) -> None:
    path = shared("models", name)
    report = convert(path, tmp_path / "out.tflite")
    assert not any(row.packed for row in report.layers)
    assert all("several magnitudes" in row.why for row in report.layers)
    before, after = Interpreter(read(path)), Interpreter(read(tmp_path / "out.tflite"))
    sample = random_inputs(before.graph, 2)[1]
    np.testing.assert_array_equal(before.run(sample)[0], after.run(sample)[0])


def test_unsupported_operators_are_refused_with_their_names(tmp_path: Path) -> None:
    graph = one_layer(DENSE, random_filter(np.random.default_rng(4), DENSE, TERNARY))
    quantization = Quantization(np.array([0.1], np.float32), np.array([3]))
    wrong = Operator("RELU", graph.outputs, (len(graph.tensors),))
    tensors = (*graph.tensors, graph.tensors[0].__class__("odd", (9, 9), "int8", quantization))
    write(Graph(tensors, (*graph.operators, wrong), (0,), (len(tensors) - 1,)), tmp_path / "a.tflite")
    with pytest.raises(GraphError, match="RELU"):
        convert(tmp_path / "a.tflite", tmp_path / "b.tflite")


def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "packed.tflite").mkdir()
    monkeypatch.setattr("tinyq.convert.converter._read", None)  # it would fail in another way
    with pytest.raises(TinyqError, match="it is no file"):
        convert(source, tmp_path / "out" / "packed.tflite")
