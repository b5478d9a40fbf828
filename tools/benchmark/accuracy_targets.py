"""What the rows of docs/accuracy.md come to: the best of a kind beside float, methods beside plain STE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from benchmark.tables import header

Found = Mapping[
    str, Mapping[str, npt.NDArray[np.float64]]
]  # task -> method -> percent of every fold and seed

BELOW = {"ternary": 1.5, "binary": 4.0}  # points below the float net that the best may be
SPREAD = ("ssvep", "eeg")  # there, for ternary, the float net's standard deviation over folds instead
COMPARED = ("mnist", "ssvep", "cifar10")
# Straight-through estimator -> methods of the same bits.
RIVALS = {
    "ste-binary": ("rpr-binary", "binaryrelax-binary"),
    "ste-ternary": ("rpr-ternary", "binaryrelax-ternary", "tga", "tga-2", "rtn-weights"),
    "larq-a1w1": ("encoding-1",),
    "larq-atwt": ("rtn",),
    "dorefa-2-2": ("encoding-2",),
}


def targets_section(found: Found, kinds: Mapping[str, Sequence[str]]) -> list[str]:
    """Lines of the section. kinds: "binary", "ternary" -> their methods."""
    lines = [
        "",
        "## Targets",
        "",
        "The best of each kind, points below the float net of the same passes:",
        "",
    ]
    lines += header(("set", "kind", "best of", "method", "accuracy %", "float %", "below", "asked", ""))
    for task, methods in found.items():
        if "float" not in methods:
            continue
        for kind, group in kinds.items():
            if ran := [method for method in group if method in methods]:
                lines.append(_best(task, kind, ran, methods))
    lines += ["", "Each method less the straight-through estimator (STE) of the same bits, in points:", ""]
    lines += header(("method", "STE", *COMPARED, "better on"))
    for baseline, rivals in RIVALS.items():
        lines += [_against(baseline, rival, found) for rival in rivals]
    return lines


def _best(task: str, kind: str, ran: Sequence[str], methods: Mapping[str, npt.NDArray[np.float64]]) -> str:
    best = max(ran, key=lambda method: methods[method].mean())
    reached, full = methods[best].mean(), methods["float"]
    asked = float(full.std()) if kind == "ternary" and task in SPREAD else BELOW[kind]
    below = full.mean() - reached
    word = "met" if below <= asked else f"missed by {below - asked:.2f}"
    cells = (
        task,
        kind,
        str(len(ran)),
        best,
        f"{reached:.2f}",
        f"{full.mean():.2f}",
        f"{below:.2f}",
        f"{asked:.2f}",
    )
    return f"| {' | '.join(cells)} | {word} |"


def _against(baseline: str, rival: str, found: Found) -> str:
    cells, better = [], 0
    for task in COMPARED:
        methods = found.get(task, {})
        if baseline not in methods or rival not in methods:
            cells.append("")
            continue
        gain = methods[rival].mean() - methods[baseline].mean()
        better += int(gain > 0)
        cells.append(f"{gain:+.2f}")
    return f"| {rival} | {baseline} | {' | '.join(cells)} | {better} of {len(COMPARED)} |"
