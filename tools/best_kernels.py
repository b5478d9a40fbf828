"""Writes firmware/loader/tq_best_kernels.h: which variant of each kernel the loader calls on which processor.

Run it after a variant was added to tinyq/core/variants.py; a test says so when it was forgotten.
"""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

from tinyq.core.resources import firmware_dir
from tinyq.core.variants import Variant, best_alike, best_variant

LOADER = firmware_dir() / "loader"
HEADER = LOADER / "tq_best_kernels.h"
# What the compiler defines -> a core of that kind; the first that holds.
TARGETS = {
    "defined(__x86_64__) && defined(__GNUC__)": "native",
    "defined(__aarch64__)": "armv8-a",
    "defined(__ARM_FEATURE_MVE)": "cortex-m55",
    "defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'": "cortex-m4",
    "defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'": "cortex-m0plus",
}
INTRODUCTION = """/* tq_<kernel>_best: the fastest variant for the processor that this is compiled for,
 * of those that are fast for every shape. Written by tools/best_kernels.py from tinyq/core/variants.py. */
#ifndef TQ_BEST_KERNELS_H
#define TQ_BEST_KERNELS_H
"""


def kernels_of_the_loader() -> list[str]:
    text = "".join(path.read_text() for path in sorted(LOADER.glob("tq_*.c")))
    return sorted(set(re.findall(r"\btq_(\w+)_best\b", text)))


def definitions(variant: Variant) -> list[str]:
    best = f"tq_{variant.kernel}_best"
    lines = [f"#define {best} {variant.symbol}"]
    return lines if variant.scratch is None else [*lines, f"#define {best}_scratch {variant.symbol}_scratch"]


def of_core(kernels: list[str], cpu: str) -> list[str]:
    """Definitions of those kernels that have a faster variant there than everywhere."""
    lines = []
    for kernel in kernels:
        best = best_alike(kernel, cpu)
        lines += definitions(best) if best is not best_variant(kernel) else []
    return lines


def any_of(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else " || ".join(f"({each})" for each in conditions)


def header() -> str:
    kernels = kernels_of_the_loader()
    folder = firmware_dir() / "include" / "tinyq"
    lines = [
        INTRODUCTION,
        *(f'#include "tinyq/{path.name}"' for path in sorted(folder.glob("tq_kernels*.h"))),
    ]
    targets = [(condition, of_core(kernels, cpu)) for condition, cpu in TARGETS.items()]
    for number, (alike, group) in enumerate(groupby(targets, key=lambda target: target[1])):
        condition = any_of([condition for condition, _ in group])
        lines += ["", f"#{'elif' if number else 'if'} {condition}", *alike]
    lines += ["#endif", "", "/* For every processor. */"]
    for kernel in kernels:
        lines += [f"#ifndef tq_{kernel}_best", *definitions(best_variant(kernel)), "#endif"]
    return "\n".join([*lines, "", "#endif", ""])


def main() -> int:
    text = header()
    changed = not HEADER.is_file() or HEADER.read_text() != text
    if changed:
        Path(HEADER).write_text(text)
    print(f"{HEADER.name}: {'written' if changed else 'is as it should be'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
