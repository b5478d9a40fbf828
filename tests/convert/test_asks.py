"""What users ask for, in words."""

import pytest

from tinyq.convert.asks import Pattern, Request
from tinyq.core.errors import ConvertError


def test_a_pattern_may_hold_an_equals_sign() -> None:
    assert Pattern.parse("a=b*=a8w1") == Pattern("a=b*", "a8w1")


@pytest.mark.parametrize("text", ["", "=", "conv", "conv=", "=a8wt", "conv=a8w5", "conv=A8WT", "conv= a8wt"])
def test_other_words_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConvertError, match="a8wt") as caught:
        Pattern.parse(text)
    assert repr(text) in caught.value.where


def test_the_last_pattern_that_matches_wins() -> None:
    request = Request(patterns=tuple(map(Pattern.parse, ("*=a8wt", "conv_[12]=a8w1", "conv_2=a8w8"))))
    assert [request.wish(name) for name in ("dense", "conv_1", "conv_2")] == ["a8wt", "a8w1", "a8w8"]
    assert Request().wish("dense") is None


def test_patterns_are_case_sensitive() -> None:
    assert Request(patterns=(Pattern("Conv*", "a8wt"),)).wish("conv") is None
