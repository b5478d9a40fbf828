"""A Keras model, or any int8 .tflite, -> a .tflite whose ternary and binary layers are stored packed.

`convert` does it all; `run_passes` is the part that turns graph into graph. A layer is packed only if its
int8 constants are exactly codes times one level an output channel, so the packed file computes the very
integers of the int8 file. Importing this package loads no TensorFlow; `export` does, for a .keras source.
"""

from tinyq.convert.asks import Ask, Pattern, Request
from tinyq.convert.converter import REPORT_NAME, convert, run_passes
from tinyq.convert.report import ConvertReport, LayerReport, Totals

__all__ = [
    "REPORT_NAME",
    "Ask",
    "ConvertReport",
    "LayerReport",
    "Pattern",
    "Request",
    "Totals",
    "convert",
    "run_passes",
]
