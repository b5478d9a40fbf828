"""The variants "swar", compiled for Cortex-M0+ and M3 and run on QEMU, give the reference's integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from emulated_cortex_m import Kernels, check
from emulated_kernels import variants_with
from kernel_cases import conv_case, depthwise_case, extremes, pack
from test_arm64_kernels import random_weights
from test_dsp_kernels import LONG
from test_swar_kernels import DEEP, LINES
from test_weight_kernels import EEG, WHOLE_RANGE

pytestmark = pytest.mark.qemu
WEIGHTS = sorted({variant.kernel for variant in variants_with("swar")})


@pytest.fixture(scope="module", params=["cortex-m0plus swar", "cortex-m0plus swar -O0", "cortex-m3 swar"])
def core(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernels]:
    kernels = Kernels(request.param, tmp_path_factory.mktemp("core"))
    yield kernels
    kernels.call.close()


@pytest.mark.parametrize("kernel", WEIGHTS)
def test_int8_activations(core: Kernels, kernel: str) -> None:
    for seed in range(40):
        check(core, random_weights(kernel, np.random.default_rng(seed)))


@pytest.mark.parametrize("kernel", [name for name in WEIGHTS if "conv_2d" in name])
def test_shapes_of_real_nets_and_long_filters(core: Kernels, kernel: str) -> None:
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
