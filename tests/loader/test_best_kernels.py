"""tq_best_kernels.h: the loader calls the fastest variant that the processor runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from c_kernels import include_dir
from tools_required import need

from tinyq.core.resources import firmware_dir
from tinyq.core.variants import VARIANTS, best_alike, best_variant

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from best_kernels import HEADER, TARGETS, header, kernels_of_the_loader  # noqa: E402

FLAGS = {
    "cortex-m0": ["-mcpu=cortex-m0"],
    "cortex-m3": ["-mcpu=cortex-m3"],
    "cortex-m4": ["-mcpu=cortex-m4"],
    "cortex-m7": ["-mcpu=cortex-m7"],
    "cortex-m33": ["-mcpu=cortex-m33"],
    "cortex-m55": ["-mcpu=cortex-m55", "-mfloat-abi=hard"],
}


def chosen(compiler: str, *flags: str) -> dict[str, str]:
    """Kernel -> the function that its macro names."""
    need(compiler)
    kernels = kernels_of_the_loader()
    asked = '#include "tq_best_kernels.h"\n' + "".join(f"@ {k} tq_{k}_best\n" for k in kernels)
    folders = ["-I", str(include_dir()), "-I", str(firmware_dir() / "loader")]
    command = [compiler, *flags, *folders, "-E", "-P", "-"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("@ "))


def test_the_header_is_what_the_variants_say() -> None:
    assert HEADER.read_text() == header(), "run: python tools/best_kernels.py"


def test_the_host_gets_the_variants_of_its_family() -> None:
    machine = subprocess.run(["cc", "-dumpmachine"], capture_output=True, text=True).stdout
    cpu = "native" if machine.startswith("x86_64") else "armv8-a"
    assert chosen("cc") == {k: best_alike(k, cpu).symbol for k in kernels_of_the_loader()}


@pytest.mark.qemu
@pytest.mark.parametrize("cpu", FLAGS)
def test_an_arm_core_gets_the_variants_of_its_families(cpu: str) -> None:
    found = chosen("arm-none-eabi-gcc", "-mthumb", *FLAGS[cpu])
    assert found == {k: best_alike(k, cpu).symbol for k in kernels_of_the_loader()}


@pytest.mark.parametrize("cpu", [*TARGETS.values(), None])
def test_what_is_called_in_place_of_another_takes_its_arguments(cpu) -> None:
    for kernel in kernels_of_the_loader():
        best, common = best_alike(kernel, cpu), best_variant(kernel)
        assert best in VARIANTS and best.kernel == kernel
        assert (best.scratch is None) == (common.scratch is None)
