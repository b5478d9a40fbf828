"""Mutates operators, loads them, runs those that load: fuzz_loader.py COUNT SEED [--lie-about-the-length]."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "kernels")]

from c_loader import CLoader  # noqa: E402
from changed_graphs import packed  # noqa: E402
from one_operator import OPERATORS  # noqa: E402

from tinyq.core.spec import SCHEMES  # noqa: E402
from tinyq.graph.ir import ABSENT, Graph, Quantization  # noqa: E402
from tinyq.graph.options import write_flex, write_values  # noqa: E402

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
BYTES = np.array([0, 1, 2, 3, 4, 5, 8, 36, 104, 127, 128, 254, 255], np.uint8)
NUMBERS = [0, 1, 2, 3, 16, -1, 2**20, 2**31 - 1, -(2**31)]
# Such a window would run for hours; and its sums are not what is looked for here.
MOST_MACS = 1 << 22


def seeds(rng: np.random.Generator) -> list[tuple[Graph, bytes]]:
    """Operators that load, and their options."""
    made = []
    for scheme in SCHEMES[1:]:
        for kind in KINDS:
            graph = packed(OPERATORS[kind](rng, scheme), scheme)
            operator = graph.operators[0]
            made.append((graph, write_flex(write_values(operator.kind, operator.options, "seed"))))
    return made


def other_bytes(rng: np.random.Generator, data: bytes) -> bytes:
    """Some bytes changed, removed or doubled."""
    array = np.frombuffer(data, np.uint8).copy()
    for _ in range(rng.integers(1, 5)):
        what, at = rng.integers(5), int(rng.integers(len(array)))
        if what < 2:
            array[at] = rng.choice(BYTES)
        elif what == 2:
            array[at] ^= np.uint8(1 << rng.integers(8))
        elif what == 3 and len(array) > 4:
            array = np.delete(array, np.s_[at : at + int(rng.integers(1, 9))])
        else:
            array = np.insert(array, at, array[: rng.integers(1, 9)])
        if len(array) == 0:
            return b""
    return array.tobytes()


def other_options(rng: np.random.Generator, graph: Graph) -> bytes:
    """A whole map with wrong numbers, strings instead of numbers, or other keys."""
    from flatbuffers import flexbuffers

    operator = graph.operators[0]
    values = dict(write_values(operator.kind, operator.options, "seed"))
    for _ in range(rng.integers(1, 3)):
        key = str(rng.choice(list(values)))
        what = rng.integers(4)
        if what == 0:
            del values[key]
        elif what == 1:
            values[f"{key}x"] = values.pop(key)
        else:
            values[key] = [int(rng.choice(NUMBERS)), "a8wt", 1.5, None][int(rng.choice([0, 0, 0, 1, 2, 3]))]
        if not values:
            break
    return bytes(flexbuffers.Dumps(values))


def other_tensor(rng: np.random.Generator, graph: Graph) -> Graph:
    """One tensor of another type, shape, scale or content."""
    operator = graph.operators[0]
    index = int(rng.choice([i for i in (*operator.inputs, *operator.outputs) if i != ABSENT]))
    tensor, what = graph.tensors[index], rng.integers(5)
    if what == 0:
        tensor = replace(tensor, dtype=str(rng.choice(["int8", "uint8", "int32", "float32", "int64"])))
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
        tensor = replace(tensor, data=whole.view(tensor.data.dtype))
    tensors = list(graph.tensors)
    tensors[index] = tensor
    return replace(graph, tensors=tuple(tensors))


def one(rng: np.random.Generator, loader: CLoader, graph: Graph, options: bytes) -> str:
    """Mutate, load, and run what loads. Returns the status."""
    what = rng.integers(8)
    if what < 3:
        options = other_bytes(rng, options)
    elif what < 5:
        options = other_options(rng, graph)
    elif what < 7:
        graph = other_tensor(rng, graph)
    else:
        operator = graph.operators[0]
        inputs = tuple(
            operator.inputs[i] for i in rng.permutation(len(operator.inputs))[: rng.integers(0, 6)]
        )
        graph = replace(graph, operators=(replace(operator, inputs=inputs),))
    loaded = loader.load(graph, options=options)
    if loaded.status == "OK" and loaded.call.scratch_bytes < MOST_MACS:
        run(loader, graph, loaded)
    return loaded.status


def run(loader: CLoader, graph: Graph, loaded) -> None:
    operator = graph.operators[0]
    sizes = [int(np.prod(graph.tensors[i].shape)) for i in (operator.inputs[0], operator.outputs[0])]
    if max(sizes) * max(1, np.asarray(graph.tensors[operator.inputs[1]].data).size) > MOST_MACS:
        return
    arrays = [None if i == ABSENT else graph.tensors[i].data for i in operator.inputs]
    arrays[0] = np.zeros(sizes[0], np.int8)
    loader.run(loaded, arrays, np.empty(sizes[1], np.int8))


def main() -> None:
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = np.random.default_rng(seed)
    loader = CLoader(os.environ["TINYQ_LOADER_SANITIZED"])
    pairs = seeds(rng)
    if "--lie-about-the-length" in sys.argv:
        loader.load(pairs[0][0], options=pairs[0][1], longer=1)
    found: Counter[str] = Counter()
    for _ in range(count):
        graph, options = pairs[rng.integers(len(pairs))]
        found[one(rng, loader, graph, options)] += 1
    sys.stdout.write(" ".join(f"{status}={number}" for status, number in sorted(found.items())) + "\n")


if __name__ == "__main__":
    main()
