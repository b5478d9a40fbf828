"""tinyq.emit.identifiers: whatever the name, C takes it and nothing escapes."""

import re
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tools_required import need

from tinyq.emit.identifiers import c_identifier, c_string, plain_text, unique_identifiers


@given(st.text())
def test_an_identifier_is_a_c_identifier_that_is_not_ours(name: str) -> None:
    identifier = c_identifier(name)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", identifier)
    assert not identifier.startswith("tq") and "__" not in identifier and len(identifier) <= 42


@given(st.lists(st.text(alphabet="aB_1 é", max_size=4), max_size=30))
def test_identifiers_of_different_layers_differ(names: list[str]) -> None:
    assert len(set(unique_identifiers(names))) == len(names)


@given(st.text())
def test_plain_text_ends_no_comment_line_or_string(text: str) -> None:
    plain = plain_text(text)
    assert not re.search(r'[*"\\\n\r$#?\x00]', plain) and plain.isascii()


def test_strings_reach_the_program_byte_for_byte(tmp_path: Path) -> None:
    need("cc")
    texts = ["plain", 'a "quote"', "back\\slash", "??/ trigraph", "日本\x01\n\t", "\x007", "%s", "x" * 500]
    lines = "".join(f"  puts_raw({c_string(text)});\n" for text in texts if "\x00" not in text)
    source = tmp_path / "a.c"
    source.write_text(
        "#include <stdio.h>\nstatic void puts_raw(const char *s) { fputs(s, stdout); putchar(0); }\n"
        f"int main(void) {{\n{lines}  return 0;\n}}\n"
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    subprocess.run(["cc", *flags, str(source), "-o", str(tmp_path / "a")], check=True)
    printed = subprocess.run([str(tmp_path / "a")], check=True, capture_output=True).stdout
    expected = [text.encode()[:200] for text in texts if "\x00" not in text]
    assert printed.split(b"\0")[:-1] == expected
