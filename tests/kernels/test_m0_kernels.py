"""The variants "swar", compiled for Cortex-M0+ and M3 and run on QEMU, give the reference's integers."""

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
from test_swar_kernels import DEEP, LINES
from test_weight_kernels import EEG, WHOLE_RANGE
from tools_required import need

from tinyq.core.kernels import KERNELS
from tinyq.core.variants import variants_of

pytestmark = pytest.mark.qemu
HERE = Path(__file__).parent
WEIGHTS = sorted({variant.kernel for variant in variants_with("swar")})
LINK = [str(HERE / "bare_m55.c"), "-T", str(HERE / "bare_m0.ld"), "--specs=rdimon.specs", "-nostartfiles"]
CONSOLE = ["-serial", "none", "-monitor", "none", "-semihosting-config", "enable=on,target=native"]


@pytest.fixture(scope="module", params=["cortex-m0plus -O2", "cortex-m0plus -O0", "cortex-m3 -O2"])
def core(tmp_path_factory: pytest.TempPathFactory, request) -> Iterator[EmulatedKernels]:
    need("qemu-system-arm")
    cpu, level = request.param.split()
    variants = variants_with("swar")
    flags = [f"-mcpu={cpu}", "-mthumb", "-mfloat-abi=soft", level]
    program = build(tmp_path_factory.mktemp(cpu), variants, flags, "arm-none-eabi-gcc", LINK)
    board = ["qemu-system-arm", "-M", "mps2-an385", "-nic", "none", "-display", "none"]
    kernels = EmulatedKernels([*board, *CONSOLE, "-kernel", str(program)], variants, pointer=4)
    yield kernels
    kernels.close()


def check(core: EmulatedKernels, case: Case) -> None:
    wanted = KERNELS[case.kernel].reference(case.params, case.dims, *case.inputs, *case.constants)
    call = (case.params, case.dims, case.inputs, case.constants, wanted.shape, wanted.dtype)
    for variant in variants_of(case.kernel):
        if variant.suffix == "swar":
            np.testing.assert_array_equal(core(variant, *call), wanted, err_msg=f"{variant.symbol}: {case!r}")


@pytest.mark.parametrize("kernel", WEIGHTS)
def test_int8_activations(core: EmulatedKernels, kernel: str) -> None:
    for seed in range(40):
        check(core, random_weights(kernel, np.random.default_rng(seed)))


@pytest.mark.parametrize("kernel", [name for name in WEIGHTS if "conv_2d" in name])
def test_shapes_of_real_nets_and_long_filters(core: EmulatedKernels, kernel: str) -> None:
    operator, scheme = kernel.rsplit("_", 1)
    make = conv_case if operator == "conv_2d" else depthwise_case
    lines = [("depthwise", walk, (2, multiplier)) for walk, multiplier in LINES.values()]
    lines += [("conv_2d", walk, (1, 1, 3)) for walk, _ in LINES.values()]
    deep = [("conv_2d", walk, channels) for walk, channels in DEEP.values()]
    for name, walk, channels in (*EEG.values(), *LONG.values(), *lines, *deep):
        if operator.startswith(name):
            case = make(scheme, np.random.default_rng(7), walk, channels, input_zero_point=-28, **WHOLE_RANGE)
            check(core, case)
            inputs = (np.full(case.dims.input.shape, -128, np.int8),)
            codes = pack(scheme, extremes(scheme, np.ones(case.dims.filter.shape, np.int8)))
            check(core, replace(case, inputs=inputs, constants=(codes, None)))
