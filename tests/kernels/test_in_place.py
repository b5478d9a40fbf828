"""Every variant of a kernel that in_place.py lists writes the same over its input as beside it."""

import ctypes

import numpy as np
import pytest
from c_kernels import SANITIZED, CKernels, memory
from int16_operators import int16_graph, int16_inputs
from kernel_cases import Case
from one_operator import OPERATORS, inputs_for
from test_float_kernels import real
from test_tiles import REAL, pool

from tinyq.core.kernels import KERNELS, Step
from tinyq.core.params import AddDims, CountDims, Dims, RowsDims, UnaryDims
from tinyq.core.params_float import MeanF32Params, RangeF32Params, SoftmaxF32Params
from tinyq.core.variants import Variant, variants_of
from tinyq.emit.in_place import IN_PLACE, in_place_inputs
from tinyq.graph.lowering import lower

CASES = 15 if SANITIZED else 60
KINDS = {
    "add": "ADD", "sub": "SUB", "mul": "MUL", "mean": "MEAN", "softmax": "SOFTMAX", "requantize": "RELU",
    "average": "AVERAGE_POOL_2D", "max": "MAX_POOL_2D", "quantize": "QUANTIZE float32",
}  # fmt: skip
VARIANTS = [variant for kernel in IN_PLACE for variant in variants_of(kernel)]


def made_case(kernel: str, rng: np.random.Generator) -> Case:
    word, suffix = kernel.partition("_")[0], kernel.rpartition("_")[2]
    if "pool" in kernel and rng.random() < 0.5:
        return pool(kernel, rng)
    if suffix == "f32":
        return real_case(kernel, rng)
    graph = int16_graph(KINDS[word], rng) if suffix == "a16" else OPERATORS[KINDS[word]](rng)
    (step,) = lower(graph)
    assert step.kernel == kernel
    arrays = int16_inputs(graph, rng) if suffix == "a16" else inputs_for(graph, rng)
    given = dict(zip(graph.inputs, arrays, strict=True))
    inputs = [given[i] if i in given else graph.tensors[i].data for i in step.inputs]
    return Case(kernel, step.params, step.dims, tuple(np.asarray(x) for x in inputs), step.constants)


def real_case(kernel: str, rng: np.random.Generator) -> Case:
    shape = tuple(int(size) for size in rng.integers(1, 6, 4))
    x, count = real(rng, *shape), int(np.prod(shape))
    if kernel.startswith(("add", "mul")):
        other = tuple(size if rng.random() < 0.7 else 1 for size in shape)
        dims, values = AddDims(Dims(*shape), Dims(*other), Dims(*shape)), real(rng, *other)
        return Case(kernel, RangeF32Params(*REAL), dims, (x, values))
    if kernel.startswith("clamp"):
        return Case(kernel, RangeF32Params(0.0, 6.0), CountDims(count), (x,))
    if kernel.startswith("softmax"):
        rows = RowsDims(count // shape[-1], shape[-1])
        return Case(kernel, SoftmaxF32Params(0.3), rows, (x.reshape(rows.rows, rows.depth),))
    if kernel.startswith("mean"):
        kept = tuple(size if rng.random() < 0.5 else 1 for size in shape)
        params = MeanF32Params(count // int(np.prod(kept)))
        return Case(kernel, params, UnaryDims(Dims(*shape), Dims(*kept)), (x,))
    return pool(kernel, rng)


def written_over(c_kernels: CKernels, variant: Variant, case: Case, number: int, like) -> np.ndarray:
    """The output, shaped `like` another array, of a call that writes it over input `number`."""
    assert variant.scratch is None
    with memory() as blocks:
        addresses = [blocks.copy(x) for x in case.inputs]
        structs = [ctypes.byref(blocks.struct(x)) for x in (case.params, case.dims)]
        function = c_kernels.library[variant.symbol]
        function.restype = None
        function(*structs, *[ctypes.c_void_p(address) for address in (*addresses, addresses[number])])
        return blocks.read(addresses[number], like.size, like.dtype).reshape(like.shape)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.symbol)
def test_the_output_may_take_the_inputs_place(c_kernels: CKernels, variant: Variant) -> None:
    tried = 0
    for seed in range(CASES):
        case = made_case(variant.kernel, np.random.default_rng(seed))
        wanted = KERNELS[case.kernel].reference(case.params, case.dims, *case.inputs, *case.constants)
        step = Step("x", 0, case.kernel, case.params, case.dims, tuple(range(len(case.inputs))), (), 9, 0)
        for number in in_place_inputs(step):
            got = written_over(c_kernels, variant, case, number, wanted)
            assert got.tobytes() == wanted.tobytes(), f"seed {seed}, over input {number}: {case!r}"
            tried += 1
    assert tried >= CASES // 4


def test_a_kernel_whose_windows_reach_back_is_not_done_in_place() -> None:
    rng = np.random.default_rng(0)
    padded = [case for case in (pool("max_pool_2d_a8", rng) for _ in range(60)) if case.params.pad_left > 0]
    assert padded
    for case in padded:
        assert in_place_inputs(Step("x", 0, case.kernel, case.params, case.dims, (0,), (), 1, 0)) == ()


def test_the_table_names_kernels_that_exist() -> None:
    assert set(IN_PLACE) <= set(KERNELS)
