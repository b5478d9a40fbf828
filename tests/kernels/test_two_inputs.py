"""Add, Sub and Mul in C give the integers of the NumPy reference, broadcast ones too."""

import numpy as np
import pytest
from c_kernels import CKernels
from hypothesis import given
from kernel_cases import Case, check, examples, generators
from one_operator import OPERATORS, inputs_for

from tinyq.graph.lowering import lower


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
@given(rng=generators())
@examples
def test_equals_the_reference(c_kernels: CKernels, kind: str, rng: np.random.Generator) -> None:
    graph = OPERATORS[kind](rng)
    (step,) = lower(graph)
    arrays = dict(zip(graph.inputs, inputs_for(graph, rng), strict=True))
    inputs = [arrays[i] if i in arrays else graph.tensors[i].data for i in step.inputs]
    check(c_kernels, Case(step.kernel, step.params, step.dims, tuple(inputs)))
