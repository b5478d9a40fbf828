"""What is measured: shapes, schemes, boards; what CMSIS-NN's int8 takes for them, and what is aimed at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SCHEMES = ("a8w8", "a8wt", "a8w1", "a1w1", "atwt", "a2w2")
# Codes of packed activations and weights.
LEVELS = {"a1w1": (2, 2), "atwt": (3, 3), "a2w2": (4, 4)}
BOARDS = (
    "qemu_cortex_m4",
    "qemu_cortex_m7",
    "qemu_cortex_m55",
    "qemu_cortex_m33",
    "qemu_cortex_m0",
    "qemu_cortex_m3",
    "qemu_arm64",
)
# Where low-bit layers have to beat the reference in C, and by how much.
BESIDE_REFERENCE = {board: {"a8wt": 2.0, "a1w1": 3.0} for board in ("qemu_cortex_m0", "qemu_cortex_m33")}
CONV, DEPTHWISE, DENSE = "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"

CMSIS_NN = "CMSIS-NN of 2026-07, int8, gcc 12.2 -O3"
TFLM = "TFLite Micro of 2026-08 with CMSIS-NN, int8, gcc 12.2 -O2"


@dataclass(frozen=True)
class Target:
    """At most so many instructions: a share of CMSIS-NN's, or per MAC; `stretch`: the same, harder."""

    faster: float = 0.0
    per_mac: float = 0.0
    stretch: float = 0.0

    def limit(self, cmsis_nn: int | None, macs: int) -> float:
        """Instructions that a layer may take."""
        if self.per_mac:
            return self.per_mac * macs
        return cmsis_nn / self.faster if cmsis_nn else math.inf


def per_mac(most: float, stretch: float = 0.0) -> Target:
    return Target(per_mac=most, stretch=stretch)


def faster(times: float) -> Target:
    return Target(faster=times)


@dataclass(frozen=True)
class Layer:
    """One layer, stride 1, batch 1.

    Args:
        input: NHWC, or (rows, channels).
        filter: OHWI, 1HWO, or OI.
        cmsis_nn: instructions of `CMSIS_NN` on a board.
        targets: on the Cortex-M4, by scheme.
    """

    title: str
    kind: str
    input: tuple[int, ...]
    filter: tuple[int, ...]
    padding: str = "SAME"
    cmsis_nn: Mapping[str, int] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)

    @property
    def channels(self) -> int:
        """Output channels."""
        return self.filter[-1] if self.kind == DEPTHWISE else self.filter[0]

    @property
    def output(self) -> tuple[int, ...]:
        """Shape of the output, in channels."""
        if self.kind == DENSE:
            return (self.input[0], self.channels)
        n, h, w, _ = self.input
        if self.padding == "VALID":
            h, w = h - self.filter[1] + 1, w - self.filter[2] + 1
        return (n, h, w, self.channels)

    @property
    def macs(self) -> int:
        return math.prod(self.output) * math.prod(self.filter) // self.channels

    @property
    def eeg(self) -> bool:
        return self.title.startswith(("EEGNet", "MI-BMInet"))


def _figures(m4: int, m55: int) -> Mapping[str, int]:
    return MappingProxyType({"qemu_cortex_m4": m4, "qemu_cortex_m55": m55})


EEG_INT8 = {"a8w8": faster(5)}
INT8 = {"a8w8": faster(1)}
LAYERS = (
    Layer(
        "conv 3x3, 16x16x64 -> 64",
        *(CONV, (1, 16, 16, 64), (64, 3, 3, 64), "SAME", _figures(16_618_881, 1_941_611)),
        {**INT8, "a8wt": per_mac(0.65, 0.45), "a1w1": per_mac(0.20, 0.14), "atwt": per_mac(0.45)},
    ),
    Layer(
        "conv 1x1, 16x16x64 -> 128",
        *(CONV, (1, 16, 16, 64), (128, 1, 1, 64), "SAME", _figures(4_338_298, 822_060)),
        {**INT8, "a8wt": faster(2.7), "a1w1": faster(8), "atwt": faster(4)},
    ),
    Layer(
        "dense 1024 -> 64",
        *(DENSE, (1, 1024), (64, 1024), "", _figures(126_173, 31_689)),
        {**INT8, "a8wt": per_mac(0.90, 0.6), "a1w1": per_mac(0.30), "atwt": faster(3)},
    ),
    Layer(
        "depthwise 3x3, 16x16x64",
        *(DEPTHWISE, (1, 16, 16, 64), (1, 3, 3, 64), "SAME", _figures(1_269_283, 339_226)),
        {"a8wt": faster(2.5), "a1w1": faster(6), "atwt": faster(4)},
    ),
    Layer(
        "ResNet-8 conv 3x3, 32x32x3 -> 16",
        *(CONV, (1, 32, 32, 3), (16, 3, 3, 3), "SAME", _figures(2_134_132, 599_476)),
        INT8,
    ),
    Layer(
        "ResNet-8 conv 3x3, 32x32x16 -> 16",
        *(CONV, (1, 32, 32, 16), (16, 3, 3, 16), "SAME", _figures(5_487_493, 914_865)),
        {**INT8, "a8wt": faster(2), "a1w1": faster(6), "atwt": faster(3)},
    ),
    Layer(
        "ResNet-8 conv 3x3, 8x8x64 -> 64",
        *(CONV, (1, 8, 8, 64), (64, 3, 3, 64), "SAME", _figures(4_155_290, 485_398)),
        {**INT8, "a8wt": faster(2.5), "a1w1": faster(7), "atwt": faster(3.5)},
    ),
    Layer(
        "EEGNet temporal 1x64, 22x1125x1 -> 8",
        *(CONV, (1, 22, 1125, 1), (8, 1, 64, 1), "SAME", _figures(89_075_576, 29_474_556)),
        {**EEG_INT8, "a8wt": per_mac(0.70, 0.45)},
    ),
    Layer(
        "EEGNet spatial depthwise 22x1, 22x1125x8 -> 16",
        *(DEPTHWISE, (1, 22, 1125, 8), (1, 22, 1, 16), "VALID", _figures(12_703_692, 13_047_947)),
        {**EEG_INT8, "a8wt": faster(12)},
    ),
    Layer(
        "EEGNet separable depthwise 1x16, 1x140x16",
        *(DEPTHWISE, (1, 1, 140, 16), (1, 1, 16, 16), "SAME", _figures(448_280, 90_389)),
        EEG_INT8,
    ),
    Layer(
        "EEGNet pointwise, 1x140x16 -> 16",
        *(CONV, (1, 1, 140, 16), (16, 1, 1, 16), "SAME", _figures(143_202, 39_164)),
        INT8,
    ),
    Layer(
        "MI-BMInet spatial 64x1, 64x480x1 -> 16",
        *(CONV, (1, 64, 480, 1), (16, 64, 1, 1), "VALID", _figures(4_429_633, 1_460_500)),
        {**EEG_INT8, "a8wt": faster(6)},
    ),
    Layer(
        "MI-BMInet temporal depthwise 1x128, 1x480x16",
        *(DEPTHWISE, (1, 1, 480, 16), (1, 1, 128, 16), "SAME", _figures(9_572_823, 1_858_927)),
        {**EEG_INT8, "a8wt": faster(8)},
    ),
)


def target_of(layer: Layer, scheme: str, board: str) -> Target | None:
    """What is aimed at on a board; None: nothing was said."""
    if board == "qemu_cortex_m4":
        return layer.targets.get(scheme)
    if board != "qemu_cortex_m55":
        return per_mac(0.028) if (board, scheme, layer) == ("qemu_arm64", "a1w1", LAYERS[0]) else None
    if layer.eeg and layer.title != "EEGNet pointwise, 1x140x16 -> 16":
        return faster(5) if scheme in ("a8w8", "a8wt") else None
    if layer.kind == CONV:
        return {"a8wt": faster(1), "a1w1": per_mac(0.050)}.get(scheme)
    return None
