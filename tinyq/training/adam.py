"""Adam that can begin anew in the middle of a training."""

from __future__ import annotations

from typing import Any

from tinyq.quantizers.larq_api import register, tf


@register
class RestartableAdam(tf.keras.optimizers.Adam):
    """Keras' Adam with `restart()`: moments of zero, and a bias correction that counts from there.

    Keras counts the steps of the bias correction with the schedule of the learning rate; cleared moments
    alone would make the steps that follow up to 6.5 times too large (b1 = 0.9, b2 = 0.999).
    """

    def build(self, var_list: Any) -> None:
        """Make the moments, and the count of steps before the last restart."""
        super().build(var_list)
        if not hasattr(self, "restarted_at"):
            with tf.init_scope():
                self.restarted_at = tf.Variable(
                    0,
                    dtype=tf.int64,
                    trainable=False,
                    aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
                    name="restarted_at",
                )
            self._variables.append(self.restarted_at)  # what a .keras file holds of an optimizer

    def restart(self) -> None:
        """Forget all gradients seen so far; the schedule of the learning rate goes on."""
        if not getattr(self, "_built", False):
            return  # it has seen none
        for moments in (self._momentums, self._velocities, getattr(self, "_velocity_hats", [])):
            for moment in moments:
                moment.assign(tf.zeros_like(moment))
        self.restarted_at.assign(self._iterations)

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable) -> None:
        """One variable's step, with the count since the last restart."""
        self._since_restart = True
        try:
            super().update_step(gradient, variable)
        finally:
            self._since_restart = False

    @property
    def iterations(self) -> Any:
        """Steps so far; within a variable's step, those since the last restart."""
        counted = tf.keras.optimizers.Adam.iterations.fget(self)
        return counted - self.restarted_at if getattr(self, "_since_restart", False) else counted

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        tf.keras.optimizers.Adam.iterations.fset(self, variable)
