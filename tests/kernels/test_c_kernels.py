"""The harness itself: it notices a kernel that writes where it must not."""

import numpy as np
import pytest
from c_kernels import CKernels
from kernel_cases import fully_connected_case


def test_an_output_that_is_too_short_is_noticed(c_kernels: CKernels) -> None:
    case = fully_connected_case(
        "a8w8",
        np.random.default_rng(1),
        (1, 4, 6),
        input_zero_point=0,
        output_zero_point=0,
        activation_min=-128,
        activation_max=127,
    )
    with pytest.raises(AssertionError, match="beside a buffer"):
        c_kernels(case.kernel, case.params, case.dims, case.inputs, case.constants, (1, 5))
