"""The Python parameters mirror the C structs, field for field."""

import dataclasses
import re

import pytest

from tinyq.core import params
from tinyq.core.resources import firmware_dir

STRUCTS = {
    "tq_dims": params.Dims,
    "tq_conv_params": params.ConvParams,
    "tq_conv_dims": params.ConvDims,
    "tq_fully_connected_params": params.FullyConnectedParams,
    "tq_fully_connected_dims": params.FullyConnectedDims,
    "tq_add_params": params.AddParams,
    "tq_mul_params": params.MulParams,
    "tq_add_dims": params.AddDims,
    "tq_pool_params": params.PoolParams,
    "tq_unary_dims": params.UnaryDims,
    "tq_mean_params": params.MeanParams,
    "tq_pad_params": params.PadParams,
    "tq_softmax_params": params.SoftmaxParams,
    "tq_rows_dims": params.RowsDims,
    "tq_requantize_params": params.RequantizeParams,
    "tq_count_dims": params.CountDims,
    "tq_affine_params": params.AffineParams,
    "tq_concatenation_params": params.ConcatenationParams,
}


def c_structs() -> dict[str, list[tuple[str, str]]]:
    """(field, type) of every struct in tq_types.h."""
    text = (firmware_dir() / "include/tinyq/tq_types.h").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    found = {}
    for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, re.S):
        fields = []
        for declaration in filter(None, map(str.strip, body.split(";"))):
            base, names = re.fullmatch(r"((?:const )?\w+)\s+(.*)", declaration, re.S).groups()
            for field in names.split(","):
                pointer = " *" if "*" in field else ""
                fields.append((field.strip(" *\n"), base + pointer))
        found[name] = fields
    return found


def test_every_struct_is_mirrored() -> None:
    assert c_structs().keys() == STRUCTS.keys()


@pytest.mark.parametrize("name", STRUCTS)
def test_fields_are_the_same_in_the_same_order(name: str) -> None:
    c_fields = {
        "int": "int32_t",
        "float": "float",
        "Dims": "tq_dims",
        "Int32Array": "const int32_t *",
        "Int8Array": "const int8_t *",
        "Int8Array | None": "const int8_t *",
    }
    mirrored = [(field.name, c_fields[field.type]) for field in dataclasses.fields(STRUCTS[name])]
    assert mirrored == c_structs()[name]
