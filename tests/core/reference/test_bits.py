"""The references on packed activations equal plain arithmetic on the codes, and the papers' formulas."""

import numpy as np
import pytest
from bits_cases import MAKERS, answer, case, random_codes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinyq.core.bit_planes import decomposed_dot
from tinyq.core.kernels import KERNELS
from tinyq.core.packed_activations import LEVELS, pack_codes, planes_of
from tinyq.core.params import FullyConnectedDims
from tinyq.core.params_bits import BitsOutput, FullyConnectedBitsParams
from tinyq.core.reference.fully_connected_bits import fully_connected_bits_f32
from tinyq.core.ternary_planes import ternary_dot, ternary_planes

examples = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def test_every_kernel_on_packed_activations_has_cases() -> None:
    assert set(MAKERS) == {name for name in KERNELS if "bits" in name}


@pytest.mark.parametrize("kernel", MAKERS)
@given(seed=st.integers(0, 2**32 - 1))
@examples
def test_the_reference_equals_plain_arithmetic(kernel: str, seed: int) -> None:
    one = case(kernel, np.random.default_rng(seed))
    inputs = [one.inputs] if KERNELS[kernel].variadic else one.inputs
    got = KERNELS[kernel].reference(one.params, one.dims, *inputs, *one.constants)
    wanted = answer(one)
    assert got.dtype == wanted.dtype and got.shape == wanted.shape
    np.testing.assert_array_equal(got, wanted, err_msg=f"seed {seed}")


def product(x: np.ndarray, w: np.ndarray, x_levels: int, w_levels: int) -> np.ndarray:
    """x @ w.T by the dense reference: scale 1, no bias."""
    dims = FullyConnectedDims(len(x), x.shape[1], len(w))
    ones = BitsOutput(scale=np.ones(len(w), np.float32), real_min=-3e38, real_max=3e38)
    params = FullyConnectedBitsParams(x_levels, w_levels, ones)
    packed = pack_codes(x, x_levels), pack_codes(w, w_levels)
    return fully_connected_bits_f32(params, dims, *packed, None).astype(np.int64)


SIGNED = [levels for levels in LEVELS if levels != 3]


@pytest.mark.parametrize("x_levels", SIGNED)
@pytest.mark.parametrize("w_levels", SIGNED)
def test_odd_codes_give_the_product_of_their_sign_planes(x_levels: int, w_levels: int) -> None:
    rng = np.random.default_rng(x_levels * 1000 + w_levels)
    for channels in (1, 31, 32, 33, 70):
        x, w = random_codes(rng, x_levels, (3, channels)), random_codes(rng, w_levels, (5, channels))
        wanted, _ = decomposed_dot(x, w.T, planes_of(x_levels), planes_of(w_levels))
        np.testing.assert_array_equal(product(x, w, x_levels, w_levels), wanted)


def test_ternary_codes_give_the_product_of_their_planes() -> None:
    rng = np.random.default_rng(3)
    for channels in (1, 31, 32, 33, 70):
        x, w = random_codes(rng, 3, (3, channels)), random_codes(rng, 3, (5, channels))
        wanted = ternary_dot(ternary_planes(w)[:, None], ternary_planes(x)[:, :, None])
        np.testing.assert_array_equal(product(x, w, 3, 3), wanted)
