"""A .tflite file <-> a small immutable graph. Only this package knows the TFLite schema."""

from tinyq.graph.ir import ABSENT, Graph, Operator, Quantization, Tensor
from tinyq.graph.reader import parse, read
from tinyq.graph.writer import serialize, write

__all__ = ["ABSENT", "Graph", "Operator", "Quantization", "Tensor", "parse", "read", "serialize", "write"]
