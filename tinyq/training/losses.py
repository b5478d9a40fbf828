"""The loss and the accuracy of a stage, from targets that carry what a teacher said."""

from __future__ import annotations

from tinyq.quantizers.larq_api import tf


class StageLoss(tf.keras.losses.Loss):
    """Cross-entropy with the labels, and `distill` of it with the teacher's softened outputs instead.

    The teacher's part is scaled by temperature^2 so that its gradient does not shrink with it. The teacher
    is not part of the model that is trained: `Feed` puts its outputs behind the labels, so every model,
    quantizer and tf.distribute strategy can be taught.

    Args:
        classes: width of the labels.
        distill: weight of the teacher's outputs, 0 to 1; 0 means targets hold labels alone.
        temperature: that the teacher's outputs were softened with.

    Shapes:
        targets [n, classes], or [n, 2 * classes] with a teacher's probabilities last; logits [n, classes].

    Source: Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, arXiv 1503.02531, section 2.

    Example:
        >>> loss = StageLoss(2)
        >>> round(float(loss(tf.constant([[1.0, 0.0]]), tf.constant([[0.0, 0.0]]))), 4)
        0.6931
    """

    def __init__(self, classes: int, distill: float = 0.0, temperature: float = 1.0) -> None:
        super().__init__(name="stage_loss")
        self.classes, self.distill, self.temperature = classes, distill, temperature

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Loss of every sample [n], float32."""
        logits = tf.cast(y_pred, tf.float32)
        labels = y_true[:, : self.classes]
        loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        if not self.distill:
            return loss
        softened = y_true[:, self.classes :]
        taught = tf.nn.softmax_cross_entropy_with_logits(softened, logits / self.temperature)
        return (1 - self.distill) * loss + self.distill * self.temperature**2 * taught

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"classes": self.classes, "distill": self.distill, "temperature": self.temperature}


class StageAccuracy(tf.keras.metrics.MeanMetricWrapper):
    """Fraction of samples whose largest logit is that of the label; targets as `StageLoss` takes them."""

    def __init__(self, classes: int, name: str = "accuracy") -> None:
        self.classes = classes
        super().__init__(self._hits, name=name)

    def _hits(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        found = tf.argmax(y_pred, axis=-1) == tf.argmax(y_true[:, : self.classes], axis=-1)
        return tf.cast(found, tf.float32)

    def get_config(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"classes": self.classes, "name": self.name}
