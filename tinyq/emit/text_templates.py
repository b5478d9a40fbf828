"""Jinja's templates for C and build files."""

from __future__ import annotations

from pathlib import Path

import jinja2


def text_templates(folder: str) -> jinja2.Environment:
    """The templates of a folder beside this file; a name that is not given is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # C, not HTML
    )
