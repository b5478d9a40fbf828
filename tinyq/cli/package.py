"""`tinyq package`: an emitted folder in the layout of CMake, Zephyr, Arduino or CMSIS-Pack."""

from __future__ import annotations

from pathlib import Path

import typer

from tinyq.cli.console import out
from tinyq.core.resources import firmware_dir
from tinyq.emit.package import Package
from tinyq.emit.package import package as package_folder


def _cmake_dir(show: bool) -> None:
    if show:
        out.print(str(firmware_dir() / "package"), soft_wrap=True)
        raise typer.Exit


def package(
    emitted: Path = typer.Argument(
        ..., help="A folder that `tinyq emit` wrote; its board says which core the kernels are for."
    ),
    kind: Package = typer.Option(
        ...,
        "--as",
        help="cmake: a library target (also pico-sdk, STM32Cube, ESP-IDF). zephyr: a module with a sample. "
        "arduino: a library with a sketch. cmsis-pack: a .pack for csolution, Keil and STM32CubeMX.",
    ),
    folder: Path = typer.Option(..., "--out", "-o", help="Folder to write; an earlier package is replaced."),
    cmake_dir: bool = typer.Option(
        False,
        "--cmake-dir",
        is_eager=True,
        callback=_cmake_dir,
        help="Print the folder for -Dtinyq_DIR, with which CMake's find_package(tinyq) works, and end.",
    ),
) -> None:
    """Put a model, its kernels and its runtime into a project that has a build of its own."""
    report = package_folder(emitted, kind, folder)
    out.print(
        f"wrote {len(report.files)} files to {report.folder}: {report.identifier} for {kind.value}\n"
        f"how to use it: {report.folder / 'README.md'}",
        soft_wrap=True,
    )
