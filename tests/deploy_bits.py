"""Networks on packed activations, built as graphs: together they use every kernel of packed codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from net_builder import Net

from tinyq.core.packed_activations import codes_of, largest_accumulator, pack_codes, packed_size
from tinyq.graph import ABSENT, Graph, Quantization

KIND = {"conv": "TqBitConv2D", "depthwise": "TqBitDepthwiseConv2D", "dense": "TqBitFullyConnected"}


class BitsNet(Net):
    """Packed tensors by (index, channels, levels)."""

    def quantize(self, x: int, levels: int, per_channel: bool = True, flip: bool = True) -> Any:
        """TqQuantize with thresholds that spread the codes."""
        *rows, channels = self.tensors[x].shape
        shape = (channels, levels - 1) if per_channel else (levels - 1,)
        if self.tensors[x].dtype == "int8":
            thresholds = self.rng.integers(-129, 128, shape).astype(np.int32)
        else:
            thresholds = self.rng.normal(0, 2, shape).astype(np.float32)
        inputs = [x, self.constant(np.sort(thresholds)), self.flip(channels, flip)]
        affine = (float(self.rng.uniform(0.1, 1)), 0)
        options = {"abi": 1, "x_levels": levels, "channels": channels}
        out = (*rows, packed_size(channels, levels))
        return self.op("TqQuantize", inputs, out, affine, "int32", **options), channels, levels

    def flip(self, channels: int, there: bool = True) -> int:
        return self.constant(self.rng.integers(0, 2, channels).astype(np.int8)) if there else ABSENT

    def layer(self, what: str, x: Any, c_out: int, w_levels: int, out: Any, **how: Any) -> Any:
        """A layer with weights; out: levels of a packed output, or "int8", or "float32"."""
        index, channels, x_levels = x
        size, groups = how.pop("size", (3, 3)), how.pop("groups", 1)
        shape = {
            "conv": (c_out, *size, channels // groups),
            "depthwise": (1, *size, c_out),
            "dense": (c_out, channels),
        }[what]
        codes = self.rng.choice(codes_of(w_levels), shape)
        scales = self.rng.uniform(0.01, 0.1, c_out if how.pop("per_channel", True) else 1)
        apart = what == "depthwise" and len(scales) > 1  # a scale a channel, but no axis has as many elements
        weights = self.packed_weights(codes, w_levels, None if apart else scales)
        products = {"conv": codes[0].size, "depthwise": size[0] * size[1], "dense": channels}[what]
        levels = out if isinstance(out, int) else 0
        options = {
            "abi": 1,
            "x_levels": x_levels,
            "w_levels": w_levels,
            "out_levels": levels,
            "channels_in": channels,
            "bias_shift": how.pop("bias_shift", 0),
            "fused_activation_function": how.pop("activation", "NONE"),
        }
        rows = list(self.tensors[index].shape[:-1])
        if what != "dense":
            rows = self.walk(rows, size, options, how)
            options["pad_code"] = how.pop("pad_code", codes_of(x_levels)[0])
            more = {"groups": groups} if what == "conv" else {"depth_multiplier": c_out // channels}
            options |= more
        spread = self.spread(products, x_levels, w_levels)
        third = self.third(out, c_out, spread, how.pop("bias", True), (x_levels, w_levels, products), options)
        affine = {"int8": lambda: (self.affine(index)[0] * 0.05 * spread / 40, 5), "float32": lambda: None}
        made = affine.get(out, lambda: (how.pop("scale", 0.25), 0))()
        last = packed_size(c_out, levels) if levels else c_out
        dtype = "int32" if levels else out
        if apart and not levels:
            third += [self.constant(scales.astype(np.float32))]
        y = self.op(KIND[what], [index, weights, *third], (*rows, last), made, dtype, **options, **how)
        return (y, c_out, levels) if levels else y

    def packed_weights(self, codes: np.ndarray, levels: int, scales: np.ndarray | None) -> int:
        affine = None
        if scales is not None:
            affine = Quantization(scales.astype(np.float32), np.zeros(len(scales), np.int64), 0)
        return self.constant(pack_codes(codes, levels), affine)

    @staticmethod
    def spread(products: int, x_levels: int, w_levels: int) -> float:
        """About how far sums of random codes get."""
        deviation = [np.std(codes_of(levels)) for levels in (x_levels, w_levels)]
        return float(deviation[0] * deviation[1] * products**0.5)

    def third(self, out: Any, c_out: int, spread: float, bias: bool, sums: Any, options: Any) -> list[int]:
        """Inputs behind the weights: thresholds and flip, or bias."""
        if isinstance(out, int):
            largest = largest_accumulator(sums[2], sums[0], sums[1])
            drawn = np.sort(self.rng.normal(0, spread, (c_out, out - 1)))
            thresholds = np.clip(np.round(drawn), -largest - 1, largest).astype(np.int32)
            return [self.constant(thresholds), self.flip(c_out, bias)]
        if not bias:
            return [ABSENT]
        drawn = self.rng.normal(0, spread, c_out)
        if out == "int8":
            return [self.constant(np.round(drawn * 2 ** options["bias_shift"]).astype(np.int32))]
        return [self.constant((drawn / 20).astype(np.float32))]

    @staticmethod
    def walk(rows: list[int], size: Any, options: Any, how: Any) -> list[int]:
        """Output rows, and the options of a window."""
        stride, dilation = how.pop("stride", (1, 1)), how.pop("dilation", (1, 1))
        padding = options["padding"] = how.pop("padding", "SAME")
        for axis, i in (("h", 0), ("w", 1)):
            options |= {f"stride_{axis}": stride[i], f"dilation_{axis}_factor": dilation[i]}
        options |= {"filter_height": size[0], "filter_width": size[1]}
        n, *image = rows
        return [n] + [
            -(-s // step) if padding == "SAME" else (s - (k - 1) * d - 1) // step + 1
            for s, k, step, d in zip(image, size, stride, dilation, strict=True)
        ]

    def max_pool(self, x: Any, size: Any, stride: Any, padding: str = "VALID") -> Any:
        index, channels, levels = x
        options: dict[str, Any] = {"abi": 1, "x_levels": levels, "channels": channels}
        n, *rows, words = self.tensors[index].shape
        shape = self.walk([n, *rows], size, options, {"stride": stride, "padding": padding})
        options = {key: value for key, value in options.items() if "dilation" not in key}
        y = self.op("TqBitMaxPool2D", [index], (*shape, words), self.affine(index), "int32", **options)
        return y, channels, levels

    def concatenate(self, *packed: Any) -> Any:
        sizes, levels = [channels for _, channels, _ in packed], packed[0][2]
        inputs = [*(index for index, _, _ in packed), self.constant(np.array(sizes, np.int32))]
        shape = (*self.tensors[inputs[0]].shape[:-1], packed_size(sum(sizes), levels))
        options = {"abi": 1, "x_levels": levels}
        affine = self.affine(inputs[0])
        return self.op("TqBitConcatenation", inputs, shape, affine, "int32", **options), sum(sizes), levels

    def dequantize(self, x: Any, dtype: str) -> int:
        index, channels, levels = x
        shape = (*self.tensors[index].shape[:-1], channels)
        affine = (self.affine(index)[0] * codes_of(levels)[-1] / 100, 3) if dtype == "int8" else None
        options = {"abi": 1, "x_levels": levels, "channels": channels}
        return self.op("TqDequantize", [index], shape, affine, dtype, **options)

    def flat(self, x: Any) -> Any:
        """An image of one pixel as rows."""
        index, channels, levels = x
        n, _, _, words = self.tensors[index].shape
        shape = self.constant(np.array((n, words), np.int32))
        y = self.op("RESHAPE", [index, shape], (n, words), self.affine(index), "int32", new_shape=(n, words))
        return y, channels, levels


def bits_net(seed: int = 4) -> Graph:
    """int8 at both ends: all operators on packed activations, five numbers of levels, odd channels."""
    net = BitsNet(seed)
    x = net.quantize(net.input(1, 9, 7, 35), 2)
    y = net.layer("conv", x, 40, 2, 4, pad_code=1)
    z = net.layer("conv", x, 33, 3, 4, size=(1, 3), dilation=(1, 2), bias=False, scale=net.affine(y[0])[0])
    both = net.concatenate(y, z)
    pooled = net.max_pool(both, (2, 3), (2, 2), "SAME")
    d = net.layer("depthwise", pooled, 146, 3, 3, stride=(2, 1), pad_code=-1)
    e = net.layer("depthwise", d, 146, 2, "int8", activation="RELU", bias_shift=5)
    f = net.quantize(e, 16, per_channel=False, flip=False)
    g = net.layer("conv", f, 6, 4, 8, size=(3, 4), padding="VALID", groups=2)
    h = net.layer("conv", g, 5, 2, "int8", size=(1, 1), bias=False, bias_shift=3)
    i = net.flat(net.quantize(h, 3))
    j = net.layer("dense", i, 64, 2, 2)
    logits = net.layer("dense", j, 10, 2, "int8", bias_shift=2)
    return net.graph(logits, net.dequantize(g, "int8"), e, j[0])


def bits_float_net(seed: int = 5) -> Graph:
    """float32 at both ends; a batch of 2, ternary activations, the depthwise and dense kernels to float32."""
    net = BitsNet(seed)
    x = net.quantize(net.input(2, 6, 5, 3, dtype="float32"), 3)
    y = net.layer("conv", x, 8, 3, 256, size=(2, 2), stride=(1, 2))
    z = net.layer("depthwise", y, 16, 2, "float32", activation="RELU6", per_channel=False)
    a = net.layer("conv", x, 7, 8, "float32", activation="RELU", pad_code=0)
    b = net.layer("conv", x, 9, 2, 2, size=(6, 5), padding="VALID")
    c = net.layer("dense", net.flat(b), 4, 3, "float32", activation="RELU_N1_TO_1")
    return net.graph(c, z, a, net.dequantize(y, "float32"))
