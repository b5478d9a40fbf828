"""Dropout and its kind, made resumable: their random numbers come from a state that can be saved.

By default tf-keras draws them from a kernel inside the compiled step, which nobody can read; its other way,
`tf.random.Generator`, has a variable, but leaves it out of checkpoints.
"""

from __future__ import annotations

import numpy as np

from tinyq.quantizers.larq_api import tf


def seed_random_layers(model: tf.keras.Model, seed: tuple[int, ...]) -> dict[str, tf.random.Generator]:
    """Give every layer that draws random numbers a generator of its own, a function of `seed` and its place.

    Made under a tf.distribute strategy, each replica draws other numbers. Layers that call tf.random by
    themselves (a Lambda, a user's own) are not reached: they train, but do not resume bit for bit.

    Returns:
        the generators, by number of the layer; to be saved with the model.

    Example:
        >>> net = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dropout(0.5)])
        >>> list(seed_random_layers(net, (0, 1)))
        ['0']
    """
    found: dict[str, tf.random.Generator] = {}
    for layer in model.submodules:
        held = getattr(layer, "_random_generator", None)  # of Keras' BaseRandomLayer; there is no public name
        if not isinstance(layer, tf.keras.layers.Layer) or held is None:
            continue
        number = int(np.random.SeedSequence([*seed, len(found)]).generate_state(1)[0] >> 1)
        held = type(held)(number, rng_type="stateful")
        held._maybe_init()
        layer._random_generator = held
        found[str(len(found))] = held._generator
    return found
