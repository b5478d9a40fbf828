"""Kernels with int16 activations in C give the integers of the NumPy reference."""

import numpy as np
import pytest
from c_kernels import CKernels
from hypothesis import given
from int16_operators import KINDS, int16_graph, int16_inputs
from kernel_cases import Case, check, examples, generators

from tinyq.core.params import RowsDims, SoftmaxParams
from tinyq.graph.lowering import lower


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "RESHAPE"])
@given(rng=generators())
@examples
def test_equals_the_reference(c_kernels: CKernels, kind: str, rng: np.random.Generator) -> None:
    graph = int16_graph(kind, rng)
    (step,) = lower(graph)
    given_arrays = dict(zip(graph.inputs, int16_inputs(graph, rng), strict=True))
    inputs = [given_arrays[i] if i in given_arrays else graph.tensors[i].data for i in step.inputs]
    check(c_kernels, Case(step.kernel, step.params, step.dims, tuple(inputs), step.constants))


@pytest.mark.parametrize("left_shift", [-20, -3, 0, 1, 14])
@pytest.mark.parametrize("depth", [1, 2, 511, 3000])
def test_softmax_of_extremes(c_kernels: CKernels, left_shift: int, depth: int) -> None:
    rng = np.random.default_rng(depth)
    params = SoftmaxParams(2**31 - 1, left_shift, -65535)
    for x in (np.full(depth, -32768), np.full(depth, 32767), rng.choice([-32768, 0, 32767], depth)):
        check(c_kernels, Case("softmax_a16", params, RowsDims(1, depth), (x.astype(np.int16),)))
