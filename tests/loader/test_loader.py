"""The C loader makes of an operator what tinyq/graph/lowering.py makes of it, or refuses as it does."""

import ctypes
import dataclasses
import re

import numpy as np
import pytest
from c_loader import CLoader, fields_of
from changed_graphs import packed, with_options, with_tensor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_operator import OPERATORS, inputs_for, quantization

from tinyq.core.errors import GraphError
from tinyq.core.kernels import KERNELS
from tinyq.core.resources import firmware_dir
from tinyq.core.spec import SCHEMES
from tinyq.graph.ir import ABSENT, Graph
from tinyq.graph.lowering import lower
from tinyq.graph.operators import KINDS

STOCK = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
examples = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SEEDS = st.integers(0, 2**32 - 1)


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
        else:
            assert mine == theirs, field.name


def constants_of(graph: Graph) -> list[np.ndarray | None]:
    return [None if i == ABSENT else graph.tensors[i].data for i in graph.operators[0].inputs]


def check_equal(c_loader: CLoader, graph: Graph, inputs: list[np.ndarray]) -> None:
    (step,) = lower(graph)
    loaded = c_loader.load(graph)
    assert loaded.status == "OK", loaded.text
    params, dims = fields_of(loaded, step)
    same_struct(params, step.params)
    same_struct(dims, step.dims)
    wanted = KERNELS[step.kernel].reference(
        step.params, step.dims, *(_shaped(a, step) for a in inputs), *step.constants
    )
    given = iter(inputs)
    arrays = [
        next(given) if i in graph.inputs else c
        for i, c in zip(graph.operators[0].inputs, constants_of(graph), strict=True)
    ]
    got = c_loader.run(loaded, arrays, np.empty(wanted.shape, wanted.dtype))
    np.testing.assert_array_equal(got, wanted)


def _shaped(array: np.ndarray, step) -> np.ndarray:
    """What references of dense layers take: rows."""
    return array.reshape(step.dims.rows, -1) if hasattr(step.dims, "rows") else array


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("kind", STOCK)
@given(seed=SEEDS)
@examples
def test_random_operators_load_as_they_are_lowered_and_give_the_same_outputs(
    c_loader, kind, scheme, seed
) -> None:
    rng = np.random.default_rng(seed)
    graph = packed(OPERATORS[kind](rng, scheme), scheme)
    check_equal(c_loader, graph, inputs_for(graph, rng))


def changed(graph: Graph, rng: np.random.Generator) -> Graph:
    """One random change of an option, a shape, a type, a scale, a constant or the list of inputs."""
    operator = graph.operators[0]
    kind = rng.integers(7)
    if kind == 0:
        names = [k for k, v in operator.options.items() if type(v) is int and k != "abi"]
        values = [0, 1, 2, 3, 7, -1, 2**24, 2**31 - 1, -(2**31)]
        return with_options(graph, **{str(rng.choice(names)): int(rng.choice(values))})
    if kind == 1:
        scheme = str(rng.choice(SCHEMES[1:]))
        return with_options(graph, scheme=scheme)
    if kind == 2:
        name = "padding" if "padding" in operator.options else "fused_activation_function"
        values = {"padding": ["SAME", "VALID"], "fused_activation_function": ["TANH", "RELU6", "SIGN_BIT"]}
        return with_options(graph, **{name: str(rng.choice(values[name]))})
    index = int(rng.choice([i for i in (*operator.inputs, *operator.outputs) if i != ABSENT]))
    tensor = graph.tensors[index]
    if kind == 3 and tensor.data is None:
        shape = list(tensor.shape)
        shape[rng.integers(len(shape))] += int(rng.choice([-1, 1, 0]))
        return with_tensor(graph, index, shape=tuple(shape))
    if kind == 4:
        scale = float(rng.choice([0.0, -1.0, np.inf, np.nan, 1e-30, 1e30, 0.5]))
        return with_tensor(
            graph, index, quantization=quantization([scale], [int(rng.choice([0, 1, 128, -129]))])
        )
    if kind == 5:
        inputs = list(operator.inputs)
        place = int(rng.integers(len(inputs)))
        inputs[place:] = [] if rng.random() < 0.3 else [ABSENT, *inputs[place + 1 :]]
        (made,) = (dataclasses.replace(operator, inputs=tuple(inputs)),)
        return dataclasses.replace(graph, operators=(made,))
    if tensor.data is None:
        return with_tensor(graph, index, dtype="int32")
    data = tensor.data.copy()
    data.reshape(-1)[rng.integers(data.size)] = (
        rng.integers(-128, 128) % 256 if data.dtype == np.uint8 else -128
    )
    return with_tensor(graph, index, data=data)


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("kind", STOCK)
@given(seed=SEEDS)
@examples
def test_what_lowering_refuses_the_loader_refuses_and_nothing_else(c_loader, kind, scheme, seed) -> None:
    rng = np.random.default_rng(seed)
    graph = packed(OPERATORS[kind](rng, scheme), scheme)
    for _ in range(4):
        one = changed(graph, rng)
        try:
            lower(one)
            refused = ""
        except GraphError as error:
            refused = str(error)
        loaded = c_loader.load(one)
        assert bool(refused) == (loaded.status != "OK"), f"lowering: {refused!r}\nloader: {loaded.text!r}"
        if loaded.status == "OK":
            check_equal(c_loader, one, inputs_for(one, rng))
        else:
            assert re.match(rf"operator 0 {one.operators[0].kind} '.*': \S", loaded.text), loaded.text


def test_every_custom_operator_that_is_registered_has_a_kind_and_a_file(c_loader) -> None:
    lines = (firmware_dir() / "loader/tq_operators.def").read_text()
    names = re.findall(r"^TQ_OPERATOR\((\w+)\)$", lines, re.M)
    files = {
        path.stem.removeprefix("tq_operator_") for path in (firmware_dir() / "loader").glob("tq_operator_*.c")
    }
    assert set(names) == files <= {name for name, kind in KINDS.items() if kind.custom}
    assert names == sorted(names)
    for name in names:
        assert c_loader.library.tq_find_operator(name.encode())
    assert not c_loader.library.tq_find_operator(b"TqNoSuch")


def test_memory_that_is_one_byte_short_is_refused(c_loader) -> None:
    graph = packed(OPERATORS["CONV_2D"](np.random.default_rng(4), "a8wt"), "a8wt")
    whole = c_loader.load(graph)
    assert whole.status == "OK" and whole.bytes > 0
    assert c_loader.load(graph, room=whole.bytes).status == "OK"
    short = c_loader.load(graph, room=whole.bytes - 1)
    assert short.status == "NO_MEMORY"
    assert re.search(r"no room for \d+ bytes of its parameters: use a larger arena", short.text)


def test_a_newer_abi_is_refused_and_says_so(c_loader) -> None:
    graph = packed(OPERATORS["FULLY_CONNECTED"](np.random.default_rng(5), "a8w1"), "a8w1")
    from flatbuffers import flexbuffers

    options = {**dict(graph.operators[0].options), "abi": 2, "keep_num_dims": 0}
    options["fused_activation_function"] = 0
    loaded = c_loader.load(graph, options=bytes(flexbuffers.Dumps(options)))
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
