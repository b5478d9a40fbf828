"""Fits tinyq/core/costs.json to counts: factors that are not negative, least squares of relative errors."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from benchmark.calibration import Calibration, pieces
from benchmark.graphs import graph_of
from benchmark.grouped_json import grouped_json
from benchmark.layers import LAYERS
from benchmark.measure import Row
from benchmark.scaling import points
from tinyq.core.boards import load_board
from tinyq.core.costs import form_of, key_of, levels_of, terms
from tinyq.core.kernels import Step
from tinyq.graph.lowering import lower

FEWEST = 9  # counts that factors are fitted to: two more than there are factors


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


Groups = dict[tuple[str, str], list[tuple[tuple[float, ...], int]]]


def fit(rows: list[Row], calibrations: list[Calibration], path: Path) -> list[Fit]:
    """Write the factors; how well they match."""
    groups: Groups = defaultdict(list)
    layers = {layer.title: layer for layer in (*LAYERS, *points())}
    for row in rows:
        if row.layer in layers and row.suffix != "ref":
            _add(
                groups,
                row.board,
                row.variant,
                lower(graph_of(layers[row.layer], row.scheme))[0],
                row.instructions,
            )
    for one in calibrations:
        steps = _steps_of_pieces(one.scheme)
        for title in steps.keys() & one.instructions.keys():
            _add(groups, one.board, one.symbols[title], steps[title], one.instructions[title])
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


def _add(groups: Groups, board: str, symbol: str, step: Step, instructions: int) -> None:
    sizes = terms(step.dims)
    if sizes is not None:
        key = key_of(symbol, levels_of(step.params), form_of(step.dims))
        groups[load_board(board).cpu, key].append((sizes, instructions))


@functools.cache
def _steps_of_pieces(scheme: str) -> dict[str, Step]:
    return {title: lower(graph)[-1] for title, graph in pieces(scheme).items()}


def _factors(sizes: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    factors: npt.NDArray[np.float64] = nnls(sizes / counts[:, None], np.ones(len(counts)))[0]
    return factors


def _error_without(i: int, sizes: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> float:
    """Relative error of a sum whose count was not fitted to."""
    factors = _factors(np.delete(sizes, i, axis=0), np.delete(counts, i))
    return float(abs(sizes[i] @ factors / counts[i] - 1))
