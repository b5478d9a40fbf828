"""Files are written whole, together, or not at all."""

import errno
import os
from pathlib import Path

import pytest

from tinyq.core import files
from tinyq.core.errors import TinyqError
from tinyq.core.files import check_writable, write_together, write_whole


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_text_and_bytes_are_written_and_old_files_are_replaced(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "été")
    write_whole(tmp_path / "a", b"\x00\xff")
    write_together({tmp_path / "b": "text", tmp_path / "a": b"new"})
    assert contents(tmp_path) == {"a": b"new", "b": b"text"}


def test_files_have_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_full_disk_leaves_all_files_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    write_together({tmp_path / "a": "old a", tmp_path / "c": "old c"})
    real, calls = files._fill, []

    def full(temporary: str, data: bytes) -> None:
        calls.append(temporary)
        if len(calls) > failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(temporary, data)

    monkeypatch.setattr(files, "_fill", full)
    with pytest.raises(TinyqError, match="No space left") as caught:
        write_together({tmp_path / name: "new" for name in "abc"})
    assert caught.value.where == str(tmp_path / "abc"[failing])
    assert contents(tmp_path) == {"a": b"old a", "c": b"old c"}


def test_a_replacement_that_fails_half_way_is_undone(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "old a")
    (tmp_path / "c").mkdir()  # a folder cannot be replaced by a file
    with pytest.raises(TinyqError, match="c: cannot be written: it is no file"):
        write_together({tmp_path / "a": "new a", tmp_path / "b": "new b", tmp_path / "c": "new c"})
    assert contents(tmp_path) == {"a": b"old a"}
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["c"]


def test_an_interrupt_is_passed_on_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(temporary: str, data: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a", "x")
    assert contents(tmp_path) == {}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TinyqError, match="No such file or directory"):
        write_whole(tmp_path / "none" / "a", "x")


def test_a_symbolic_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("new")
    write_whole(tmp_path / "link", "text")
    write_whole(tmp_path / "dangling", "more")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "text"
    assert (tmp_path / "new").read_text() == "more"


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o604)
    write_whole(tmp_path / "a", "new")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o604


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(TinyqError, match="it is no file"):
            write_whole(path, "x")
        with pytest.raises(TinyqError, match="it is no file"):
            check_writable(path)
    assert Path("/dev/null").is_char_device()


def test_places_that_cannot_be_written_are_refused_before_the_work(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.json", ".json")
    assert not list(tmp_path.iterdir())
    with pytest.raises(TinyqError, match="ends in '.txt'"):
        check_writable(tmp_path / "a.txt", ".json")
    with pytest.raises(TinyqError, match="No such file or directory"):
        check_writable(tmp_path / "nowhere" / "a.json")
