"""tools/setup.sh on machines that lack something: what it says and returns, and does not repeat."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = ("sh", "sed", "tr", "dirname", "find", "cat", "mkdir", "rm", "env", "touch", "grep")
NO_TOOLS = {"arm-none-eabi-gcc", "qemu-system-arm"}


class Machine:
    """A checkout, and a PATH of few programs, most of them made up."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.bin = folder / "checkout", folder / "bin"
        for name in ("tools/setup.sh", "tinyq/core/debian_packages.txt"):
            (self.checkout / name).parent.mkdir(parents=True)
            shutil.copy(ROOT / name, self.checkout / name)
        self.bin.mkdir()
        for name in PROGRAMS:
            (self.bin / name).symlink_to(shutil.which(name))
        self.program("id", "echo 1000")

    def program(self, name: str, script: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def root(self, apt: str) -> None:
        """Root, and an apt-get that writes down its calls."""
        self.program("id", "echo 0")
        self.program("apt-get", f'echo "$1" >>"{self.checkout}/apt.log"\n{apt}')

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(self.checkout / "tools/setup.sh"), *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={"PATH": str(self.bin), **environment},
        )

    def apt_calls(self) -> list[str]:
        return (self.checkout / "apt.log").read_text().split()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_permission_it_says_so_and_what_to_install(machine: Machine) -> None:
    machine.program("apt-get", "exit 1")
    done = machine.call("cross")
    assert done.returncode == 0 and "no permission: not root, and there is no sudo" in done.stderr
    assert "apt-get install --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi" in done.stderr
    assert "network" not in done.stderr and "'host' board" in done.stderr


def test_a_sudo_that_wants_a_password_is_no_permission(machine: Machine) -> None:
    machine.program("apt-get", "exit 1")
    machine.program("sudo", "exit 1")
    assert "no permission: not root, and sudo asks for a password" in machine.call("cross").stderr


def test_without_a_network_it_says_so_and_shows_what_apt_said(machine: Machine) -> None:
    machine.root('echo "E: Could not resolve deb.debian.org" >&2; exit 100')
    done = machine.call("cross")
    assert "no network" in done.stderr and "Could not resolve" in done.stderr
    assert "permission" not in done.stderr and done.returncode == 0


def test_a_package_that_does_not_install_is_told_from_no_network(machine: Machine) -> None:
    machine.root('[ "$1" = update ] || { echo "E: Unable to locate package" >&2; exit 100; }')
    done = machine.call("cross")
    assert "apt-get install failed" in done.stderr and "no network" not in done.stderr


def test_one_mirror_that_does_not_answer_is_no_failure_where_the_packages_come_from_another(
    machine: Machine,
) -> None:
    tools = " ".join(f'"{machine.bin}/{name}"' for name in NO_TOOLS)
    machine.program("made", "echo /usr/lib/nano.specs")
    install = f'for tool in {tools}; do cat "{machine.bin}/made" >"$tool"; chmod +x "$tool"; done'
    machine.root(f'[ "$1" = install ] || exit 100\n{install}')
    (machine.bin / "chmod").symlink_to(shutil.which("chmod"))
    done = machine.call("cross", TINYQ_REQUIRE_TOOLS="1")
    assert done.returncode == 0 and "setup:" not in done.stderr


def test_after_a_failure_apt_is_called_again_only_when_asked_or_a_day_later(machine: Machine) -> None:
    machine.root("exit 100")
    machine.call("cross")
    done = machine.call("cross")
    assert machine.apt_calls() == ["update", "install"] and "'make setup' tries again" in done.stderr
    machine.call("cross", "retry")
    assert machine.apt_calls() == ["update", "install"] * 2
    stamp = machine.checkout / ".venv/apt-failed.stamp"
    os.utime(stamp, (stamp.stat().st_atime, stamp.stat().st_mtime - 2 * 24 * 3600))
    machine.call("cross")
    assert machine.apt_calls() == ["update", "install"] * 3


def test_required_tools_that_are_missing_fail(machine: Machine) -> None:
    machine.root("exit 100")
    for _ in range(2):  # with the stamp as well
        done = machine.call("cross", TINYQ_REQUIRE_TOOLS="1")
        assert done.returncode == 1 and "TINYQ_REQUIRE_TOOLS=1 demands them" in done.stderr


def test_with_the_tools_there_it_says_nothing_and_forgets_an_earlier_failure(machine: Machine) -> None:
    machine.root("exit 100")
    machine.call("cross")
    for name in NO_TOOLS:
        machine.program(name, "echo /usr/lib/nano.specs")
    done = machine.call("cross", TINYQ_REQUIRE_TOOLS="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (machine.checkout / ".venv/apt-failed.stamp").exists()


@pytest.mark.parametrize("version", ["3.11", "3.12"])
def test_a_python_without_ensurepip_names_the_package_of_its_version(machine: Machine, version: str) -> None:
    numbers = version.replace(".", ", ")
    machine.program(
        f"python{version}",
        f"""case "$2" in
  *ensurepip*) exit 1 ;;
  *print*) exec {sys.executable} -c "print('python%d.%d-venv' % ({numbers}))" ;;
esac""",
    )
    done = machine.call("python")
    assert done.returncode == 1 and f"apt-get install python{version}-venv" in done.stderr
    assert "no apt-get" in done.stderr and not (machine.checkout / ".venv").exists()


def test_what_venv_says_is_not_hidden(machine: Machine) -> None:
    machine.program("python3.11", '[ "$1" != -m ] || { echo "disk full" >&2; mkdir .venv; exit 1; }')
    done = machine.call("python")
    assert done.returncode == 1 and "disk full" in done.stderr and "venv .venv failed" in done.stderr
    assert not (machine.checkout / ".venv").exists()
