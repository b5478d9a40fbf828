"""Builds emitted folders quickly: CMake says how, once a board and stack; objects of equal sources are kept.

The commands are CMake's own, so a program is the one that a user's build makes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tinyq.run.emitted import read_emitted

APP = "evaluate"
PLACE = "@EMITTED@"


@dataclass(frozen=True)
class Commands:
    """How CMake builds for a board; `PLACE` stands for the emitted folder.

    Args:
        compile, link: words of the commands, without files.
        sources: of the board, relative.
    """

    compile: list[str]
    link: list[str]
    sources: list[Path]


class Builder:
    """Builds with kept objects.

    Args:
        folder: where objects are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._commands: dict[tuple[str, int], Commands] = {}
        self._folder.mkdir(parents=True, exist_ok=True)

    def build(self, emitted: Path, app: str = APP) -> Path:
        """The ELF file of an emitted folder; its map lies beside it."""
        facts = read_emitted(emitted)
        key = facts.board.name, facts.stack_bytes
        if key not in self._commands:
            self._commands[key] = _configure(emitted)
        how = self._commands[key]
        out = emitted / "bench"
        out.mkdir(exist_ok=True)
        text = (emitted / "CMakeLists.txt").read_text()
        own = [line.strip().replace("${TQ_APP}", app) for line in text.splitlines() if line.endswith(".c")]
        sources = [*map(Path, own), *how.sources]
        headers = headers_of(emitted)
        with ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(lambda path: self._object(emitted, path, how.compile, headers), sources))
        # Called as CMake calls them, so that the map's lines are read alike (evaluate/footprint.py).
        for path, made in zip(sources, objects, strict=True):
            name = out / "CMakeFiles/firmware.dir" / f"{path}.obj"
            name.parent.mkdir(parents=True, exist_ok=True)
            name.unlink(missing_ok=True)
            name.symlink_to(made)
            notes = name.with_suffix(".su")  # the compiler's, of stack (tinyq/run/stack_usage.py)
            notes.unlink(missing_ok=True)
            notes.symlink_to(made.with_suffix(".su"))
        named = [f"CMakeFiles/firmware.dir/{path}.obj" for path in sources]
        elf = out / "firmware.elf"
        _call([*_placed(how.link, emitted), *named, "-o", str(elf), "-lm"], out)
        return elf

    def _object(self, emitted: Path, path: Path, command: list[str], headers: str) -> Path:
        key = "\0".join([headers, *command, str(path), (emitted / path).read_text()])
        made = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.o"
        if not (made.exists() and made.with_suffix(".su").exists()):
            draft = made.with_suffix(f".{os.getpid()}.{path.stem}")
            _call([*_placed(command, emitted), "-c", str(emitted / path), "-o", str(draft)], emitted)
            draft.with_suffix(".su").rename(made.with_suffix(".su"))
            draft.rename(made)
        return made


def _configure(emitted: Path) -> Commands:
    there = emitted / "build" / "bench"
    defines = [f"-DTQ_APP={APP}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DTQ_WERROR=ON"]
    _call(["cmake", "-S", str(emitted), "-B", str(there), *defines], emitted)
    entries = json.loads((there / "compile_commands.json").read_text())
    words = shlex.split(entries[0]["command"])
    files = [Path(entry["file"]).resolve().relative_to(emitted.resolve()) for entry in entries]
    link = shlex.split((there / "CMakeFiles/firmware.dir/link.txt").read_text())
    link = [word for word in link[: link.index("-o")] if not word.endswith((".o", ".obj"))]
    return Commands(
        [word.replace(str(emitted), PLACE) for word in words[: words.index("-o")]],
        [
            "-Wl,-Map=firmware.map" if word.startswith("-Wl,-Map=") else word.replace(str(emitted), PLACE)
            for word in link
        ],
        [path for path in files if path.parts[0] == "boards"],
    )


def _placed(words: list[str], emitted: Path) -> list[str]:
    return [word.replace(PLACE, str(emitted)) for word in words]


def headers_of(emitted: Path) -> str:
    """What of the headers of a folder can change a program: no comments, and no declarations of functions,
    of which every new kernel adds some."""
    texts = [path.read_text() for path in sorted(emitted.rglob("*.h")) if "build" not in path.parts]
    bare = [re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) for text in texts]
    return "\n".join(re.sub(r"^\w[\w ]*\*?tq_\w+\([^{;]*\);", "", text, flags=re.MULTILINE) for text in bare)


def _call(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
