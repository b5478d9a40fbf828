"""An emitted folder -> the layout that somebody else's build wants: CMake, Zephyr, Arduino, CMSIS-Pack."""

from __future__ import annotations

import enum
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinyq
from tinyq.core.boards import load_board
from tinyq.core.errors import EmitError
from tinyq.core.resources import license_file
from tinyq.emit.folder import MANIFEST, refuse_foreign, write_folder
from tinyq.emit.text_templates import text_templates

_SOURCES = ("model", "runtime/", "kernels/", "include/")
_INCLUDE = re.compile(r'^#include "(?:\.\./)?(?:common/)?(tq_\w+\.h|model\w*\.h)"', re.MULTILINE)
_ALL = "all"  # a folder of templates: files of every package
# Arduino's architectures that have boards with a core, for which there are kernels in Arm's instructions.
_ARDUINO = {
    "cortex-m0": "nrf5,samd,stm32",
    "cortex-m0plus": "mbed_nano,mbed_rp2040,rp2040,samd,stm32",
    "cortex-m3": "sam,stm32",
    "cortex-m4": "mbed_nano,mbed_portenta,nrf52,renesas_uno,samd,stm32",
    "cortex-m7": "mbed_giga,mbed_portenta,stm32",
    "cortex-m33": "renesas_portenta,rp2040,stm32",
    "cortex-m55": "stm32",
}
_SAME_DATE = (1980, 1, 1, 0, 0, 0)  # of files in a .pack, so that it is the same each time


class Package(str, enum.Enum):
    """Whose layout."""

    cmake = "cmake"
    zephyr = "zephyr"
    arduino = "arduino"
    cmsis_pack = "cmsis-pack"


@dataclass(frozen=True)
class PackageReport:
    """What was written.

    Args:
        folder: where.
        identifier: the model's name in C, CMake and Kconfig.
        files: relative paths, sorted.
    """

    folder: Path
    identifier: str
    files: tuple[str, ...]


def package(emitted: Path | str, kind: Package, out_dir: Path | str) -> PackageReport:
    """Write model, kernels and runtime of an emitted folder in another build's layout, with an example.

    The board of the emitted folder says only which core the kernels are for; nothing of it comes along.

    Args:
        emitted: what `tinyq emit` wrote; unchanged.
        kind: whose layout.
        out_dir: does not exist, is empty, or was written by this function (then it is replaced).

    Raises:
        EmitError: `emitted` is no emitted folder or was changed; `out_dir` cannot or must not be written.
    """
    folder, out = Path(emitted).resolve(), Path(out_dir)
    manifest = _manifest(folder)
    if out.resolve().is_relative_to(folder):
        raise EmitError(str(out), f"lies in {folder}, which is read", "a folder elsewhere")
    refuse_foreign(out)
    sources = _sources(folder, manifest["files"])
    files = _placed(sources, "src/" if kind is Package.arduino else "include/")
    files["LICENSE"] = license_file().read_bytes()
    context = _context(folder, manifest, files)
    files |= {name: text.encode() for name, text in _texts(kind, context).items()}
    if kind is Package.cmsis_pack:
        files[f"tinyq.{context['identifier']}.{tinyq.__version__}.pack"] = _zipped(files)
    facts = {key: manifest[key] for key in ("tinyq", "abi", "name", "identifier", "origin")}
    write_folder(out, files, {**facts, "package": kind.value})
    return PackageReport(out, context["identifier"], tuple(sorted(files)))


def _manifest(folder: Path) -> dict[str, Any]:
    allowed, remedy = "a folder that tinyq emitted", "run tinyq emit"
    try:
        facts: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        missing = {"board", "files", "identifier", "arena_bytes", "origin"} - facts.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise EmitError(str(folder), f"no {MANIFEST} that can be read", allowed, remedy) from error
    if missing:
        raise EmitError(str(folder), f"{MANIFEST} lacks {', '.join(sorted(missing))}", allowed, remedy)
    try:
        refuse_foreign(folder)
    except EmitError as error:
        raise EmitError(error.where, error.got, allowed, "emit the model again") from error
    return facts


def _sources(folder: Path, names: Mapping[str, str]) -> dict[str, str]:
    """File -> text, for the C files of model, runtime and kernels."""
    wanted = [name for name in names if name.startswith(_SOURCES) and name.endswith((".c", ".h"))]
    return {name: (folder / name).read_text(encoding="utf-8") for name in wanted}


def _placed(sources: Mapping[str, str], headers: str) -> dict[str, bytes]:
    """C files and private headers in src/, where each build finds them; public ones in `headers`."""
    placed: dict[str, bytes] = {}
    for name, text in sources.items():
        public = name == "model.h" or name.startswith("include/")
        place = headers + name.removeprefix("include/") if public else f"src/{Path(name).name}"
        if place in placed:
            raise EmitError(name, f"another file is called {place}", "names that differ")
        placed[place] = _INCLUDE.sub(r'#include "\1"', text).encode()
    return placed


def _context(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    board = load_board(folder / "boards" / str(manifest["board"]))
    identifier = str(manifest["identifier"])
    return {
        "identifier": identifier,
        "upper": identifier.upper(),
        "name": re.sub(r"[^\w .-]", " ", str(manifest["name"]), flags=re.ASCII),
        "version": tinyq.__version__,
        "cpu": board.cpu,
        "architectures": _architectures(board.cpu, manifest["files"]),
        "arena_bytes": manifest["arena_bytes"],
        "flash_bytes": manifest["constant_bytes"],
        "sources": sorted(name for name in files if name.endswith(".c")),
        "headers": sorted(name for name in files if name.endswith(".h")),
    }


def _architectures(cpu: str, names: Iterable[str]) -> str:
    """Arduino's names of what has the core; any, where the kernels are plain C."""
    return _ARDUINO.get(cpu, "*") if any(name.startswith("kernels/cortex_m/") for name in names) else "*"


def _texts(kind: Package, context: Mapping[str, Any]) -> dict[str, str]:
    texts = {}
    for template in _ENVIRONMENT.list_templates():
        folder, name = template.split("/", 1)
        if folder in (_ALL, kind.value):
            text = _ENVIRONMENT.get_template(template).render({**context, "package": kind.value})
            texts[name.removesuffix(".j2").replace("IDENTIFIER", context["identifier"])] = text
    return texts


def _zipped(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _SAME_DATE), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


_ENVIRONMENT = text_templates("templates_package")
