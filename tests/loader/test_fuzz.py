"""The C loader under AddressSanitizer and UBSan on mutated operators and files; 10,000 each under `slow`."""

import subprocess
import sys
from pathlib import Path

import pytest
from c_kernels import FOUND
from custom_cases import CASES
from sanitized import environment

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(tmp_path_factory.mktemp("sanitized"))


def fuzz(sanitized: dict[str, str], script: str, count: int, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / script), "--count", str(count), "--seed", str(count), *more]
    return subprocess.run(command, capture_output=True, text=True, env=sanitized)


def counts(line: str) -> dict[str, int]:
    return {name: int(number) for name, number in (pair.split("=") for pair in line.split()[1:])}


def check_operators(done: subprocess.CompletedProcess[str], count: int) -> None:
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]
    mutated, ran = map(counts, done.stdout.splitlines())
    assert sum(mutated.values()) == count
    # Both ways must have been gone: changes that do no harm run, the others are refused for many reasons.
    assert mutated["RAN"] > count // 50 and mutated["BAD_OPTIONS"] > count // 50
    assert len(mutated) >= 6
    assert len(ran) == len(CASES) and all(ran.values())


def check_files(done: subprocess.CompletedProcess[str], count: int) -> None:
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]
    (found,) = map(counts, done.stdout.splitlines())
    assert sum(found.values()) == count
    assert min(found[name] for name in ("READER_REFUSED", "LOWERING_REFUSED", "SOUND")) > count // 50


def test_a_thousand_damaged_operators_touch_nothing_outside(sanitized) -> None:
    check_operators(fuzz(sanitized, "fuzz_loader.py", 1000), 1000)


def test_five_hundred_damaged_files_are_refused_by_lowering_and_loader_alike(sanitized) -> None:
    check_files(fuzz(sanitized, "fuzz_files.py", 500), 500)


@pytest.mark.slow
def test_ten_thousand_damaged_operators_touch_nothing_outside(sanitized) -> None:
    check_operators(fuzz(sanitized, "fuzz_loader.py", 10_000), 10_000)


@pytest.mark.slow
def test_ten_thousand_damaged_files_are_refused_by_lowering_and_loader_alike(sanitized) -> None:
    check_files(fuzz(sanitized, "fuzz_files.py", 10_000), 10_000)


def test_the_sanitizer_sees_options_that_are_read_one_byte_too_far(sanitized) -> None:
    done = fuzz(sanitized, "fuzz_loader.py", 1, "--lie-about-the-length")
    assert done.returncode == FOUND, done.stderr[-2000:]
    assert "heap-buffer-overflow" in done.stderr
