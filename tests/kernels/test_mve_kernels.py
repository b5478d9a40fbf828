"""The variants "mve", compiled for Cortex-M55 and run on QEMU's mps3-an547, give the reference's integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from emulated_kernels import EmulatedKernels, build, variants_with
from kernel_cases import Case, conv_case, depthwise_case, extremes, pack
from test_arm64_kernels import random_weights
from test_dsp_kernels import LONG
from test_weight_kernels import EEG, WHOLE_RANGE
from tools_required import need

from tinyq.core.kernels import KERNELS
from tinyq.core.variants import best_variant, variants_of

pytestmark = pytest.mark.qemu
HERE = Path(__file__).parent
MVE = {variant.kernel for variant in variants_with("mve")}
WEIGHTS = [name for name in KERNELS if "_a8w" in name and name in MVE]
CORE = ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-O2"]
LINK = [str(HERE / "bare_m55.c"), "-T", str(HERE / "bare_m55.ld"), "--specs=rdimon.specs", "-nostartfiles"]
BOARD = ["qemu-system-arm", "-M", "mps3-an547", "-cpu", "cortex-m55", "-display", "none"]
CONSOLE = ["-serial", "none", "-monitor", "none", "-semihosting-config", "enable=on,target=native"]


@pytest.fixture(scope="module")
def m55(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedKernels]:
    need("qemu-system-arm")
    variants = variants_with("mve")
    program = build(tmp_path_factory.mktemp("m55"), variants, CORE, "arm-none-eabi-gcc", LINK)
    kernels = EmulatedKernels([*BOARD, *CONSOLE, "-kernel", str(program)], variants, pointer=4)
    yield kernels
    kernels.close()


def check(m55: EmulatedKernels, case: Case) -> None:
    wanted = KERNELS[case.kernel].reference(case.params, case.dims, *case.inputs, *case.constants)
    call = (case.params, case.dims, case.inputs, case.constants, wanted.shape, wanted.dtype)
    for variant in variants_of(case.kernel):
        if variant.suffix == "mve":
            got = m55(variant, *call)
            np.testing.assert_array_equal(got, wanted, err_msg=f"{variant.symbol}: {case!r}")


@pytest.mark.parametrize("kernel", WEIGHTS)
def test_int8_activations(m55: EmulatedKernels, kernel: str) -> None:
    for seed in range(40):
        check(m55, random_weights(kernel, np.random.default_rng(seed)))


@pytest.mark.parametrize("kernel", [name for name in WEIGHTS if "conv_2d" in name])
def test_shapes_of_real_nets_and_long_filters(m55: EmulatedKernels, kernel: str) -> None:
    operator, scheme = kernel.rsplit("_", 1)
    make = conv_case if operator == "conv_2d" else depthwise_case
    for name, walk, channels in (*EEG.values(), *LONG.values()):
        if operator.startswith(name):
            rng = np.random.default_rng(7)
            case = make(scheme, rng, walk, channels, input_zero_point=-28, **WHOLE_RANGE)
            check(m55, case)
            inputs = (np.full(case.dims.input.shape, -128, np.int8),)
            codes = pack(scheme, extremes(scheme, np.ones(case.dims.filter.shape, np.int8)))
            check(m55, replace(case, inputs=inputs, constants=(codes, None)))


@pytest.mark.parametrize("kernel", WEIGHTS)
def test_shifts_to_the_left_and_none(m55: EmulatedKernels, kernel: str) -> None:
    """Sums small enough to be shifted left, so that outputs are not all clamped."""
    for shift in (-31, -1, 0, 1, 7):
        case = random_weights(kernel, np.random.default_rng(shift + 31))
        shifts = np.full(case.params.shift.shape, shift, np.int8)
        bias = np.arange(-2, case.params.shift.size - 2, dtype=np.int32)
        zeros = np.full(case.inputs[0].shape, case.params.input_zero_point, np.int8)
        params = replace(case.params, shift=shifts)
        check(m55, replace(case, params=params, inputs=(zeros,), constants=(case.constants[0], bias)))


def test_a_core_with_vectors_gets_them() -> None:
    for scheme in ("a8w8", "a8wt", "a8w1", "a8w2", "a8w3", "a8w4"):
        assert best_variant(f"conv_2d_{scheme}", "cortex-m55").symbol == f"tq_conv_2d_{scheme}_mve"
        assert best_variant(f"conv_2d_{scheme}", "cortex-m7").suffix == "dsp"
