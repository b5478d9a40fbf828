"""Where a stage is, on disk: everything that its next step depends on."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.training.distribution import is_chief

KEPT = 3  # of the checkpoints of a stage
_UNREADABLE = (tf.errors.OpError, AssertionError, ValueError, KeyError, RuntimeError)


class _State(tf.train.experimental.PythonState):
    """Plain data in a checkpoint."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def serialize(self) -> str:
        return json.dumps(self.data)

    def deserialize(self, string_value: str | bytes) -> None:
        self.data = json.loads(string_value)


class _Replicas:
    """Variables that differ between replicas, as the moving averages of batch norms do.

    A checkpoint of TensorFlow's holds their mean, and gives that to every replica: the average goes on from
    there, but no longer to the last bit.
    """

    def __init__(self, model: tf.keras.Model) -> None:
        self._strategy = model.distribute_strategy
        count = self._strategy.num_replicas_in_sync
        on_read = tf.VariableSynchronization.ON_READ
        of_model = model.variables if count > 1 else []
        self._variables = [v for v in of_model if getattr(v, "synchronization", None) == on_read]
        self.kept = [tf.Variable(tf.zeros((count, *v.shape), v.dtype)) for v in self._variables]
        self._read, self._write = tf.function(self._reading), tf.function(self._writing)

    def collect(self) -> None:
        """Fill `kept`, [replicas, ...] each."""
        if self.kept:
            for kept, values in zip(self.kept, self._strategy.run(self._read), strict=True):
                kept.assign(self._strategy.gather(values, axis=0))

    def hand_out(self) -> None:
        """Give each replica what it had."""
        if self.kept:
            self._strategy.run(self._write)

    def _reading(self) -> list[tf.Tensor]:
        return [tf.convert_to_tensor(v)[None] for v in self._variables]

    def _writing(self) -> None:
        number = tf.distribute.get_replica_context().replica_id_in_sync_group
        for variable, kept in zip(self._variables, self.kept, strict=True):
            variable.assign(kept[number])


class Checkpoints:
    """The checkpoints of one stage.

    A checkpoint holds the weights with the variables of quantizers (masks, thresholds, schedules' values),
    the optimizer with its step count, the random state of Dropout and its kind, what each replica has of
    its own (batch-norm statistics), and plain data of the caller's: the position in the data and the losses
    so far. TensorFlow writes it beside the others and
    renames it, so a process may be killed while it does.

    Args:
        folder: is made if need be; all workers of a tf.distribute strategy must see it.
        every: optimizer steps between checkpoints within an epoch; None: at the ends of epochs alone.

    Raises:
        TrainError: `every` is less than 1.
    """

    def __init__(self, folder: Path, every: int | None = None) -> None:
        if every is not None and every < 1:
            raise TrainError("checkpoint_every", str(every), "1 step or more")
        self.folder, self.every = folder, every
        self._state = _State()
        self._spare: Path | None = None  # of a worker that is not the first: TensorFlow has all of them write

    def track(
        self,
        model: tf.keras.Model,
        optimizer: tf.keras.optimizers.Optimizer,
        generators: dict[str, tf.random.Generator],
    ) -> None:
        """What to save and restore; all variables exist already."""
        if not is_chief(model.distribute_strategy):
            self._spare = Path(tempfile.mkdtemp(prefix="tinyq-worker-"))
        self._replicas = _Replicas(model)
        self._checkpoint = tf.train.Checkpoint(
            model=model,
            optimizer=optimizer,
            state=self._state,
            **{f"random_{name}": generator for name, generator in generators.items()},
            **{f"replicas_{i}": values for i, values in enumerate(self._replicas.kept)},
        )
        self._manager = tf.train.CheckpointManager(
            self._checkpoint, str(self._spare or self.folder), max_to_keep=KEPT, checkpoint_name="step"
        )

    def save(self, number: int, data: dict[str, Any]) -> None:
        """Write a checkpoint.

        Args:
            number: of the optimizer step: higher is later.
            data: plain data that `restore` gives back.
        """
        self._state.data = data
        self._replicas.collect()
        try:
            self._manager.save(checkpoint_number=number)
        except (tf.errors.OpError, OSError) as error:
            raise TrainError(
                str(self.folder), f"no checkpoint can be written: {_first_line(error)}", "room on the disk"
            ) from error

    def restore(self) -> dict[str, Any] | None:
        """Take up the newest checkpoint that can be read.

        Returns:
            its data; None where there is no checkpoint.

        Raises:
            TrainError: there are checkpoints, and none can be read.

        Warns:
            UserWarning: one is damaged; the one before it is taken.
        """
        found = sorted(self.folder.glob("step-*.index"), key=_number, reverse=True)
        for path in found:
            try:
                self._checkpoint.restore(str(path.with_suffix(""))).assert_existing_objects_matched()
                self._replicas.hand_out()
                return dict(self._state.data)
            except _UNREADABLE as error:
                warnings.warn(
                    f"{path.with_suffix('')}: a damaged checkpoint ({_first_line(error)}); "
                    "training goes on from the one before",
                    stacklevel=2,
                )
        if found:
            raise TrainError(
                str(self.folder),
                f"none of its {len(found)} checkpoints can be read",
                remedy="remove the folder: the stage starts anew",
            )
        return None

    def close(self) -> None:
        """Remove what a worker that is not the first had to write."""
        if self._spare is not None:
            shutil.rmtree(self._spare, ignore_errors=True)


def _number(index: Path) -> int:
    digits = index.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else -1


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
