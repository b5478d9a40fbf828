"""Trains the small net in a process of its own: to be killed, or to be one of several workers.

One argument, JSON: folder, out, method and, if wanted, run, kill (after so many steps), strategy.
Prints one JSON line: "seen", for each epoch digests of what quantizers hold on each replica here; "loss".
"""

import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import quantized_kernels


class Witness(tf.keras.callbacks.Callback):
    """Writes down what the quantizers of each replica hold."""

    def __init__(self, seen: list[list[str]]) -> None:
        super().__init__()
        self.seen = seen

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        replicas: dict[int, Any] = {}
        for kernel in quantized_kernels(self.model):
            for variable in [*kernel.quantizer.weights, kernel.variable]:
                values = self.model.distribute_strategy.experimental_local_results(variable)
                for i, value in enumerate(values):
                    replicas.setdefault(i, hashlib.sha256()).update(value.numpy().tobytes())
        self.seen.append([found.hexdigest() for found in replicas.values()])


def main() -> None:
    job = json.loads(sys.argv[1])
    strategy = None
    if job.get("strategy") == "mirrored":
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    elif job.get("strategy"):
        from tinyq.training import make_strategy

        strategy = make_strategy(job["strategy"])

    from small_net import small_data

    from tinyq.training import train

    seen: list[list[str]] = []

    def progress(done: int, total: int) -> None:
        if job.get("kill") and done >= job["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)

    history = train(
        job["folder"],
        small_data(),
        method=job["method"],
        out=Path(job["out"]),
        run_dir=Path(job["run"]) if job.get("run") else None,
        resume=bool(job.get("run")),
        checkpoint_every=2 if job.get("run") else None,
        strategy=strategy,
        progress=progress,
        callbacks=lambda stage, model: [Witness(seen)],
    )
    sys.stdout.write(json.dumps({"seen": seen, "loss": history.stages[-1].loss}) + "\n")


if __name__ == "__main__":
    main()
