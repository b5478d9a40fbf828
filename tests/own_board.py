"""A board of one's own."""

import shutil
from pathlib import Path

from tinyq.core.boards import boards_dir


def copy_of_template(folder: Path) -> Path:
    """Board "mine", what firmware/boards/_template is, in a folder of that name below `folder`."""
    mine = folder / "mine"
    shutil.copytree(boards_dir() / "_template", mine)
    facts = mine / "board.toml"
    facts.write_text(facts.read_text().replace('"_template"', '"mine"'))
    return mine
