#!/bin/sh
# Set-up for the Makefile. `setup.sh python`: a virtual environment in the checkout with pinned packages.
# `setup.sh cross`: Debian's Arm compiler and QEMU, or what to install and why it was not done. After apt-get failed,
# it is tried again a day later, or with `setup.sh cross retry` (make setup). TINYQ_REQUIRE_TOOLS=1: without, exit 1.
set -eu
cd "$(dirname "$0")/.."

STAMP=.venv/apt-failed.stamp

# packages_of PROGRAM...: their Debian packages, from the one list.
packages_of() {
  for program in "$@"; do
    sed -n "s/^$program: //p" tinyq/core/debian_packages.txt
  done | tr '\n' ' ' | sed 's/ $//'
}

# Installs Debian packages as root or through sudo; where that fails, `why` says so.
apt_install() {
  why=
  sudo=
  if ! command -v apt-get >/dev/null; then
    why="this system has no apt-get"
  elif [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null; then
      why="no permission: not root, and there is no sudo"
    elif ! sudo -n true 2>/dev/null && ! [ -t 0 ]; then
      why="no permission: not root, and sudo asks for a password"
    fi
  fi
  [ -z "$why" ] || return 1
  echo "installing Debian packages: $*"
  patience="-o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
  updated=yes
  # shellcheck disable=SC2086
  $sudo apt-get update -qq $patience -o APT::Update::Error-Mode=any || updated=no # maybe of one mirror only
  # shellcheck disable=SC2086
  if ! $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $patience "$@" >/dev/null; then
    why="apt-get install failed (above)"
    [ "$updated" = yes ] || why="no network, or no Debian mirror that answers: apt-get update failed (above)"
  fi
  [ -z "$why" ]
}

find_python() {
  for candidate in python3.11 python3.12 python3.10 python3; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 13))'; then
      echo "$candidate"
      return
    fi
  done
  echo "setup: no Python 3.10, 3.11 or 3.12 on PATH (larq-compute-engine has wheels for these only)." >&2
  echo "       Install one, on Debian 12: apt-get install python3 python3-venv" >&2
  exit 1
}

python_setup() {
  python=$(find_python)
  if ! [ -x .venv/bin/pip ]; then
    # Debian's Python has venv, but ensurepip, which venv runs, is in a package of the same version.
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
      apt_install "$package" || {
        echo "setup: $python cannot make virtual environments, and that could not be installed:" >&2
        echo "       $why." >&2
        echo "       Install it as root, then call make again: apt-get install $package" >&2
        exit 1
      }
    fi
    echo "creating .venv with $("$python" --version)"
    "$python" -m venv .venv || {
      rm -rf .venv
      echo "setup: $python -m venv .venv failed (above)." >&2
      exit 1
    }
  fi
  echo "installing Python packages into .venv (TensorFlow is large: some minutes the first time)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -c tools/constraints.txt -e '.[train,eeg,litert,stream,dev]'
}

cross_is_there() {
  command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null &&
    [ -n "$(arm-none-eabi-gcc -print-file-name=nano.specs | grep /)" ]
}

cross_setup() {
  packages=$(packages_of arm-none-eabi-gcc qemu-system-arm)
  if cross_is_there; then
    rm -f "$STAMP"
    return
  fi
  if [ "${1:-}" != retry ] && [ -n "$(find "$STAMP" -mtime -1 2>/dev/null)" ]; then
    why="$(cat "$STAMP"), not long ago; 'make setup' tries again"
  else
    # shellcheck disable=SC2086
    apt_install $packages && cross_is_there && return
    why=${why:-"they are installed, but not on PATH"}
    case "$why" in
      "no permission"* | "this system"*) ;; # asked again each time: that costs nothing
      *) mkdir -p .venv && echo "${why% (above)}" >"$STAMP" ;;
    esac
  fi
  echo "setup: the Arm compiler and emulator are missing, and were not installed:" >&2
  echo "       $why." >&2
  echo "       As root: apt-get install --no-install-recommends $packages" >&2
  if [ "${TINYQ_REQUIRE_TOOLS:-}" = 1 ]; then
    echo "       TINYQ_REQUIRE_TOOLS=1 demands them." >&2
    exit 1
  fi
  echo "       Without them, the demo runs on the 'host' board and says so." >&2
}

case "${1:-}" in
  python) python_setup ;;
  cross) cross_setup "${2:-}" ;;
  packages) shift && packages_of "$@" ;;
  *) echo "usage: setup.sh python | cross [retry] | packages PROGRAM..." >&2; exit 2 ;;
esac
