"""Rows as lines of Markdown."""

from __future__ import annotations

from benchmark.layers import BESIDE_REFERENCE, Layer, target_of
from benchmark.measure import LoopRow, Row
from benchmark.networks import Network

LAYER_COLUMNS = (
    *("layer", "scheme", "variant", "instructions", "per MAC", "CMSIS-NN int8 / this"),
    *("target", "", "weight bytes", "scratch bytes", "code bytes"),
)
NETWORK_COLUMNS = (
    *("network", "scheme", "core", "MACs", "instructions", "per MAC", "TFLM int8 / this"),
    *("target", "", "weight bytes", "arena bytes", "code bytes"),
)
LOOP_COLUMNS = (
    *("layer", "scheme", "core", "loop of", "instructions a turn", "share of the layer"),
    *("cycles a turn", "MAC/cycle, loop alone", "MAC/cycle, whole layer"),
)


def header(columns: tuple[str, ...]) -> list[str]:
    """Lines above a table."""
    return [_line(columns), "|---" * len(columns) + "|"]


def layer_line(layer: Layer, row: Row, reference: Row | None = None) -> str:
    """A layer beside CMSIS-NN and its target; `reference`: the same layer with the reference in C."""
    theirs = layer.cmsis_nn.get(row.board)
    return _line(
        (
            *(row.layer, row.scheme, row.suffix),
            *(f"{row.instructions:,}", f"{row.per_mac:.3f}", _times(theirs, row.instructions)),
            *_of_layer(layer, row, reference),
            *(f"{row.weight_bytes:,}", f"{row.scratch_bytes:,}", f"{row.code_bytes:,}"),
        )
    )


def network_line(network: Network, row: Row) -> str:
    """A network beside TFLite Micro and its target."""
    m4 = row.board == "qemu_cortex_m4"
    target = network.targets.get(row.scheme) if m4 else None
    verdict = ("", "")
    if target:
        stretch = network.stretch.get(row.scheme, 0)
        verdict = f"{target / 1e6:g} M", _met(row.instructions, target, stretch)
    return _line(
        (
            *(network.title, row.scheme, core_of(row.board), f"{row.macs:,}", f"{row.instructions:,}"),
            *(f"{row.per_mac:.3f}", _times(network.tflm if m4 else None, row.instructions), *verdict),
            *(f"{row.weight_bytes:,}", f"{row.arena_bytes:,}", f"{row.code_bytes:,}"),
        )
    )


def loop_lines(row: LoopRow, macs: int) -> list[str]:
    """A line a core that the loop was modelled on."""
    lines = []
    for cpu, cycles in row.cycles.items():
        spent = cycles * row.turns
        whole = spent * row.total / row.instructions
        lines.append(
            _line(
                (
                    *(row.layer, row.scheme, cpu, f"`{row.function}`", str(row.length)),
                    f"{row.instructions / row.total:.0%}",
                    *(f"{cycles:.1f}", f"{macs / spent:.2f}", f"{macs / whole:.2f}"),
                )
            )
        )
    return lines


def core_of(board: str) -> str:
    """What people call it.

    Example:
        >>> core_of("qemu_cortex_m4"), core_of("qemu_arm64")
        ('M4', 'ARM64')
    """
    return board.removeprefix("qemu_").removeprefix("cortex_").upper().replace("M0", "M0+")


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _times(theirs: int | None, ours: int) -> str:
    return f"{theirs / ours:.2f} x" if theirs else ""


def _met(instructions: float, target: float, stretch: float) -> str:
    if instructions > target:
        return f"missed by {instructions / target:.2f} x"
    return "met, and the stretch" if instructions <= stretch else "met"


def _of_layer(layer: Layer, row: Row, reference: Row | None) -> tuple[str, str]:
    times = BESIDE_REFERENCE.get(row.board, {}).get(row.scheme)
    if times and reference:
        return f"{times:g} x the reference", _met(row.instructions, reference.instructions / times, 0)
    target = target_of(layer, row.scheme, row.board)
    if target is None:
        return "", ""
    asked = f"{target.per_mac:g} per MAC" if target.per_mac else f"{target.faster:g} x"
    limit = target.limit(layer.cmsis_nn.get(row.board), row.macs)
    return asked, _met(row.instructions, limit, target.stretch * row.macs)
