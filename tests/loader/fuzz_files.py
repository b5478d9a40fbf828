"""Mutates whole .tflite files of one custom operator: reader, lowering, and C loader under the sanitizers.

Every file is refused by the reader or by lowering with a GraphError, or it is sound; and the C loader refuses
what lowering refuses, and nothing else.

python tests/loader/fuzz_files.py [--count 10000] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "kernels")]

from c_loader import CLoader  # noqa: E402
from custom_cases import CASES, refusal  # noqa: E402
from fuzz_loader import BYTES, NUMBERS, SEEDS_A_KIND  # noqa: E402
from sanitized import library  # noqa: E402

from tinyq.core.errors import GraphError  # noqa: E402
from tinyq.graph import parse, serialize  # noqa: E402
from tinyq.graph.operators import KINDS  # noqa: E402

MOST_SECONDS = 5


def mutated(rng: np.random.Generator, data: bytes) -> bytes:
    """One to three bytes, bits or words changed; now and then a block cut out or moved."""
    array = np.frombuffer(data, np.uint8).copy()
    for _ in range(rng.integers(1, 4)):
        what, at = rng.integers(8), int(rng.integers(len(array) - 4))
        if what < 3:
            array[at] ^= np.uint8(1 << rng.integers(8))
        elif what < 5:
            array[at] = rng.choice(BYTES)
        elif what < 7:
            word = np.array([int(rng.choice(NUMBERS))], np.int32)
            array[at // 4 * 4 : at // 4 * 4 + 4] = word.view(np.uint8)
        else:
            size = int(rng.integers(1, 40))
            array = np.roll(array, size) if rng.random() < 0.1 else np.delete(array, np.s_[at : at + size])
            if len(array) < 8:
                break
    return array.tobytes()


def judged(loader: CLoader, data: bytes) -> str:
    """What became of a file, and soon."""
    start = time.process_time()
    verdict = _judged(loader, data)
    if time.process_time() - start > MOST_SECONDS:
        raise SystemExit(f"{verdict}, but only after more than {MOST_SECONDS} seconds")
    return verdict


def _judged(loader: CLoader, data: bytes) -> str:
    try:
        graph = parse(data, "fuzz")
    except GraphError:
        return "READER_REFUSED"
    refused = refusal(graph)
    loaded = [loader.load(graph, i) for i, o in enumerate(graph.operators) if KINDS[o.kind].custom]
    bad = [one.text for one in loaded if one.status != "OK"]
    if len(loaded) == len(graph.operators) and bool(refused) != bool(bad):
        raise SystemExit(f"lowering: {refused!r}\nloader: {bad}")
    return "LOWERING_REFUSED" if refused else "SOUND"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="mutated files")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    loader = CLoader(library())
    rng = np.random.default_rng(asked.seed)
    files = [serialize(make(rng)) for make in CASES.values() for _ in range(SEEDS_A_KIND)]
    found: Counter[str] = Counter()
    for _ in range(asked.count):
        found[judged(loader, mutated(rng, files[rng.integers(len(files))]))] += 1
    line = " ".join(f"{name}={number}" for name, number in sorted(found.items()))
    sys.stdout.write(f"files: {line}\n")


if __name__ == "__main__":
    main()
