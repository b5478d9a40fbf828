"""Fits tinyq/core/costs.json to counts: factors that are not negative, least squares of relative errors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from benchmark.graphs import graph_of
from benchmark.grouped_json import grouped_json
from benchmark.layers import LAYERS, LEVELS, Layer
from benchmark.measure import Row
from benchmark.scaling import points
from tinyq.core.boards import load_board
from tinyq.core.costs import key_of, terms
from tinyq.graph.lowering import lower

FEWEST = 9  # counts that a variant's factors are fitted to: two more than there are factors


@dataclass(frozen=True)
class Fit:
    """How well a variant's sums match counts: each of them left out of those they were fitted to.

    Args:
        cpu, key: the row of costs.json.
        rows: counts; middle: the median error of their sums, worst: the largest; both relative.
    """

    cpu: str
    key: str
    rows: int
    middle: float
    worst: float


def fit(rows: list[Row], path: Path) -> list[Fit]:
    """Write the factors; how well they match."""
    groups: dict[tuple[str, str], list[tuple[tuple[float, ...], int]]] = defaultdict(list)
    layers = {layer.title: layer for layer in (*LAYERS, *points())}
    for row in rows:
        if row.layer in layers and row.suffix != "ref":
            levels = "x".join(map(str, LEVELS[row.scheme])) if row.scheme in LEVELS else ""
            key = load_board(row.board).cpu, key_of(row.variant, levels)
            groups[key].append((_terms(layers[row.layer], row.scheme), row.instructions))
    table: dict[str, dict[str, list[float]]] = defaultdict(dict)
    fits = []
    for (cpu, key), known in sorted(groups.items()):
        if len(known) >= FEWEST:
            sizes = np.array([size for size, _ in known], float)
            counts = np.array([count for _, count in known], float)
            table[cpu][key] = [float(f"{factor:.4g}") for factor in _factors(sizes, counts)]
            errors = np.array([_error_without(i, sizes, counts) for i in range(len(counts))])
            fits.append(Fit(cpu, key, len(known), float(np.median(errors)), float(errors.max())))
    path.write_text(grouped_json(table))
    return fits


def _factors(sizes: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    factors: npt.NDArray[np.float64] = nnls(sizes / counts[:, None], np.ones(len(counts)))[0]
    return factors


def _error_without(i: int, sizes: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> float:
    """Relative error of a sum whose count was not fitted to."""
    factors = _factors(np.delete(sizes, i, axis=0), np.delete(counts, i))
    return float(abs(sizes[i] @ factors / counts[i] - 1))


def _terms(layer: Layer, scheme: str) -> tuple[float, ...]:
    found: Any = terms(lower(graph_of(layer, scheme))[0].dims)
    return tuple(found)
