"""C and Python agree on the bytes of scratch memory; guards in c_kernels.py prove that they are enough."""

import pytest
from c_kernels import CKernels
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import examples

from tinyq.core.params import ConvDims, Dims, FullyConnectedDims
from tinyq.core.variants import VARIANTS, Variant

WITH_SCRATCH = [variant for variant in VARIANTS if variant.scratch is not None]
SIZES = st.integers(1, 100)


@pytest.mark.parametrize("variant", WITH_SCRATCH, ids=lambda variant: variant.symbol)
@given(sizes=st.tuples(SIZES, SIZES, SIZES, SIZES), groups=st.integers(1, 3))
@examples
def test_scratch_bytes_are_the_same_in_c_and_python(
    c_kernels: CKernels, variant: Variant, sizes, groups
) -> None:
    depthwise = variant.kernel.startswith("depthwise")
    filter_dims = Dims(1 if depthwise else sizes[0], *sizes[1:])
    dims: ConvDims | FullyConnectedDims
    dims = ConvDims(Dims(1, 9, 9, groups * sizes[3]), filter_dims, Dims(1, 9, 9, sizes[0]))
    if variant.kernel.startswith("fully_connected"):
        dims = FullyConnectedDims(*sizes[:3])
    assert c_kernels.scratch_bytes(variant, dims) == variant.scratch(dims)


@pytest.mark.parametrize("variant", WITH_SCRATCH, ids=lambda variant: variant.symbol)
@pytest.mark.parametrize("taps", [(1, 7), (1, 8), (1, 64), (22, 1), (128, 1), (129, 1), (3, 3)], ids=str)
def test_scratch_bytes_of_wide_images_are_the_same(c_kernels: CKernels, variant: Variant, taps) -> None:
    if variant.kernel.startswith("depthwise"):
        for width in (31, 32, 700, 2000):
            dims = ConvDims(Dims(1, 22, width, 33), Dims(1, *taps, 66), Dims(1, 22, width, 66))
            assert c_kernels.scratch_bytes(variant, dims) == variant.scratch(dims)
