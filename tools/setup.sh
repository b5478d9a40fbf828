#!/bin/sh
# Set-up for the Makefile. `setup.sh python`: a virtual environment in the checkout with pinned packages.
# `setup.sh cross`: Debian's Arm compiler and QEMU; without the right to install, says what to install.
set -eu
cd "$(dirname "$0")/.."

CROSS="gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"

# Installs Debian packages as root or through sudo; fails where there is no way to.
apt_install() {
  command -v apt-get >/dev/null || return 1
  sudo=
  if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } || return 1
  fi
  echo "installing Debian packages: $*"
  $sudo apt-get update -qq || return 1
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
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
    echo "creating .venv with $("$python" --version)"
    if ! "$python" -m venv .venv 2>/dev/null; then
      rm -rf .venv
      apt_install python3-venv || {
        echo "setup: $python has no venv module. Install it, then call make again:" >&2
        echo "       apt-get install python3-venv" >&2
        exit 1
      }
      "$python" -m venv .venv
    fi
  fi
  echo "installing Python packages into .venv (TensorFlow is large: some minutes the first time)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -c tools/constraints.txt -e '.[train,eeg,dev]'
}

cross_setup() {
  command -v arm-none-eabi-gcc >/dev/null && command -v qemu-system-arm >/dev/null &&
    [ -n "$(arm-none-eabi-gcc -print-file-name=nano.specs | grep /)" ] && return
  # shellcheck disable=SC2086
  apt_install $CROSS && return
  echo "setup: the Arm compiler and emulator are missing, and this user may not install them." >&2
  echo "       As root: apt-get install --no-install-recommends $CROSS" >&2
  echo "       Without them, the demo runs on the 'host' board and says so." >&2
}

case "${1:-}" in
  python) python_setup ;;
  cross) cross_setup ;;
  *) echo "usage: setup.sh python|cross" >&2; exit 2 ;;
esac
