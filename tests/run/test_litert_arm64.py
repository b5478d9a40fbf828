"""The aarch64 wheel under qemu-aarch64-static: LiteRT on ARM64 gives the integers of the NumPy reference.

TINYQ_ARM64_ROOT is a folder into which Debian's arm64 packages of Python 3 are unpacked (python3.11-minimal,
libpython3.11-stdlib, libc6, libgcc-s1, libstdc++6 and what they need), TINYQ_ARM64_SITE one with the aarch64
wheels of ai-edge-litert and of what it needs, unpacked (numpy, ml_dtypes, flatbuffers, protobuf, tqdm,
typing_extensions, backports.strenum).
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from deploy_nets import NETS, samples
from tools_required import need
from zoo_files import SHAPES, zoo_file

from tinyq.evaluate.interpreter import Interpreter
from tinyq.graph import Graph, read, serialize

pytestmark = [pytest.mark.arm64, pytest.mark.slow]
ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import json, platform, sys
import numpy as np
from tinyq.run import litert
folder = sys.argv[1]
with np.load(f"{folder}/inputs.npz") as archive:
    inputs = [archive[name] for name in archive.files]
np.savez(f"{folder}/outputs.npz", *litert.predict(f"{folder}/model.tflite", inputs))
print(json.dumps([platform.machine(), str(litert.library())]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tinyq's aarch64 wheel, unpacked."""
    need("aarch64-linux-gnu-gcc", "qemu-aarch64-static", "cmake", "python:hatchling")
    folder = tmp_path_factory.mktemp("arm64")
    command = [*(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")]
    environment = {**os.environ, "TINYQ_LITERT_AARCH64": "1"}
    subprocess.run([*command, "-w", folder, ROOT], env=environment, check=True, capture_output=True)
    (built,) = folder.glob("tinyq-*.whl")
    assert built.name.endswith("-py3-none-linux_aarch64.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_a_library_for_aarch64(wheel: Path) -> None:
    library = (wheel / "tinyq/_litert/libtinyq_litert.so").read_bytes()
    assert library[:4] == b"\x7fELF"
    assert int.from_bytes(library[18:20], "little") == 183
    assert b"tflite_plugin_create_delegate\0" in library


def predict_on_arm64(wheel: Path, graph: Graph, x: list[np.ndarray], folder: Path) -> list[np.ndarray]:
    """The model's outputs from LiteRT in an arm64 Python."""
    root, site = (os.environ.get(f"TINYQ_ARM64_{name}") for name in ("ROOT", "SITE"))
    if not root or not site:
        pytest.skip("TINYQ_ARM64_ROOT and TINYQ_ARM64_SITE name no arm64 Python")
    (folder / "model.tflite").write_bytes(serialize(graph))
    np.savez(folder / "inputs.npz", *x)
    (python,) = (Path(root) / "usr/bin").glob("python3.?*")
    done = subprocess.run(
        ["qemu-aarch64-static", "-L", root, python, "-c", PROGRAM, folder],
        env={"PYTHONPATH": f"{wheel}:{site}", "PYTHONHOME": f"{root}/usr", "PATH": os.environ["PATH"]},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    machine, library = json.loads(done.stdout.splitlines()[-1])
    assert (machine, Path(library).parent) == ("aarch64", wheel / "tinyq/_litert")
    with np.load(folder / "outputs.npz") as archive:
        return [archive[name] for name in archive.files]


@pytest.mark.parametrize("net", ["ternary", "bits", "few_bits"])
def test_small_networks_give_the_references_integers_on_arm64(net: str, wheel: Path, tmp_path: Path) -> None:
    graph = NETS[net]()
    x = samples(graph, 2)
    got = predict_on_arm64(wheel, graph, x, tmp_path)
    for number in range(2):
        wanted = Interpreter(graph).run([array[number] for array in x])
        for mine, theirs in zip(got, wanted, strict=True):
            assert mine[number].tobytes() == theirs.tobytes()


@pytest.mark.train
@pytest.mark.parametrize("name", list(SHAPES))
def test_a_real_network_gives_the_references_integers(name: str, wheel: Path, tmp_path: Path) -> None:
    graph = read(zoo_file(name, tmp_path))
    x = np.random.default_rng(4).integers(-128, 128, (4, *SHAPES[name][0])).astype(np.int8)
    (got,) = predict_on_arm64(wheel, graph, [x], tmp_path)
    (wanted,) = Interpreter(graph).predict(x)
    assert len(np.unique(wanted)) > 4
    assert got.tobytes() == wanted.tobytes()
