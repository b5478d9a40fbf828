"""What a conversion did, layer by layer: plain data for tables, and report.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tinyq.core.spec import SCHEMES

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class LayerReport:
    """One layer with weights.

    Args:
        name: the layer's name, as inspect, emit and run say it.
        kind: the operator it was in the int8 graph, such as "CONV_2D"; "" if it is not in the graph.
        keras: Keras layer and weight that asked ("stem.kernel"); "" if none did.
        asked: a scheme such as "a8wt"; "" if nothing was asked; a quantizer's name where no scheme holds its
            values.
        stored: scheme in the file; a dtype ("float32") for weights that are not int8; "" if not in the graph.
        weights: number of weights.
        weight_bytes: bytes of the stored weights.
        scale_bytes: bytes of their float32 scales and, where packed, of their int8 levels and tables.
        why: why it is stored so, with numbers.
        refused: whether the file does not hold what was asked.
        remedy: what to do about a refusal.
        macs: multiply-accumulates of one inference.
        bit_operations: products of one bit with one bit that these are, where inputs are packed; else 0.
        shares: name of the layer before it that stores the same weights; "" if it has its own.
    """

    name: str
    kind: str
    keras: str
    asked: str
    stored: str
    weights: int
    weight_bytes: int
    scale_bytes: int
    why: str
    refused: bool = False
    remedy: str = ""
    macs: int = 0
    bit_operations: int = 0
    shares: str = ""

    @property
    def bits(self) -> float:
        """Stored bits a weight, the last byte's tail included."""
        return 8 * self.weight_bytes / self.weights if self.weights else 0.0

    @property
    def packed(self) -> bool:
        """Whether its weights are stored in fewer than 8 bits."""
        return (
            self.stored in SCHEMES[1:] or re.fullmatch(r"a([1-4t]w[1-8t]|32w[1-7t])", self.stored) is not None
        )


@dataclass(frozen=True)
class Totals:
    """Sums over the layers; weights that several layers share count once.

    Args:
        weights: number of weights.
        float32_bytes, int8_bytes: what they would take.
        stored_bytes: what they take.
        scale_bytes: scales, levels and tables.
        macs: multiply-accumulates of one inference.
        bit_operations: products of one bit with one bit that some of these are.
        int8_file_bytes: the int8 .tflite that was packed; 0 if none was of the whole model.
        file_bytes: the .tflite that was written.
    """

    weights: int
    float32_bytes: int
    int8_bytes: int
    stored_bytes: int
    scale_bytes: int
    macs: int
    bit_operations: int
    int8_file_bytes: int
    file_bytes: int

    @classmethod
    def of(cls, layers: Iterable[LayerReport], int8_file_bytes: int, file_bytes: int) -> Totals:
        """Sum the rows."""
        rows = tuple(layers)
        own = [row for row in rows if not row.shares]
        weights = sum(row.weights for row in own)
        return cls(
            weights=weights,
            float32_bytes=4 * weights,
            int8_bytes=weights,
            stored_bytes=sum(row.weight_bytes for row in own),
            scale_bytes=sum(row.scale_bytes for row in own),
            macs=sum(row.macs for row in rows),
            bit_operations=sum(row.bit_operations for row in rows),
            int8_file_bytes=int8_file_bytes,
            file_bytes=file_bytes,
        )


@dataclass(frozen=True)
class ConvertReport:
    """All of report.json.

    Args:
        source: name of the file that was converted.
        source_sha256: its SHA-256, hexadecimal.
        output: name of the .tflite that was written.
        output_sha256: its SHA-256.
        converter: this program and its version.
        strict: whether a layer stored otherwise than asked would have been an error.
        calibration_samples: size of the representative data set; 0 for a .tflite source.
        totals: sums.
        layers: one row a layer with weights, in execution order.
        notes: what a reader should know besides.
        target: "tinyq", "lce" or "tflite": whose operators are in the file.
    """

    source: str
    source_sha256: str
    output: str
    output_sha256: str
    converter: str
    strict: bool
    calibration_samples: int
    totals: Totals
    layers: tuple[LayerReport, ...]
    notes: tuple[str, ...] = ()
    target: str = "tinyq"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        layers = [{**asdict(row), "bits": round(row.bits, 4)} for row in self.layers]
        return {"schema_version": SCHEMA_VERSION, **asdict(self), "layers": layers, "notes": list(self.notes)}

    def to_json(self) -> str:
        """The text of report.json: equal conversions give equal texts."""
        return json.dumps(self.to_dict(), indent=2) + "\n"
