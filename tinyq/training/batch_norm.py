"""Statistics of batch norms, taken anew when the weights are final."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyq.quantizers.larq_api import tf
from tinyq.quantizers.models import named_layers

BATCH = 512


def reestimate_batch_norms(model: tf.keras.Model, x: npt.NDArray[np.float32], samples: int) -> int:
    """Set the moving mean and variance of every batch norm to those of the weights as they are now.

    Quantized weights change by whole levels, so the moving averages that a training leaves are those of nets
    that were. Here batches of `x` pass the net with their own statistics, whose mean is kept; dropout is off,
    as it is when the net is used. Nothing else of the model changes.

    Args:
        model: float32; changed in place.
        x: training samples [n, *sample], of which `samples` are taken at equal distances.
        samples: how many; 0: nothing is done.

    Returns:
        How many batch norms there are.

    Source: Nagel et al., Overcoming Oscillations in Quantization-Aware Training, arXiv 2203.11086.

    Example:
        >>> net = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.BatchNormalization()])
        >>> reestimate_batch_norms(net, np.float32([[1, 10], [3, 30]]), samples=2)
        1
        >>> net.layers[0].moving_mean.numpy().tolist()
        [2.0, 20.0]
    """
    layers = [layer for _, layer in named_layers(model)]
    norms = [layer for layer in layers if isinstance(layer, tf.keras.layers.BatchNormalization)]
    count = min(samples, len(x))
    if not norms or not count:
        return len(norms)
    chosen = np.linspace(0, len(x) - 1, count).round().astype(np.int64)
    changed = [
        (layer, "rate", layer.rate) for layer in layers if isinstance(getattr(layer, "rate", None), float)
    ]
    changed += [(norm, "momentum", norm.momentum) for norm in norms]
    statistics = [variable for norm in norms for variable in (norm.moving_mean, norm.moving_variance)]
    sums = [np.zeros(variable.shape, np.float64) for variable in statistics]
    try:
        for layer, name, _ in changed:
            setattr(layer, name, 0.0)
        for first in range(0, count, BATCH):
            batch = chosen[first : first + BATCH]
            model(x[batch], training=True)
            for total, variable in zip(sums, statistics, strict=True):
                total += variable.numpy() * (len(batch) / count)
    finally:
        for layer, name, value in changed:
            setattr(layer, name, value)
    for total, variable in zip(sums, statistics, strict=True):
        variable.assign(total.astype(np.float32))
    return len(norms)
