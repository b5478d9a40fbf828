"""A training that has gone wrong, named in anybody's `fit`."""

from __future__ import annotations

from typing import Any

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf
from tinyq.training.guard import bad_weights, finite_weights


class StopNotFinite(tf.keras.callbacks.Callback):
    """Ends a training whose weights are no longer finite, at the end of the epoch, and says which layers.

    One number an epoch leaves the device.

    Raises:
        TrainError: in `fit`: the first layers whose weights are NaN or infinite.

    Example:
        >>> layers = [tf.keras.Input((2,)), tf.keras.layers.Dense(1, name="out")]
        >>> net = tf.keras.Sequential(layers, name="net")
        >>> net.compile("sgd", "mse")
        >>> x, y = tf.fill((4, 2), float("nan")), tf.zeros((4, 1))
        >>> net.fit(x, y, verbose=0, callbacks=[StopNotFinite()])
        Traceback (most recent call last):
        tinyq.core.errors.TrainError: model net, epoch 1 of 1: not finite: out/kernel, out/bias
          allowed: finite weights
          remedy:  look for NaN or infinite samples; else lower the learning rate, or clip gradients
    """

    def on_train_begin(self, logs: Any = None) -> None:
        """Compile the test for this model."""
        self._finite = finite_weights(self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Test once."""
        if not bool(self._finite()):
            raise TrainError(
                f"model {self.model.name}, epoch {epoch + 1} of {self.params['epochs']}",
                bad_weights(self.model),
                "finite weights",
                "look for NaN or infinite samples; else lower the learning rate, or clip gradients",
            )
