"""TqQuantize in NumPy, by places among the levels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tinyq.convert.edit import Editor
from tinyq.convert.float_chain import Float32Array
from tinyq.graph.ir import ABSENT, Operator

IntArray = npt.NDArray[np.int64]


def places_of(editor: Editor, quantizer: Operator) -> Callable[[Float32Array], IntArray]:
    """What a TqQuantize operator on float32 does: x [n, c] -> places [n, c], from 0."""
    rows = np.asarray(editor.tensors[quantizer.inputs[1]].data, np.float32)
    count = quantizer.options["x_levels"] - 1
    flip = flip_of(editor, quantizer)

    def places(x: Float32Array) -> IntArray:
        exceeded = np.zeros(x.shape, np.int64)
        for column in range(count):
            exceeded += x > rows[..., column]
        return exceeded if flip is None else np.where(flip, count - exceeded, exceeded)

    return places


def flip_of(editor: Editor, quantizer: Operator) -> npt.NDArray[np.bool_] | None:
    """Which channels a TqQuantize turns round; None: none."""
    index = quantizer.inputs[2] if len(quantizer.inputs) > 2 else ABSENT
    return None if index == ABSENT else np.asarray(editor.tensors[index].data) != 0
