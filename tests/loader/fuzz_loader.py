"""Mutates operators, loads them under the sanitizers, and runs those that load.

python tests/loader/fuzz_loader.py [--count 10000] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "kernels")]

from c_loader import CLoader, Loaded, constants_of, options_of  # noqa: E402
from custom_cases import CASES, DILATED, far_apart  # noqa: E402
from flatbuffers import flexbuffers  # noqa: E402
from sanitized import library  # noqa: E402

from tinyq.graph.ir import ABSENT, Graph, Quantization  # noqa: E402

SEEDS_A_KIND = 12
BYTES = np.array([0, 1, 2, 3, 4, 5, 8, 36, 104, 127, 128, 254, 255], np.uint8)
NUMBERS = [0, 1, 2, 3, 16, -1, 2**20, 2**31 - 1, -(2**31)]
# Such a window would run for hours; and its sums are not what is looked for here.
MOST_MACS = 1 << 21


def seeds(rng: np.random.Generator) -> list[tuple[Graph, bytes]]:
    """Operators that load, and their options."""
    graphs = [make(rng) for make in CASES.values() for _ in range(SEEDS_A_KIND)]
    graphs += [far_apart(rng, kind) for kind in DILATED]
    return [(graph, options_of(graph.operators[0])) for graph in graphs]


def other_bytes(rng: np.random.Generator, data: bytes) -> bytes:
    """Some bytes changed, removed or doubled."""
    array = np.frombuffer(data, np.uint8).copy()
    for _ in range(rng.integers(1, 5)):
        if len(array) == 0:
            return bytes(rng.integers(0, 256, rng.integers(1, 9), np.uint8))
        what, at = rng.integers(5), int(rng.integers(len(array)))
        if what < 2:
            array[at] = rng.choice(BYTES)
        elif what == 2:
            array[at] ^= np.uint8(1 << rng.integers(8))
        elif what == 3 and len(array) > 4:
            array = np.delete(array, np.s_[at : at + int(rng.integers(1, 9))])
        else:
            array = np.insert(array, at, array[: rng.integers(1, 9)])
    return array.tobytes()


def other_options(rng: np.random.Generator, options: bytes) -> bytes:
    """A whole map with wrong numbers, strings instead of numbers, or other keys."""
    values = flexbuffers.Loads(options) if options else {}
    for _ in range(rng.integers(1, 3)):
        key = str(rng.choice([*values, "more"]))
        what = rng.integers(4)
        if what == 0:
            values.pop(key, None)
        elif what == 1:
            values[f"{key}x"] = values.pop(key, 1)
        else:
            values[key] = [int(rng.choice(NUMBERS)), "a8wt", 1.5, None][int(rng.choice([0, 0, 0, 1, 2, 3]))]
    return bytes(flexbuffers.Dumps(values))


def other_tensor(rng: np.random.Generator, graph: Graph) -> Graph:
    """One tensor of another type, shape, scale or content."""
    operator = graph.operators[0]
    index = int(rng.choice([i for i in (*operator.inputs, *operator.outputs) if i != ABSENT]))
    tensor, what = graph.tensors[index], rng.integers(6)
    if what == 0:
        dtype = str(rng.choice(["int8", "uint8", "int32", "float32", "int64", "bool"]))
        tensor = replace(tensor, dtype=dtype)
    elif what == 1:
        shape = list(tensor.shape) or [1]
        shape[rng.integers(len(shape))] = int(rng.choice([*NUMBERS, 4, 5]))
        tensor = replace(tensor, shape=tuple(shape[: rng.integers(0, 6)]))
    elif what == 2:
        count = int(rng.integers(0, 5))
        scales = rng.choice(np.array([0, -1, 0.1, 1e-38, 1e38, np.inf, np.nan], np.float32), count)
        points = rng.choice(np.array([0, 1, -128, 127, 128], np.int64), int(rng.integers(0, 5)))
        tensor = replace(tensor, quantization=Quantization(scales, points, int(rng.integers(-1, 5))))
    elif what == 3 and tensor.data is not None:
        flat = np.asarray(tensor.data).reshape(-1)
        tensor = replace(tensor, data=flat[: rng.integers(0, flat.size + 1)])
    elif tensor.data is not None:
        data = np.frombuffer(other_bytes(rng, np.asarray(tensor.data).tobytes()), np.uint8)
        whole = data[: data.size // tensor.data.itemsize * tensor.data.itemsize]
        # Some of the same length, as nothing but their content is wrong.
        whole = np.resize(whole, tensor.data.nbytes) if what == 4 and whole.size else whole
        tensor = replace(tensor, data=whole.view(tensor.data.dtype))
    tensors = list(graph.tensors)
    tensors[index] = tensor
    return replace(graph, tensors=tuple(tensors))


def one(rng: np.random.Generator, loader: CLoader, graph: Graph, options: bytes) -> str:
    """Mutate, load, and run what loads. Returns the status, or RAN."""
    what = rng.integers(8)
    if what < 3:
        options = other_bytes(rng, options)
    elif what < 5:
        options = other_options(rng, options)
    elif what < 7:
        graph = other_tensor(rng, graph)
    else:
        operator = graph.operators[0]
        order = rng.permutation(len(operator.inputs))[: rng.integers(0, 8)]
        inputs = tuple(operator.inputs[i] for i in order)
        graph = replace(graph, operators=(replace(operator, inputs=inputs),))
    loaded = loader.load(graph, options=options)
    return "RAN" if loaded.status == "OK" and run(rng, loader, graph, options, loaded) else loaded.status


def run(rng: np.random.Generator, loader: CLoader, graph: Graph, options: bytes, loaded: Loaded) -> bool:
    """Run it on any bytes; False where that would take too long."""
    operator, tensors = graph.operators[0], graph.tensors
    arrays = constants_of(graph)
    output = tensors[operator.outputs[0]]
    sizes = [int(np.prod(tensors[i].shape)) for i in (*operator.inputs, *operator.outputs) if i != ABSENT]
    values = flexbuffers.Loads(options) if options else {}  # damaged ones have been refused
    window = float(values.get("filter_height", 1)) * float(values.get("filter_width", 1))
    weights = max((a.size * 64 // a.itemsize for a in arrays if a is not None), default=1)
    if max(sizes) * (weights if "Conv" in operator.kind or "conv" in operator.kind else window) > MOST_MACS:
        return False
    for position, index in enumerate(operator.inputs):
        if index != ABSENT and arrays[position] is None:
            tensor = tensors[index]
            data = rng.integers(
                0, 256, int(np.prod(tensor.shape)) * np.dtype(tensor.dtype).itemsize, np.uint8
            )
            arrays[position] = data.view(tensor.dtype)
    loader.run(loaded, arrays, np.empty(int(np.prod(output.shape)), output.dtype))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="mutated operators")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lie-about-the-length", action="store_true", help="what the sanitizer must find")
    asked = parser.parse_args()
    loader = CLoader(library())
    rng = np.random.default_rng(asked.seed)
    pairs = seeds(rng)
    if asked.lie_about_the_length:
        loader.load(pairs[-1][0], options=b"\1\2\3\4", longer=1)
    found: Counter[str] = Counter()
    ran: Counter[str] = Counter()
    for _ in range(asked.count):
        graph, options = pairs[rng.integers(len(pairs))]
        status = one(rng, loader, graph, options)
        found[status] += 1
        ran[graph.operators[0].kind] += status == "RAN"
    for title, counts in (("mutated:", found), ("ran:", ran)):
        line = " ".join(f"{name}={number}" for name, number in sorted(counts.items()))
        sys.stdout.write(f"{title} {line}\n")


if __name__ == "__main__":
    main()
