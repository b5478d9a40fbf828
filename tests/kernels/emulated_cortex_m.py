"""The kernels for Cortex-M, compiled for a core of each kind and called on a board of QEMU's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from emulated_kernels import EmulatedKernels, build, variants_with
from kernel_cases import Case
from tools_required import need

from tinyq.core.kernels import KERNELS
from tinyq.core.variants import variants_of

HERE = Path(__file__).parent
CONSOLE = ["-nic", "none", "-display", "none", "-serial", "none", "-monitor", "none"]
CONSOLE += ["-semihosting-config", "enable=on,target=native"]


@dataclass(frozen=True)
class Core:
    """A core: how it is compiled for, a board of QEMU's that runs it, and where that has memory."""

    flags: tuple[str, ...]
    machine: str
    code: int
    ram: int
    suffixes: tuple[str, ...]


def _small(cpu: str, level: str, *suffixes: str) -> Core:
    """QEMU's Cortex-M3 stands in for the smaller ones, as on the board qemu_cortex_m0."""
    return Core((f"-mcpu={cpu}", level), "mps2-an385", 0x400, 0x21000000, suffixes)


M55 = ("-mcpu=cortex-m55", "-O2", "-mfloat-abi=hard")
CORES = {
    "cortex-m55": Core(M55, "mps3-an547", 0x11000000, 0x31000000, ("mve",)),
    "cortex-m4": Core(
        ("-mcpu=cortex-m4", "-O2"), "mps2-an386", 0x400, 0x21000000, ("dsp", "sliced", "listed")
    ),
    "cortex-m0plus": _small("cortex-m0plus", "-O2", "sliced", "listed", "opt", "lean"),
    "cortex-m0plus swar": _small("cortex-m0plus", "-O2", "swar"),
    "cortex-m0plus swar -O0": _small("cortex-m0plus", "-O0", "swar"),
    "cortex-m3 swar": _small("cortex-m3", "-O2", "swar"),
}


class Kernels:
    """The variants of a core of CORES, behind a call server that runs on it."""

    def __init__(self, name: str, folder: Path) -> None:
        need("qemu-system-arm")
        core = CORES[name]
        self.suffixes = core.suffixes
        variants = [variant for suffix in core.suffixes for variant in variants_with(suffix)]
        places = [f"-Wl,--defsym={name}={place}" for name, place in (("code", core.code), ("ram", core.ram))]
        link = [str(HERE / "bare_cortex_m.c"), "-T", str(HERE / "bare_cortex_m.ld"), *places]
        link += ["--specs=rdimon.specs", "-nostartfiles"]
        program = build(folder, variants, ["-mthumb", *core.flags], "arm-none-eabi-gcc", link)
        command = ["qemu-system-arm", "-M", core.machine, *CONSOLE, "-kernel", str(program)]
        self.call = EmulatedKernels(command, variants, pointer=4)


def check(core: Kernels, case: Case) -> None:
    """All variants of a kernel that a core has."""
    wanted = KERNELS[case.kernel].reference(case.params, case.dims, *case.inputs, *case.constants)
    call = (case.params, case.dims, case.inputs, case.constants, wanted.shape, wanted.dtype)
    variants = [variant for variant in variants_of(case.kernel) if variant.suffix in core.suffixes]
    if not variants:
        pytest.skip("this core has no variant of its own")
    for variant in variants:
        got = core.call(variant, *call)
        np.testing.assert_array_equal(got, wanted, err_msg=f"{variant.symbol}: {case!r}")
