"""Deployment, first half: a .tflite file -> a folder of C that builds with CMake alone."""

from tinyq.emit.emitter import EmitReport, emit, emit_graph
from tinyq.emit.fit import Fit, fit
from tinyq.emit.layout import Kernels, Layout, Stripes, lay_out
from tinyq.emit.memory_plan import Buffer, MemoryPlan, Placement, plan_memory

__all__ = [
    "Buffer",
    "EmitReport",
    "Fit",
    "Kernels",
    "Layout",
    "MemoryPlan",
    "Placement",
    "Stripes",
    "emit",
    "emit_graph",
    "fit",
    "lay_out",
    "plan_memory",
]
