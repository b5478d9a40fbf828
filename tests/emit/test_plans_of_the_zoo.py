"""Every network of models/, in every scheme: the arena is within 5 % of what no plan can go below."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tools_required import need

from tinyq.convert import convert
from tinyq.core.boards import load_board
from tinyq.emit.emitter import fitted
from tinyq.emit.layout import Stripes, lay_out
from tinyq.graph import read
from tinyq.graph.lowering import lower

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {
    "cifar10_resnet20": ((32, 32, 3), 10),
    "cifar10_resnet8": ((32, 32, 3), 10),
    "cifar10_vgg_small": ((32, 32, 3), 10),
    "digits_cnn": ((8, 8, 1), 10),
    "eeg_eegnet": ((22, 1125, 1), 4),
    "eeg_mibminet": ((64, 480, 1), 4),
    "kws_dscnn": ((49, 10, 1), 12),
    "mnist_cnn": ((28, 28, 1), 10),
    "mnist_dense": ((28, 28, 1), 10),
    "ssvep_eegnet": ((8, 250, 1), 12),
}
# As the issue has them: its targets of RAM, in KiB.
TARGETS = {
    "eeg_mibminet": ((22, 750, 1), {"filters": 32, "temporal_taps": 64}, 32),
    "eeg_eegnet": ((22, 1125, 1), {"temporal_taps": 64}, 64),
}
CORES = ("cortex-m4", "cortex-m0", None)
NEAR = 1.05
KIB = 1024


def sizes_tool() -> ModuleType:
    """tools/sizes.py: networks with random weights, and a method for every scheme."""
    need("python:tensorflow", "python:larq")
    spec = importlib.util.spec_from_file_location("tinyq_sizes_of_plans", ROOT / "tools" / "sizes.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def files_of(name: str, folder: Path) -> dict[str, Path]:
    """Scheme -> .tflite file, int8 by TensorFlow's converter."""
    sizes, (shape, classes) = sizes_tool(), SHAPES[name]
    model = sizes.network(sizes.Net(name, name, shape, classes))
    x = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    files = {}
    for scheme in ("int8", *sizes.METHODS):
        source, files[scheme] = folder / "net.keras", folder / f"{scheme}.tflite"
        if scheme == "int8":
            model.save(source)
            convert(source, folder / "a8w8.tflite", x, asks=("*=a8w8",), keep_int8=files[scheme])
        else:
            sizes.quantize_model(model, sizes.METHODS[scheme]).save(source)
            convert(source, files[scheme], x)
    return files


def test_every_network_of_the_zoo_is_here() -> None:
    assert set(SHAPES) == {path.parent.name for path in (ROOT / "models").glob("*/model.py")}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_the_arena_is_within_five_percent_of_the_lower_bound(name: str, tmp_path: Path) -> None:
    for scheme, path in files_of(name, tmp_path).items():
        graph = read(path)
        steps = lower(graph)
        for core in CORES:
            for stripes in Stripes:
                plan = lay_out(graph, steps, core, stripes).plan
                assert plan.arena_bytes <= NEAR * plan.lower_bound, (scheme, core, stripes)
        if name == "eeg_eegnet":
            # 64 KiB with a stack of 4
            assert lay_out(graph, steps, "cortex-m4").plan.arena_bytes < 60 * KIB, scheme


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_ternary_networks_of_eeg_need_as_little_ram_as_was_asked(name: str, tmp_path: Path) -> None:
    sizes, (shape, options, kib) = sizes_tool(), TARGETS[name]
    model = sizes.network(sizes.Net(name, name, shape, 4, options))
    sizes.quantize_model(model, sizes.METHODS["a8wt"]).save(tmp_path / "net.keras")
    x = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    convert(tmp_path / "net.keras", tmp_path / "net.tflite", x)
    for where in ("stm32f405", "nrf52840"):
        board = dataclasses.replace(load_board(where), stack_kib=1)  # or what the kernels need
        needed = fitted(read(tmp_path / "net.tflite"), board, Stripes.smallest)[1]
        assert needed.ram_bytes < kib * KIB and needed.stack_bytes >= KIB, where
