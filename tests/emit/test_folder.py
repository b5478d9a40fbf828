"""tinyq.emit.folder: written whole or not at all, and never over somebody's work."""

import errno
import json
import os
import resource
from pathlib import Path

import pytest

from tinyq.core.errors import EmitError
from tinyq.emit import folder as folder_module
from tinyq.emit.folder import write_folder

FILES = {"a.c": b"int a;\n", "sub/b.h": b"\n", "z.bin": bytes(200_000)}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_all_files_and_the_manifest_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_folder(tmp_path / "deep" / "out", FILES, {"name": "x"})
    manifest = json.loads((tmp_path / "deep" / "out" / "model.json").read_text())
    assert manifest["name"] == "x" and list(manifest["files"]) == sorted(FILES)
    assert set(tree(tmp_path)) == {f"deep/out/{name}" for name in (*FILES, "model.json")}


def test_files_have_the_permissions_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_folder(tmp_path / "out", FILES, {})
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "out" / "a.c").stat().st_mode & 0o777 == 0o640


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", FILES, {})
    assert "a.c" in tree(tmp_path / "out")


def test_an_earlier_emission_is_replaced_with_what_cmake_built_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES, {})
    (out / "build" / "evaluate").mkdir(parents=True)
    (out / "build" / "evaluate" / "CMakeCache.txt").write_text("")
    write_folder(out, {"new.c": b"1"}, {})
    assert set(tree(tmp_path)) == {"out/new.c", "out/model.json"}


def test_a_configuration_that_was_interrupted_is_replaced_too(tmp_path: Path) -> None:
    """CMake writes CMakeFiles first, and CMakeCache.txt only at its end."""
    out = tmp_path / "out"
    write_folder(out, FILES, {})
    (out / "build" / "evaluate" / "CMakeFiles").mkdir(parents=True)
    (out / "build" / "evaluate" / "CMakeFiles" / "CMakeConfigureLog.yaml").write_text("")
    write_folder(out, {"new.c": b"1"}, {})
    assert set(tree(tmp_path)) == {"out/new.c", "out/model.json"}


def add(out: Path) -> None:
    (out / "sub" / "mine.c").write_text("precious")


def change(out: Path) -> None:
    (out / "a.c").write_text("precious")


def link(out: Path) -> None:
    (out / "sub" / "elsewhere").symlink_to(out.parent)


def forge_build(out: Path) -> None:
    (out / "build").mkdir()
    (out / "build" / "thesis.tex").write_text("precious")


def lose_manifest(out: Path) -> None:
    (out / "model.json").unlink()


def break_manifest(out: Path) -> None:
    (out / "model.json").write_text('{"files": []}')


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (add, "sub/mine.c, which tinyq did not write"),
        (change, "a.c was changed since"),
        (link, "sub/elsewhere, which tinyq did not write"),
        (forge_build, "build/thesis.tex, which tinyq did not write"),
        (lose_manifest, "no folder that tinyq emitted"),
        (break_manifest, "no folder that tinyq emitted"),
    ],
)
def test_a_folder_with_somebodys_work_is_refused_and_kept(
    tmp_path: Path, spoil: object, message: str
) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES, {})
    spoil(out)  # type: ignore[operator]
    before = tree(out)
    with pytest.raises(EmitError, match=message):
        write_folder(out, {"new.c": b"1"}, {})
    assert tree(out) == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    with pytest.raises(EmitError, match="is a file"):
        write_folder(tmp_path / "out", FILES, {})
    assert (tmp_path / "out").read_text() == "precious"


def test_a_file_in_the_place_of_the_parent_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "parent").write_text("precious")
    with pytest.raises(EmitError, match="cannot be written"):
        write_folder(tmp_path / "parent" / "out", FILES, {})


def test_a_write_that_fails_half_way_leaves_the_old_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES, {"old": 1})
    before = tree(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(EmitError, match=r"(?s)cannot be written.*nothing was changed"):
            write_folder(out, FILES, {"old": 0})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert tree(tmp_path) == before


def test_a_full_disk_leaves_no_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder_module, "_write", full)
    with pytest.raises(EmitError, match="No space left"):
        write_folder(tmp_path / "out", FILES, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [OSError(errno.EACCES, "no"), KeyboardInterrupt()])
@pytest.mark.parametrize("name", ["a.c", "model.json", "new.c", "z.bin"])
def test_a_failed_exchange_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, name: str
) -> None:
    out = tmp_path / "out"
    write_folder(out, FILES, {"old": 1})
    before = tree(tmp_path)
    rename = Path.rename
    failed = []

    def fails_once(self: Path, target: Path) -> Path:
        if self.name == name and not failed:
            failed.append(name)
            raise failure
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises((EmitError, KeyboardInterrupt)):
        write_folder(out, {"new.c": b"1", "a.c": b"2"}, {})
    assert failed and tree(tmp_path) == before


def test_who_works_in_the_folder_stays_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    for _ in range(2):
        write_folder(Path(), FILES, {})
        assert Path("a.c").read_bytes() == FILES["a.c"]
