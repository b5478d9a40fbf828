"""The C loader under AddressSanitizer and UBSan on mutated operators; 10,000 of them under `slow`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from c_kernels import SANITIZERS
from c_loader import build_loader
from tools_required import need

HERE = Path(__file__).parent
FOUND = 86


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Preloads libasan, and names a loader that was built with it."""
    need("cc")
    asked = ["cc", "-print-file-name=libasan.so"]
    libasan = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(libasan).is_absolute():
        need("libasan.so")
    return {
        **os.environ,
        "TINYQ_LOADER_SANITIZED": str(build_loader(tmp_path_factory.mktemp("sanitized"), SANITIZERS)),
        "LD_PRELOAD": libasan,
        "ASAN_OPTIONS": f"detect_leaks=0:exitcode={FOUND}",  # Python itself leaks
        "UBSAN_OPTIONS": f"exitcode={FOUND}",
    }


def fuzz(environment: dict[str, str], count: int, seed: int, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "fuzz_loader.py"), str(count), str(seed), *more]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def check(done: subprocess.CompletedProcess[str], count: int) -> None:
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]
    words = dict(pair.split("=") for pair in done.stdout.split())
    assert sum(map(int, words.values())) == count
    # Both ways must have been gone: changes that do no harm run, the others are refused for many reasons.
    assert int(words["OK"]) > count // 50 and int(words["BAD_OPTIONS"]) > count // 50
    assert len(words) >= 5


def test_five_hundred_damaged_operators_touch_nothing_outside(environment) -> None:
    check(fuzz(environment, 500, 1), 500)


@pytest.mark.slow
def test_ten_thousand_damaged_operators_touch_nothing_outside(environment) -> None:
    check(fuzz(environment, 10_000, 2), 10_000)


def test_the_sanitizer_sees_options_that_are_read_one_byte_too_far(environment) -> None:
    done = fuzz(environment, 1, 1, "--lie-about-the-length")
    assert done.returncode == FOUND, done.stderr[-2000:]
    assert "heap-buffer-overflow" in done.stderr
