"""Say low-bit layers in Larq Compute Engine's operators.

float32 ─▶ TqQuantize ─▶ packed ─▶ TqBitConv2D ─▶ float32
                                  -->
float32 ─▶ ADD (-threshold) ─▶ LceQuantize ─▶ LceBconv2d ─▶ ADD ─▶ MUL (scale) ─▶ ADD (bias) ─▶ float32
       └─▶ ADD (-threshold) ─▶ LceQuantize ─▶ LceBconv2d ─▶┘       (one branch for each pair of planes)

Branches give whole numbers, which float32 adds without rounding, so the result is that of tinyq's own
operator. A border holds one code; a plane that is -1 there goes in with the other sign, as its filter does,
and LCE pads it with ones. What LCE has no operator for is a float32 built-in on codes, with a filter that is
packed in the file and unpacked at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert.targets.bits_lowering import BitsLowering
from tinyq.convert.targets.low_layer import LowOperator, low_operator
from tinyq.convert.targets.planes import (
    Plane,
    PlaneCodes,
    codes_by_thresholds,
    codes_of_real,
    filter_of_planes,
    plane_of_packed,
)
from tinyq.convert.targets.real_layer import real_layer
from tinyq.convert.targets.signs import planes_of_codes, weights_of
from tinyq.convert.targets.stored import Stored, bits_name
from tinyq.core.packed_activations import WORD_BITS, pack_codes, words_of
from tinyq.graph.ir import ABSENT, Graph, Operator

_GROUPED = "; LCE's interpreter runs groups with use_indirect_bgemm=True only"


def bits_to_lce(graph: Graph) -> tuple[Graph, Mapping[int, Stored]]:
    """Replace all of tinyq's operators on packed data; their other ends must be float32.

    Returns:
        The new graph; and for the output tensor of each layer in the old one, how it is stored.

    Raises:
        ConvertError: an operator that no Keras model gives.
    """
    return _Lowering(graph).run()


class _Lowering(BitsLowering[PlaneCodes]):
    def _quantized(
        self, x: int, thresholds: npt.NDArray[np.float32], levels: int, falling: bool
    ) -> PlaneCodes:
        return codes_by_thresholds(self._new, x, thresholds, levels, falling)

    def _real(self, codes: PlaneCodes) -> int:
        return codes.real()

    def _pooled(self, operator: Operator, codes: PlaneCodes) -> PlaneCodes:
        """Up to three levels the largest code is that of each plane."""
        if codes.levels > 3:
            return codes_of_real(self._new, self._pooled_real(operator, codes), codes.levels)
        options, name = operator.options, self._new.tensors[operator.outputs[0]].name
        rows = self._new.shape(operator.outputs[0])[:-1]
        image = (*rows, codes.image[-1])
        window = {key: options[key] for key in ("padding", "filter_height", "filter_width")}
        window |= {"stride_height": options["stride_h"], "stride_width": options["stride_w"]}
        planes = []
        for plane in dict.fromkeys(codes.planes):
            made = self._new.tensor(f"{name}/pooled", (*rows, words_of(image[-1])), "int32")
            self._new.emit("LceBMaxPool2d", [plane.packed()], made, **window)
            planes.append(plane_of_packed(self._new, image, made))
        return PlaneCodes(
            self._new, codes.levels, image, tuple(planes * 2 if codes.one else planes), codes.one
        )

    def _layer(self, operator: Operator) -> Stored:
        codes = self._codes[operator.inputs[0]]
        layer = low_operator(self._old, operator, codes.image)
        if layer.depthwise:
            return self._unpacked(layer, codes, "LCE has no depthwise operator")
        if layer.groups > 1 and layer.codes.shape[3] % WORD_BITS:
            reason = f"LCE has groups of a multiple of {WORD_BITS} channels only"
            return self._unpacked(layer, codes, reason)
        return self._branches(layer, codes)

    def _unpacked(self, layer: LowOperator, codes: PlaneCodes, reason: str) -> Stored:
        """A float32 built-in on codes."""
        levels = layer.operator.options["w_levels"]
        planes = planes_of_codes(layer.codes, levels)
        filter_, stored = filter_of_planes(self._new, layer.name, planes, weights_of(levels))
        kind = real_layer(self._new, layer, codes.real(), filter_)
        scheme = f"a{bits_name(codes.levels)}w{bits_name(levels)}"
        how = f"{len(planes)} bit{'s' if len(planes) > 1 else ''} a weight in the file, unpacked at run time"
        why = f"{reason}: a float32 built-in on codes; {how}"
        return Stored(kind, scheme, layer.codes.size, stored, layer.scale_bytes, layer.macs, why)

    def _branches(self, layer: LowOperator, codes: PlaneCodes) -> Stored:
        """LceBconv2d operators, and their sum."""
        levels = layer.operator.options["w_levels"]
        signs, inputs = planes_of_codes(layer.codes, levels), self._inputs(layer, codes)
        output = layer.operator.outputs[0]
        why = "signs, as LCE packs them"
        if layer.operator.options["out_levels"]:
            self._packed_output(layer, inputs[0], signs[0])
            why += "; one threshold a channel gives the next layer's signs"
        else:
            sums = self._sums(layer, inputs, (signs, weights_of(levels)))
            self._new.becomes(output, self._new.reshaped(sums, self._new.shape(output)))
        count = len(inputs) * len(signs)
        if count > 1:
            why += f"; {len(inputs)} x {len(signs)} branches, each of one plane of inputs and one of weights"
        why += _GROUPED if layer.groups > 1 else ""
        stored = sum(pack_codes(plane, 2).nbytes for plane in signs)
        scheme = f"a{bits_name(codes.levels)}w{bits_name(levels)}"
        sizes = (layer.codes.size, stored, layer.scale_bytes, layer.macs)
        return Stored("LceBconv2d", scheme, *sizes, why, count)

    def _inputs(self, layer: LowOperator, codes: PlaneCodes) -> list[tuple[Plane, int, float]]:
        """(plane, its sign at the border or 0, what it counts) of the input."""
        options, weights = layer.operator.options, weights_of(codes.levels)
        if layer.padding == "VALID":
            border = [1] * len(codes.planes)
        else:
            border = planes_of_codes(options["pad_code"], codes.levels).tolist()
        # LCE's fast kernels are wrong where a filter that is padded with zeros is larger than the image.
        fits = all(r <= n for r, n in zip(layer.reach, layer.source[1:3], strict=True))
        if codes.one and (layer.padding == "VALID" or (options["pad_code"] == 0 and fits)):
            return [(codes.planes[0], 1 if layer.padding == "VALID" else 0, 1.0)]
        return list(zip(codes.planes, border, weights, strict=True))

    def _sums(
        self,
        layer: LowOperator,
        inputs: list[tuple[Plane, int, float]],
        filters: tuple[npt.NDArray[np.int8], tuple[float, ...]],
    ) -> int:
        """The layer's float32 result; one branch has the scale and the bias, several get them behind."""
        branches = [(x, signs, x[2] * gain) for x in inputs for signs, gain in zip(*filters, strict=True)]
        if len(branches) == 1:
            total = self._bconv(layer, branches[0][:2], layer.scales, layer.bias, "output")
        else:
            total = -1
            for number, (x, signs, gain) in enumerate(branches, 1):
                made = self._bconv(layer, (x, signs), gain, 0.0, f"branch_{number}")
                total = made if total < 0 else self._new.pointwise("ADD", total, made)
            total = self._new.pointwise("MUL", total, layer.scales)
            total = self._new.pointwise("ADD", total, layer.bias)
        return total

    def _bconv(
        self,
        layer: LowOperator,
        branch: tuple[tuple[Plane, int, float], npt.NDArray[np.int8]],
        gain: npt.ArrayLike,
        bias: npt.ArrayLike,
        name: str,
    ) -> int:
        ones = np.ones(layer.c_out, np.float32)
        behind = [
            self._new.constant(f"{layer.name}/{what}", ones * np.asarray(values, np.float32))
            for what, values in (("multiplier", gain), ("bias", bias))
        ]
        made = self._new.tensor(f"{layer.name}/{name}", layer.image)
        return self._emit(layer, branch, [*behind, ABSENT], made)

    def _packed_output(
        self, layer: LowOperator, x: tuple[Plane, int, float], signs: npt.NDArray[np.int8]
    ) -> None:
        """LCE writes -1 where its count of differences is above a threshold."""
        limits = self._new.data(layer.operator.inputs[2])[:, 0].astype(np.int64)
        flip = np.broadcast_to(self._flips(layer.operator, 3), limits.shape)
        signs = np.where(flip[:, None, None, None], -signs, signs)
        limits = np.where(flip, -limits - 1, limits)
        counts = -(-(signs[0].size - limits) // 2) - 1
        thresholds = self._new.constant(f"{layer.name}/thresholds", counts.astype(np.int32))
        made = self._new.tensor(f"{layer.name}/output", (*layer.image[:3], words_of(layer.c_out)), "int32")
        self._emit(layer, (x, signs), [ABSENT, ABSENT, thresholds], made)
        output = layer.operator.outputs[0]
        image = (*self._new.shape(output)[:-1], layer.c_out)
        packed = self._new.reshaped(made, self._new.shape(output))
        self._new.becomes(output, packed)
        self._codes[output] = PlaneCodes(self._new, 2, image, (plane_of_packed(self._new, image, packed),))

    def _emit(self, layer: LowOperator, branch: Any, behind: list[int], output: int) -> int:
        """One LceBconv2d; a plane that is -1 at the border goes in negated, and the filter, too."""
        (plane, border, _), signs = branch
        packed = plane.packed(negated=border < 0)
        packed = self._new.reshaped(packed, (*layer.source[:3], self._new.shape(packed)[-1]))
        words = pack_codes((-signs if border < 0 else signs).astype(np.int64), 2)
        weights = self._new.constant(f"{layer.name}/signs", words)
        options = {
            "channels_in": layer.source[3],
            "dilation_height_factor": layer.dilations[0],
            "dilation_width_factor": layer.dilations[1],
            "fused_activation_function": "NONE",
            "pad_values": abs(border),
            "padding": layer.padding,
            "stride_height": layer.strides[0],
            "stride_width": layer.strides[1],
        }
        return self._new.emit("LceBconv2d", [packed, weights, *behind], output, **options)
