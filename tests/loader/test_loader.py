"""The C loader makes of an operator what tinyq/graph/lowering.py makes of it, and gives the same outputs."""

import ctypes
import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from c_loader import CLoader, constants_of, fields_of, options_of
from changed_graphs import packed, with_tensor
from custom_cases import CASES, DILATED, STOCK, far_apart, inputs_of
from deploy_a8 import few_bits_net, transposed_net
from deploy_bits import bits_float_net, bits_net
from deploy_lce import lce_net
from flatbuffers import flexbuffers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_operator import OPERATORS

from tinyq.core.resources import firmware_dir
from tinyq.core.spec import SCHEMES
from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, parse, serialize
from tinyq.graph.lowering import lower
from tinyq.graph.operators import KINDS

CUSTOM = sorted(name for name, kind in KINDS.items() if kind.custom)
SEEDS = st.integers(0, 2**32 - 1)


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def same_struct(got, wanted) -> None:
    """A C struct and a dataclass hold the same numbers."""
    for field in dataclasses.fields(wanted):
        mine, theirs = getattr(got, field.name), getattr(wanted, field.name)
        if dataclasses.is_dataclass(theirs):
            same_struct(mine, theirs)
        elif isinstance(theirs, np.ndarray):
            flat = theirs.reshape(-1)
            np.testing.assert_array_equal(mine[: flat.size], flat, err_msg=field.name)
        elif theirs is None:
            assert not mine, field.name
        elif isinstance(theirs, float):
            assert mine == np.float32(theirs), field.name
        else:
            assert mine == theirs, field.name


def run_operator(c_loader: CLoader, graph: Graph, index: int, found: dict[int, np.ndarray]) -> np.ndarray:
    """Load an operator as it was lowered, and run it on the tensors found so far."""
    (step,) = (step for step in lower(graph) if step.operator == index)
    loaded = c_loader.load(graph, index)
    assert loaded.status == "OK", loaded.text
    params, dims = fields_of(loaded, step)
    same_struct(params, step.params)
    same_struct(dims, step.dims)
    operator = graph.operators[index]
    arrays = [found.get(i, c) for i, c in zip(operator.inputs, constants_of(graph, index), strict=True)]
    output = graph.tensors[operator.outputs[0]]
    return c_loader.run(loaded, arrays, np.empty(output.shape, output.dtype))


def check_equal(c_loader: CLoader, graph: Graph, inputs: list[np.ndarray]) -> None:
    """The C loader's outputs are the interpreter's, bit for bit."""
    (wanted,) = Interpreter(graph).run(inputs)
    got = run_operator(c_loader, graph, 0, dict(zip(graph.inputs, inputs, strict=True)))
    np.testing.assert_array_equal(got.view(np.uint8), wanted.view(np.uint8))


@pytest.mark.parametrize("kind", CUSTOM)
@given(seed=SEEDS)
@examples(40)
def test_random_operators_load_as_they_are_lowered_and_give_the_same_outputs(c_loader, kind, seed) -> None:
    rng = np.random.default_rng(seed)
    graph = CASES[kind](rng)
    check_equal(c_loader, graph, inputs_of(graph, rng))


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("kind", STOCK)
@given(seed=SEEDS)
@examples(10)
def test_every_scheme_of_weights_loads(c_loader, kind, scheme, seed) -> None:
    rng = np.random.default_rng(seed)
    graph = CASES[kind](rng, scheme)
    check_equal(c_loader, graph, inputs_of(graph, rng))


@pytest.mark.parametrize("out", [2, 3, 256, "int8", "float32"])
@pytest.mark.parametrize("kind", ["TqBitConv2D", "TqBitDepthwiseConv2D", "TqBitFullyConnected"])
@given(seed=SEEDS)
@examples(10)
def test_every_kind_of_output_loads(c_loader, kind, out, seed) -> None:
    rng = np.random.default_rng(seed)
    graph = CASES[kind](rng, out)
    check_equal(c_loader, graph, inputs_of(graph, rng))


@pytest.mark.parametrize("kind", DILATED)
@given(seed=SEEDS)
@examples(5)
def test_a_dilation_that_reaches_no_second_tap_may_be_any(c_loader, kind, seed) -> None:
    """Products of it with sizes do not fit 32 bits; the sanitized run has such operators, too."""
    rng = np.random.default_rng(seed)
    graph = far_apart(rng, kind)
    check_equal(c_loader, graph, inputs_of(graph, rng))


@pytest.mark.parametrize("make", [bits_net, bits_float_net, lce_net, few_bits_net, transposed_net])
def test_all_custom_operators_of_a_network_give_its_tensors(c_loader, make) -> None:
    """Read from a file, as a runtime has it, with what the operators before them really made."""
    graph = parse(serialize(make()), "net")
    rng = np.random.default_rng(11)
    tensors = [graph.tensors[i] for i in graph.inputs]
    inputs = [
        rng.normal(0, 2, t.shape).astype(t.dtype)
        if t.dtype == "float32"
        else rng.integers(-128, 128, t.shape).astype(t.dtype)
        for t in tensors
    ]
    found = Interpreter(graph).run_all(inputs)
    custom = [i for i, operator in enumerate(graph.operators) if KINDS[operator.kind].custom]
    for index in custom:
        wanted = found[graph.operators[index].outputs[0]]
        got = run_operator(c_loader, graph, index, found)
        np.testing.assert_array_equal(got.view(np.uint8), wanted.view(np.uint8), err_msg=f"operator {index}")
    assert len(custom) >= 5


def test_every_custom_operator_has_a_line_and_a_file(c_loader) -> None:
    lines = (firmware_dir() / "loader/tq_operators.def").read_text()
    names = re.findall(r"^TQ_OPERATOR\((\w+)\)$", lines, re.M)
    files = [path.stem.removeprefix("tq_operator_") for path in operator_files()]
    assert names == sorted(files) == CUSTOM == sorted(CASES)
    for name in names:
        assert c_loader.library.tq_find_operator(name.encode())
    assert not c_loader.library.tq_find_operator(b"TqNoSuch")


def operator_files() -> list[Path]:
    return list((firmware_dir() / "loader").glob("tq_operator_*.c"))


@pytest.mark.parametrize("kind", CUSTOM)
def test_the_kernels_are_those_that_emitted_code_calls(kind: str) -> None:
    """Every kernel that random operators of the kind are lowered to, and no other."""
    rng = np.random.default_rng(0)
    kernels = {step.kernel for _ in range(80) for step in lower(CASES[kind](rng))}
    text = (firmware_dir() / f"loader/tq_operator_{kind}.c").read_text()
    assert set(re.findall(r"\btq_(\w+)_best\b", text)) == kernels


def test_memory_that_is_one_byte_short_is_refused(c_loader) -> None:
    for kind in CUSTOM:
        graph = CASES[kind](np.random.default_rng(4))
        whole = c_loader.load(graph)
        assert whole.status == "OK" and whole.bytes > 0
        assert c_loader.load(graph, room=whole.bytes).status == "OK"
        short = c_loader.load(graph, room=whole.bytes - 1)
        assert short.status == "NO_MEMORY"
        assert re.search(r"no room for \d+ bytes of its parameters: use a larger arena", short.text)


def test_a_newer_abi_is_refused_and_says_so(c_loader) -> None:
    for kind in [kind for kind in CUSTOM if kind.startswith("Tq")]:
        graph = CASES[kind](np.random.default_rng(5))
        values = flexbuffers.Loads(options_of(graph.operators[0]))
        loaded = c_loader.load(graph, options=bytes(flexbuffers.Dumps({**values, "abi": 2})))
        assert loaded.status == "NEWER_ABI"
        assert loaded.text.endswith("its abi is 2, this library's 1: the file needs a newer library")


def test_a_long_name_is_cut_and_the_sentence_still_fits(c_loader) -> None:
    graph = packed(OPERATORS["CONV_2D"](np.random.default_rng(6), "a8wt"), "a8wt")
    output = graph.operators[0].outputs[0]
    graph = with_tensor(graph, output, name="x" * 5000, dtype="float32")
    loaded = c_loader.load(graph)
    assert loaded.status == "BAD_TENSOR"
    assert loaded.text.count("x" * 48) == 2 and loaded.text.endswith("] is not int8")
    assert len(loaded.text) < ctypes.sizeof(type(c_loader.load(graph).call)) + 256
