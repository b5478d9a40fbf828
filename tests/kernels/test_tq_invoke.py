"""tq_invoke runs the layers in order, calls the hook, and refuses what it cannot run."""

import ctypes
import re

import pytest
from c_kernels import CKernels, include_dir

RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
RUN_TILE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32)
HOOK = ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_void_p)


class Layer(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("kernel", ctypes.c_char_p), ("run", RUN)]


class Stripe(ctypes.Structure):
    _fields_ = [
        ("first", ctypes.c_int32),
        ("count", ctypes.c_int32),
        ("tiles", ctypes.c_int32),
        ("run", ctypes.POINTER(RUN_TILE)),
    ]


class Model(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("abi", ctypes.c_int32),
        ("arena_bytes", ctypes.c_int32),
        ("input_count", ctypes.c_int32),
        ("output_count", ctypes.c_int32),
        ("layer_count", ctypes.c_int32),
        ("inputs", ctypes.c_void_p),
        ("outputs", ctypes.c_void_p),
        ("layers", ctypes.POINTER(Layer)),
        ("stripe_count", ctypes.c_int32),
        ("stripes", ctypes.POINTER(Stripe)),
    ]


def abi() -> int:
    return int(re.search(r"#define TQ_ABI (\d+)", (include_dir() / "tinyq/tq_types.h").read_text())[1])


@pytest.fixture
def called() -> list:
    return []


@pytest.fixture
def model(called: list) -> Model:
    layers = (Layer * 3)(
        *[Layer(b"l", b"k", RUN(lambda arena, i=i: called.append(("run", i, arena)))) for i in range(3)]
    )
    made = Model(b"m", abi(), 64, 1, 1, 3, None, None, layers)
    made.keep = layers
    return made


@pytest.fixture
def arena() -> int:
    buffer = ctypes.create_string_buffer(80)
    yield -(-ctypes.addressof(buffer) // 8) * 8
    del buffer


def invoke(c_kernels: CKernels, model: Model, arena: int, hook=None, user=None) -> int:
    return c_kernels.library.tq_invoke(ctypes.byref(model), ctypes.c_void_p(arena), hook, user)


def test_fields_are_those_of_the_header() -> None:
    text = re.sub(r"/\*.*?\*/", "", (include_dir() / "tinyq/tq.h").read_text(), flags=re.S)
    for cls, name in ((Layer, "tq_layer"), (Stripe, "tq_stripe"), (Model, "tq_model")):
        body = re.search(r"typedef struct \{([^}]*)\} " + name + ";", text)[1]
        declared = re.findall(r"(?:\*|\(\*|\(\*const \*)?(\w+)(?:\)\([^)]*\))?\s*[;,]", body)
        assert declared == [field for field, _ in cls._fields_]


def test_layers_run_in_order_on_the_arena_and_the_hook_follows_each(c_kernels, model, called, arena) -> None:
    hook = HOOK(lambda layer, user: called.append(("hook", layer, user)))
    assert invoke(c_kernels, model, arena, hook, ctypes.c_void_p(99)) == 0
    assert called == [pair for i in range(3) for pair in (("run", i, arena), ("hook", i, 99))]


def test_layers_of_a_stripe_take_turns_and_the_hook_follows_each(c_kernels, model, called, arena) -> None:
    runs = (RUN_TILE * 2)(*[RUN_TILE(lambda at, t, i=i: called.append((i, t, at))) for i in (1, 2)])
    stripes = (Stripe * 1)(Stripe(1, 2, 3, runs))
    model.stripe_count, model.stripes = 1, stripes
    assert invoke(c_kernels, model, arena, HOOK(lambda layer, user: called.append(layer))) == 0
    turns = [entry for tile in range(3) for i in (1, 2) for entry in ((i, tile, arena), i)]
    assert called == [("run", 0, arena), 0, *turns]


def test_the_hook_may_be_null(c_kernels, model, called, arena) -> None:
    assert invoke(c_kernels, model, arena) == 0
    assert [layer for _, layer, _ in called] == [0, 1, 2]


def test_another_abi_is_refused_before_anything_runs(c_kernels, model, called, arena) -> None:
    model.abi += 1
    assert invoke(c_kernels, model, arena) == -1
    assert called == []


def test_a_misaligned_arena_is_refused_before_anything_runs(c_kernels, model, called, arena) -> None:
    assert invoke(c_kernels, model, arena + 4) == -1
    assert called == []
