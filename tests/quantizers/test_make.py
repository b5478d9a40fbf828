"""Names and tables -> quantizers."""

import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.quantizers import DEPTHWISE, Binary, Ternary, make_quantizer  # noqa: E402
from tinyq.quantizers.make import CLASSES, NAMES  # noqa: E402

pytestmark = pytest.mark.train


def test_float_is_no_quantizer() -> None:
    assert make_quantizer("float") is None


@pytest.mark.parametrize("name", NAMES)
def test_every_name_makes_one_with_the_axis(name: str) -> None:
    assert make_quantizer(name, DEPTHWISE).axis == DEPTHWISE


def test_names_mean_what_they_say() -> None:
    assert isinstance(make_quantizer("binary"), Binary)
    assert isinstance(make_quantizer("ternary"), Ternary)
    assert make_quantizer("ternary").method == "exact"


def test_a_table_gives_arguments_and_may_give_the_axis() -> None:
    quantizer = make_quantizer({"class": "Ternary", "method": "twn", "axis": []}, DEPTHWISE)
    assert (quantizer.method, quantizer.axis) == ("twn", ())


def test_every_class_of_the_package_has_a_name() -> None:
    from tinyq.quantizers.base import WeightQuantizer

    own = {c.__name__ for c in WeightQuantizer.__subclasses__() if c.__module__.startswith("tinyq.")}
    assert own == set(CLASSES)


@pytest.mark.parametrize("choice", ["int3", {"class": "Dorefa"}, {"method": "twn"}, {}])
def test_unknown_names_are_refused_with_the_known(choice: object) -> None:
    with pytest.raises(QuantizerError, match="ternary"):
        make_quantizer(choice)


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(QuantizerError, match="bits"):
        make_quantizer({"class": "Binary", "bits": 3})
