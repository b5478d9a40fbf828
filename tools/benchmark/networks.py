"""Whole networks of models/, with random weights: what they take beside TFLite Micro with CMSIS-NN."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.convert import convert
from tinyq.graph import read
from tinyq.graph.ir import Graph


@dataclass(frozen=True)
class Network:
    """A network of the model zoo.

    Args:
        recipe: folder of models/; options: of its build(), instead of the recipe's.
        shape: of an input; classes: outputs.
        tflm: instructions of TFLite Micro with CMSIS-NN, int8, on the Cortex-M4.
        targets: at most so many instructions on the Cortex-M4, by scheme; stretch: the same, harder.
    """

    title: str
    recipe: str
    shape: tuple[int, ...]
    classes: int
    options: Mapping[str, Any] = field(default_factory=dict)
    tflm: int | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    stretch: Mapping[str, float] = field(default_factory=dict)


# EEGNet's int8 figure is the issue's: the sum of its layers in CMSIS-NN.
NETWORKS = (
    Network(
        "EEGNet 22x1125",
        *("eeg_eegnet", (22, 1125, 1), 4, {"temporal_taps": 64}, 102_000_000),
        {"a8wt": 12e6},
    ),
    Network(
        "MI-BMInet 22x750",
        *("eeg_mibminet", (22, 750, 1), 4, {"filters": 32, "temporal_taps": 64}),
        targets={"a8wt": 1.4e6},
        stretch={"a8wt": 0.9e6},
    ),
    Network(
        "ResNet-8",
        *("cifar10_resnet8", (32, 32, 3), 10, {}, 29_872_175),
        {"a8wt": 14e6, "a1w1": 5.5e6, "atwt": 10e6},
    ),
    Network(
        "DS-CNN",
        *("kws_dscnn", (49, 10, 1), 12, {}, 7_845_401),
        {"a8wt": 3.6e6, "a1w1": 1.6e6},
    ),
)
NETWORK_SCHEMES = ("a8w8", "a8wt", "a8w1", "a1w1", "atwt", "a2w2")
SAMPLES = 2


def network_graph(network: Network, scheme: str, folder: Path) -> Graph:
    """The converted network; its file is kept in a folder, and made where it is missing."""
    words = [network.recipe, *map(str, network.shape), *map(str, network.options.values()), scheme]
    path = folder / f"{'_'.join(words)}.tflite"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(network, scheme, path)
    return read(path)


def network_samples(graph: Graph) -> npt.NDArray[Any]:
    """Inputs of a normal distribution, as the network's first tensor has them."""
    tensor = graph.tensors[graph.inputs[0]]
    real = np.random.default_rng(1).normal(size=(SAMPLES, *tensor.shape[1:])).astype(np.float32)
    if tensor.dtype != "int8" or tensor.quantization is None:
        return real
    scale, zero_point = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
    return np.clip(np.round(real / scale) + zero_point, -128, 127).astype(np.int8)


def _make(network: Network, scheme: str, path: Path) -> None:
    """As tools/sizes.py makes them, which says how."""
    import sizes  # TensorFlow: seconds

    from tinyq.training.quantize import quantize_model

    net = sizes.Net(network.title, network.recipe, network.shape, network.classes, network.options)
    model = sizes.network(net)
    samples = np.random.default_rng(0).normal(size=(sizes.CALIBRATION, *net.shape)).astype(np.float32)
    with tempfile.TemporaryDirectory() as name:
        source, draft = Path(name, "net.keras"), Path(name, "net.tflite")
        if scheme == "a8w8":
            model.save(source)
            convert(source, draft, samples, asks=("*=a8w8",))
        else:
            quantize_model(model, sizes.METHODS[scheme]).save(source)
            convert(source, draft, samples)
        path.write_bytes(draft.read_bytes())
