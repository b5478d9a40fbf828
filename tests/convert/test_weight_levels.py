"""Kernels become codes and scales only if they are exactly that."""

import numpy as np
import pytest

from tinyq.convert.weight_levels import WeightLevels, weight_levels
from tinyq.core.packed_activations import codes_of


@pytest.mark.parametrize("levels", [2, 3, 4, 8, 16, 256])
@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("said", [False, True])
def test_codes_and_scales_give_the_kernel(levels: int, depthwise: bool, said: bool) -> None:
    rng = np.random.default_rng(levels)
    codes = rng.choice(codes_of(levels), (1, 3, 3, 6) if depthwise else (6, 3, 3, 4))
    codes[..., :2] = (1, codes_of(levels)[-1])
    scales = rng.uniform(0.1, 1, 6) if levels < 4 or said else np.full(6, 0.25)
    shaped = scales if depthwise else scales.reshape(6, 1, 1, 1)
    values = (codes * shaped.astype(np.float32)).astype(np.float32)
    given = (codes, np.broadcast_to(shaped, codes.shape).astype(np.float32), levels) if said else None
    found = weight_levels(values, depthwise, given)
    assert isinstance(found, WeightLevels)
    assert found.levels == levels
    np.testing.assert_array_equal(found.codes, codes)
    np.testing.assert_allclose(found.scales, scales, rtol=1e-6)


def test_what_is_no_code_is_explained() -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(4, 9)).astype(np.float32)
    assert "more than 256 levels" in str(weight_levels(kernel, False, None))
    codes = np.sign(kernel).astype(np.int8)
    scale = np.ones_like(kernel)
    assert "5 levels" in str(weight_levels(kernel, False, (codes, scale, 5)))
    assert "not the kernel in 4 of 4" in str(weight_levels(kernel, False, (codes, scale, 2)))
    several = np.linspace(0.5, 1, kernel.size, dtype=np.float32).reshape(kernel.shape)
    assert "several scales in 4 output channels" in str(
        weight_levels(codes * several, False, (codes, several, 2))
    ).replace("4 of 4", "4")


def test_a_filter_of_zeros_is_ternary() -> None:
    found = weight_levels(np.zeros((2, 5), np.float32), False, None)
    assert isinstance(found, WeightLevels) and found.levels == 3 and not found.codes.any()
