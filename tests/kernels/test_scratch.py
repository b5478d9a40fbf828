"""C and Python agree on the bytes of scratch memory; guards in c_kernels.py prove that they are enough."""

import pytest
from c_kernels import CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import examples

from tinyq.core.kernels import KERNELS
from tinyq.core.params import ConvDims, Dims

WITH_SCRATCH = [name for name, kernel in KERNELS.items() if kernel.scratch is not None]
SIZES = st.integers(1, 100)


@pytest.mark.parametrize("name", WITH_SCRATCH)
@given(sizes=st.tuples(SIZES, SIZES, SIZES, SIZES))
@examples
def test_scratch_bytes_are_the_same_in_c_and_python(c_kernels: CKernels, name, sizes) -> None:
    depthwise = name.startswith("depthwise")
    filter_dims = Dims(1 if depthwise else sizes[0], *sizes[1:])
    dims = ConvDims(Dims(1, 9, 9, sizes[3]), filter_dims, Dims(1, 9, 9, sizes[0]))
    assert c_kernels.scratch_bytes(name, dims) == KERNELS[name].scratch(dims)
