"""What a stage trains on: batches in an order, and with an augmentation, that depend on position alone.

The batches of an epoch are made in chunks of some steps by NumPy, in a thread beside the training. Chunk c of
epoch e is a function of (seed, stage, e, c): a training that goes on anywhere sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import TrainError
from tinyq.datasets import Dataset
from tinyq.quantizers.larq_api import tf
from tinyq.training.augment import AUGMENTATIONS
from tinyq.training.recipes import Stage

Float32 = npt.NDArray[np.float32]
Teach = Callable[[Float32], Float32]
CHUNK_BYTES = 1 << 24  # of samples that are augmented at a time


@dataclass(frozen=True, order=True)
class Position:
    """Where a stage is: `step` batches into `epoch`, both from 0."""

    epoch: int = 0
    step: int = 0


class Feed:
    """The training set of one stage, batch by batch.

    Args:
        data: its training part is used.
        stage: batch, augment, label_smoothing.
        seed: (the user's, the stage's number).
        teacher: a model with the same outputs; if `stage.distill`, they come softened behind the labels.

    Attributes:
        batch: samples a step, of all replicas together.
        steps: batches an epoch; samples that fill no batch sit out one epoch.
    """

    def __init__(
        self, data: Dataset, stage: Stage, seed: tuple[int, int], teacher: tf.keras.Model | None = None
    ) -> None:
        self.batch = min(stage.batch, len(data.x_train))
        self.steps = len(data.x_train) // self.batch
        self._data, self._stage, self._seed = data, stage, seed
        self._teach = None if teacher is None or not stage.distill else _softened(teacher, stage.temperature)
        sample = data.x_train[0].nbytes
        self._chunk = max(1, min(self.steps, CHUNK_BYTES // (sample * self.batch)))

    @property
    def classes(self) -> int:
        """Number of classes: labels are that wide, and twice that with a teacher."""
        return len(self._data.classes)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Of one sample of x."""
        return self._data.input_shape

    @property
    def width(self) -> int:
        """Of the targets of one sample."""
        return self.classes * (1 if self._teach is None else 2)

    def chunks(self, start: Position, epochs: int, part: slice) -> Iterator[tuple[Float32, Float32]]:
        """x [steps, batch, *sample] and targets [steps, batch, width] from `start` to the end of `epochs`.

        Args:
            part: which samples of every batch are wanted.
        """
        skipped = start.step
        for epoch in range(start.epoch, epochs):
            order = np.random.default_rng([*self._seed, epoch]).permutation(len(self._data.x_train))
            for first in range(0, self.steps, self._chunk):
                many = min(self._chunk, self.steps - first)
                if skipped >= many:
                    skipped -= many
                    continue
                chosen = order[first * self.batch : (first + many) * self.batch]
                # + 1: NumPy takes (..., epoch, 0) for (..., epoch), the seed of the order.
                x, y = self._made(chosen, np.random.default_rng([*self._seed, epoch, 1 + first]))
                yield self._cut(x, y, skipped, part)
                skipped = 0

    def _made(self, chosen: npt.NDArray[np.int64], random: np.random.Generator) -> tuple[Float32, Float32]:
        """Augmented samples [n, *sample] and smoothed labels [n, classes]."""
        smoothing = np.float32(self._stage.label_smoothing)
        labels = np.eye(self.classes, dtype=np.float32)[self._data.y_train[chosen]]
        x = AUGMENTATIONS[self._stage.augment](self._data.x_train[chosen], random)
        return x, labels * (1 - smoothing) + smoothing / self.classes

    def _cut(self, x: Float32, y: Float32, skipped: int, part: slice) -> tuple[Float32, Float32]:
        x = x.reshape(-1, self.batch, *x.shape[1:])[skipped:, part]
        y = y.reshape(-1, self.batch, self.classes)[skipped:, part]
        if self._teach is not None:
            y = np.concatenate([y, np.stack([self._teach(one) for one in x])], axis=-1)
        return x, y

    def dataset(self, start: Position, epochs: int, strategy: tf.distribute.Strategy) -> tf.data.Dataset:
        """Batches from `start` on, for `fit`; shared among the replicas of `strategy`."""
        if strategy.num_replicas_in_sync == 1:
            return self._pipeline(start, epochs, slice(None), 1)
        if self.batch % strategy.num_replicas_in_sync:
            raise TrainError(
                f"[{self._stage.weights}] batch",
                f"{self.batch} samples for {strategy.num_replicas_in_sync} replicas",
                f"a multiple of {strategy.num_replicas_in_sync}",
            )
        return strategy.distribute_datasets_from_function(
            lambda context: self._shared(start, epochs, context)
        )

    def _shared(self, start: Position, epochs: int, context: tf.distribute.InputContext) -> tf.data.Dataset:
        # Workers make all samples and keep theirs, so that together they see what one would see.
        mine = self.batch // context.num_input_pipelines
        first = context.input_pipeline_id * mine
        replicas = context.num_replicas_in_sync // context.num_input_pipelines
        return self._pipeline(start, epochs, slice(first, first + mine), replicas)

    def _pipeline(self, start: Position, epochs: int, part: slice, replicas: int) -> tf.data.Dataset:
        sample = self._data.input_shape
        batch = len(range(*part.indices(self.batch))) // replicas
        shapes = ((None, batch, *sample), (None, batch, self.width))

        def generate() -> Iterator[tuple[Float32, Float32]]:
            for x, y in self.chunks(start, epochs, part):
                yield x.reshape(-1, *shapes[0][1:]), y.reshape(-1, *shapes[1][1:])

        made = tf.data.Dataset.from_generator(
            generate, output_signature=tuple(tf.TensorSpec(shape, tf.float32) for shape in shapes)
        )
        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
        return made.prefetch(1).unbatch().prefetch(2).with_options(options)


def _softened(teacher: tf.keras.Model, temperature: float) -> Teach:
    run = tf.function(lambda x: tf.nn.softmax(teacher(x, training=False) / temperature))
    return lambda x: np.asarray(run(tf.constant(x)))
