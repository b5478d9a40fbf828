"""Bytes of the kernels' code and stack on each Cortex-M, into tinyq/core/code_bytes.json:
`python tools/code_sizes.py`.

Each C file is compiled at -O2 as emitted builds do it: with all the ways of tq_used.h that it knows, with
none, with each alone, and with all but each. What it calls is kept, so that `tinyq fit` can add up what a
model links. Stack: the most that a kernel takes with all that it calls, all its ways taken. It takes minutes;
run it after kernels changed.

    python tools/code_sizes.py --only "_add_"     files of that name; the others keep their records
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmark.grouped_json import grouped_json
from rich.progress import track

from tinyq.core.resources import firmware_dir
from tinyq.emit.kernel_sources import headers_of
from tinyq.emit.used import HEADER, used_header
from tinyq.run.stack_usage import depth_of

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "tinyq" / "core" / "code_bytes.json"
FOLDERS = ("common", "cortex_m", "portable", "reference")
CORES = {
    "cortex-m0plus": ("-mfloat-abi=soft",),
    "cortex-m3": ("-mfloat-abi=soft",),
    "cortex-m4": ("-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "cortex-m33": ("-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
    "cortex-m55": ("-mfloat-abi=hard", "-mfpu=auto"),
}
LIBRARIES = "libraries"  # the C library's and the compiler's own functions


class Compiler:
    """Compiles for a core; headers that take some ways lie in folders of their own."""

    def __init__(self, core: str, work: Path) -> None:
        self._flags = (f"-mcpu={core}", "-mthumb", *CORES[core], "--specs=nano.specs")
        self._work = work / core
        self._whole = self._work / "whole"  # objects with all their ways
        self._whole.mkdir(parents=True)

    def measure(self, source: Path, ways: Iterable[str]) -> tuple[int, list[str]]:
        """(bytes of code and constants, names of functions that it calls) with some ways taken."""
        taken = sorted(ways)
        label = "_".join([source.stem, *taken])
        include, made = self._work / f"include_{label}", self._work / f"{label}.o"
        (include / "tinyq").mkdir(parents=True, exist_ok=True)
        (include / "tinyq" / Path(HEADER).name).write_text(used_header(taken))
        folders = [include, firmware_dir() / "include", firmware_dir() / "kernels" / "common"]
        _call("gcc", *self._flags, "-std=c99", "-O2", *(f"-I{x}" for x in folders), "-c", source, "-o", made)
        return _size(made), sorted(set(_call("nm", "-u", made).split()) - {"U"})

    def stacks(self, sources: Iterable[Path], names: Iterable[str]) -> dict[str, int]:
        """The most stack below each of these functions, named as their files are."""
        common = ("-std=c99", "-O2", "-DTQ_USED_ALL=1", "-ffunction-sections", "-fstack-usage")
        folders = [f"-I{firmware_dir() / x}" for x in ("include", "kernels/common")]
        objects = [self._whole / f"{source.stem}.o" for source in sources]
        for source, made in zip(sources, objects, strict=True):
            _call("gcc", *self._flags, *common, *folders, "-c", source, "-o", made)
        link = ("-nostartfiles", "-Wl,--gc-sections", "-Wl,-e,0")
        elf, found = self._whole / "kernel.elf", {}
        for name in names:
            _call("gcc", *self._flags, *link, f"-Wl,-u,{name}", *objects, "-lm", "-o", elf)
            if f" T {name}\n" in _call("nm", elf):
                found[name] = depth_of(elf, "arm-none-eabi-objdump", name)
        return found

    def library(self, name: str) -> int:
        """Bytes that a function of the libraries brings along, data that it needs in flash included."""
        made = self._work / f"library_{name}.elf"
        link = ("-nostartfiles", "-Wl,--gc-sections", "-Wl,-e,0", f"-Wl,-u,{name}")
        _call("gcc", *self._flags, *link, "-x", "c", "/dev/null", "-lm", "-o", made)
        return _size(made)


def _call(program: str, *words: object) -> str:
    command = [f"arm-none-eabi-{program}", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def _size(path: Path) -> int:
    text, data = _call("size", path).splitlines()[1].split()[:2]
    return int(text) + int(data)


def ways_of(source: Path) -> set[str]:
    """Ways that a file, or a header beside it, asks for."""
    texts, wanted = dict[Path, str](), {source}
    while wanted:
        path = wanted.pop()
        texts[path] = path.read_text(encoding="utf-8")
        wanted |= headers_of(path, texts[path]) - texts.keys()
    return set(re.findall(r"\bTQ_USED_(\w+)", "".join(texts.values()))) - {"H", "ALL"}


def record_of(compiler: Compiler, source: Path) -> dict[str, Any]:
    """{"bytes", "calls"} with all ways; "least": with none; "ways": what goes without one, comes with it.

    Where neither of two ways is asked for, the file chooses one, so what goes is not what comes.
    """
    ways = ways_of(source)
    most, calls = compiler.measure(source, ways)
    record: dict[str, Any] = {"bytes": most, "calls": calls}
    if not ways:
        return record
    least, least_calls = compiler.measure(source, ())
    parts = {}
    for way in sorted(ways):
        rest, rest_calls = compiler.measure(source, ways - {way})
        _, alone = compiler.measure(source, (way,))
        parts[way] = {
            "bytes": most - rest,
            "calls": sorted(set(calls) - set(rest_calls)),
            "alone": sorted(set(alone) - set(least_calls)),
        }
    return {**record, "least": {"bytes": least, "calls": least_calls}, "ways": parts}


def names_of(records: Iterable[dict[str, Any]]) -> set[str]:
    return {name for record in records for name in record["calls"] if not name.startswith("tq_")}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="a pattern of file names")
    only = parser.parse_args().only
    sources = [path for x in FOLDERS for path in sorted((firmware_dir() / "kernels" / x).glob("*.c"))]
    wanted = [path for path in sources if re.search(only, path.name)]
    old = json.loads(OUT.read_text()) if only else {}
    names = {path.stem for path in sources}
    groups: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        for core in track(CORES, "cores"):
            compiler = Compiler(core, Path(name))
            found = pool.map(lambda source, compiler=compiler: record_of(compiler, source), wanted)
            records = {stem: record for stem, record in old.get(core, {}).items() if stem in names}
            records |= {path.stem: record for path, record in zip(wanted, found, strict=True)}
            groups[core] = records
            for symbol, stack in compiler.stacks(sources, [path.stem for path in wanted]).items():
                groups[core][symbol]["stack"] = stack
            sizes = {library: compiler.library(library) for library in sorted(names_of(records.values()))}
            groups[f"{core} {LIBRARIES}"] = sizes
    OUT.write_text(grouped_json(groups))
    print(f"wrote {OUT.relative_to(ROOT)}: {OUT.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
