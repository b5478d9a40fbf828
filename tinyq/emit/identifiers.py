"""Safe names, whatever a model and its layers are called: C identifiers, comments and strings."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_IDENTIFIER = 40
MAX_STRING = 200  # ISO C guarantees 4095 characters in a literal; four for each byte is the worst case


def c_identifier(name: str) -> str:
    """A C identifier that resembles `name`: ASCII letters, digits and single underscores.

    It begins with a letter, and not with `tq`, which is ours.

    Example:
        >>> c_identifier("My net (v2)"), c_identifier("2nd"), c_identifier("tq"), c_identifier("日本")
        ('my_net_v2', 'm_2nd', 'm_tq', 'model')
    """
    text = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:MAX_IDENTIFIER].strip("_")
    if not text:
        return "model"
    return f"m_{text}" if text[0].isdigit() or text.startswith("tq") else text


def unique_identifiers(names: Iterable[str]) -> list[str]:
    """`c_identifier` of every name, with a number behind those that would come twice.

    Example:
        >>> unique_identifiers(["conv", "Conv", "conv_2", "conv"])
        ['conv', 'conv_2', 'conv_2_2', 'conv_3']
    """
    taken: set[str] = set()
    result = []
    for name in names:
        base = candidate = c_identifier(name)
        number = 1
        while candidate in taken:
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate)
        result.append(candidate)
    return result


def plain_text(name: str) -> str:
    """`name` for a comment, a CMake file or a README: what could end or escape there becomes an underscore.

    Example:
        >>> plain_text("a */ b\\\\")
        'a _/ b_'
    """
    return re.sub(r"[^A-Za-z0-9_ ./:;()\[\],+=-]", "_", name)[:MAX_STRING]


def c_string(text: str) -> str:
    """A C string literal; bytes beyond printable ASCII as octal escapes, too long a text is cut.

    Example:
        >>> print(c_string('say "hi"?'))
        "say \\042hi\\042\\077"
    """
    # Escaping ? keeps trigraphs away; three octal digits end by themselves, unlike hexadecimal ones.
    pieces = []
    for byte in text.encode("utf-8", "replace")[:MAX_STRING]:
        character = chr(byte)
        plain = " " <= character <= "~" and character not in '"\\?'
        pieces.append(character if plain else f"\\{byte:03o}")
    return '"' + "".join(pieces) + '"'
