"""All kernel tests once more under AddressSanitizer and UBSan."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from c_kernels import SANITIZED
from tools_required import need

HERE = Path(__file__).parent
# What calls kernels; the others only look at sources.
RERUN = ("test_weight_kernels.py", "test_other_kernels.py", "test_scratch.py", "test_tq_invoke.py")


def run_sanitized(*arguments: str) -> subprocess.CompletedProcess[str]:
    need("cc")
    libasan = subprocess.run(["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    if not Path(libasan.stdout.strip()).is_absolute():
        need("libasan.so")
    environment = {
        **os.environ,
        "TINYQ_KERNELS_SANITIZED": "1",
        "LD_PRELOAD": libasan.stdout.strip(),
        # Python leaks on purpose; an error must end the process, not be swallowed.
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=86",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=HERE.parent.parent)


@pytest.mark.skipif(SANITIZED, reason="this is the sanitized run")
def test_all_kernels_run_clean_under_address_and_undefined_behaviour_sanitizers() -> None:
    done = run_sanitized(*[str(HERE / name) for name in RERUN])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.skipif(not SANITIZED, reason="only where a sanitizer watches")
@pytest.mark.parametrize("shorter", ["input", "weights", "bias", "output"])
def test_a_buffer_that_is_too_short_ends_the_process(shorter: str) -> None:
    """Called by test_the_sanitizer_sees...; never returns."""
