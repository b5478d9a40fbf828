"""All kernel tests once more under AddressSanitizer and UBSan."""

import subprocess
import sys
from pathlib import Path

import pytest
from c_kernels import FOUND, SANITIZED, SANITIZERS, build_library, sanitized_environment

HERE = Path(__file__).parent
# What calls kernels; the other tests only look at sources.
RERUN = (
    "test_weight_kernels.py",
    "test_other_kernels.py",
    "test_bits_kernels.py",
    "test_float_kernels.py",
    "test_lce_kernels.py",
    "test_scratch.py",
    "test_tq_invoke.py",
    "test_tiles.py",
    "test_in_place.py",
    "test_x86_kernels.py",
)

TOO_SHORT = """
import os, sys
sys.path[:0] = [{tests!r}, {here!r}]
import numpy as np
from c_kernels import CKernels
from kernel_cases import fully_connected_case
case = fully_connected_case("a8wt", np.random.default_rng(0), (2, 13, 5), input_zero_point=0,
                            output_zero_point=0, activation_min=-128, activation_max=127)
arrays = {{"input": case.inputs[0], "weights": case.constants[0], "bias": np.zeros(5, np.int32),
          "output": np.zeros(10, np.int8)}}
arrays[{name!r}] = arrays[{name!r}].reshape(-1)[:-1]
call = CKernels(os.environ["TINYQ_KERNELS_SANITIZED"])
call(case.kernel, case.params, case.dims, [arrays["input"]], [arrays["weights"], arrays["bias"]],
     arrays["output"].shape)
"""

pytestmark = pytest.mark.skipif(bool(SANITIZED), reason="this is the sanitized run")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    library = build_library(tmp_path_factory.mktemp("sanitized"), SANITIZERS)
    return sanitized_environment(TINYQ_KERNELS_SANITIZED=library)


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=HERE.parent.parent)


def test_all_kernels_run_clean_under_address_and_undefined_behaviour_sanitizers(environment) -> None:
    tests = [str(HERE / name) for name in RERUN]
    done = run(environment, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.parametrize("name", ["input", "weights", "bias", "output"])
def test_the_sanitizer_sees_a_buffer_that_is_one_element_short(environment, name: str) -> None:
    script = TOO_SHORT.format(tests=str(HERE.parent), here=str(HERE), name=name)
    done = run(environment, "-c", script)
    assert done.returncode == FOUND, done.stderr[-2000:]
    assert "heap-buffer-overflow" in done.stderr
