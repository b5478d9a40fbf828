"""EEGNet's head as one: (1, K) convolution -> batch norm -> depthwise (H, 1) convolution over all H rows.

All three are linear once the batch's moments are known, so electrodes are mixed first and filtered then:
rows fall from electrodes * filters to filters * multiplier. The convolution itself is needed for its moments
alone, and has no backward pass: their gradient is a quadratic form in the second moments of the input.
"""

from __future__ import annotations

import numpy as np

from tinyq.quantizers.larq_api import tf
from tinyq.training.temporal import (
    SAMPLES,
    cut,
    signal_blocks,
    signal_windows,
    toeplitz_convolution,
    toeplitz_kernel,
    toeplitz_matrix,
)


def batch_moments(x: tf.Tensor, kernel: tf.Tensor, padding: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of a convolution's outputs, as batch norm takes them.

    Forward: those of y = `toeplitz_convolution(x, kernel, padding)`, by TensorFlow's own batch norm; the
        outputs at a signal's end that fill no row apart from the others.

    Backward: d mean / d kernel = s / n; d variance / d kernel = 2 (G kernel - mean s) / (n - 1); s the sum
        of the windows of all n outputs, G that of window window'. The same sums in another order.

    Args:
        x: [n, h, time, 1].
        kernel: [1, K, 1, filters].
        padding: "SAME" or "VALID".

    Returns:
        mean [filters]; variance [filters], divided by the number of outputs less one.

    Source: Ioffe, Szegedy: Batch Normalization, arXiv 1502.03167, algorithm 1.

    Example:
        >>> x = tf.reshape([1.0, 3.0, 5.0], [1, 1, 3, 1])
        >>> [m.numpy().tolist() for m in batch_moments(x, tf.ones([1, 1, 1, 1]), "SAME")]
        [[3.0], [4.0]]
    """

    @tf.custom_gradient
    def moments(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        blocks = signal_blocks(x, kernel.shape[-3], padding)
        count, mean, variance = _moments(blocks, kernel, _outputs(x, kernel, padding))

        def gradient(to_mean: tf.Tensor, to_variance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            linear = 2.0 * to_variance / tf.maximum(count - 1.0, 1.0)  # as TensorFlow divides a single output
            constant = to_mean / count - linear * mean
            with tf.GradientTape() as tape:  # dropped by TensorFlow where x needs no gradient
                tape.watch(x)
                again = toeplitz_convolution(x, kernel, padding)
            to_x = tape.gradient(again, x, linear * again + constant)
            return to_x, _to_kernel(blocks, kernel, _outputs(x, kernel, padding), (linear, constant))

        return (mean, variance), gradient

    return moments(x, kernel)


def _outputs(x: tf.Tensor, kernel: tf.Tensor, padding: str) -> int:
    """Of a signal."""
    return x.shape[-2] if padding == "SAME" else x.shape[-2] - kernel.shape[-3] + 1


def _moments(blocks: tf.Tensor, kernel: tf.Tensor, outputs: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Number, mean and variance of the outputs; those that fill no row of SAMPLES by themselves."""
    rows, rest = divmod(outputs, SAMPLES)
    filters, reach = kernel.shape[-1], blocks.shape[2] + 1 - -(-outputs // SAMPLES)
    matrix = toeplitz_kernel(kernel)
    signals = tf.shape(blocks)[0]
    found = []
    for start, many, kept in ((0, rows, SAMPLES), (rows, 1, rest)):
        if many and kept:
            y = tf.nn.conv2d(blocks[:, :, start : start + many + reach - 1], matrix, 1, "VALID")
            y = tf.reshape(y, [signals, 1, many * SAMPLES, filters])[:, :, : many * kept]
            zero, none = tf.zeros([filters]), tf.zeros([0])
            _, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=y, scale=zero, offset=zero, mean=none, variance=none
            )
            found.append((tf.cast(signals * many * kept, y.dtype), mean, variance))
    return found[0] if len(found) == 1 else _together(*found)


def _together(
    one: tuple[tf.Tensor, tf.Tensor, tf.Tensor], other: tuple[tf.Tensor, tf.Tensor, tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Number, mean and variance of two sets: Chan, Golub, LeVeque, 1979."""
    (count, mean, variance), (more, another, theirs) = one, other
    total = count + more
    squares = variance * tf.maximum(count - 1.0, 1.0) + theirs * tf.maximum(more - 1.0, 1.0)
    squares += (another - mean) ** 2 * count * more / total
    return total, mean + (another - mean) * more / total, squares / (total - 1.0)


def _to_kernel(
    blocks: tf.Tensor, kernel: tf.Tensor, outputs: int, weights: tuple[tf.Tensor, tf.Tensor]
) -> tf.Tensor:
    """The sum over all outputs y of (linear * y + constant) * the window of y, without computing y."""
    rows, rest = divmod(outputs, SAMPLES)
    filters = kernel.shape[-1]
    window = (blocks.shape[2] + 1 - -(-outputs // SAMPLES)) * SAMPLES
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        matrix = toeplitz_matrix(kernel)

    def weighted(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        linear, constant = weights
        second = tf.reshape(tf.matmul(second, matrix), [window, SAMPLES, filters])
        return linear * second + constant * tf.reshape(first, [window, 1, 1])

    total = tf.zeros([window, SAMPLES, filters])
    if rows:
        total += weighted(*_window_sums(blocks, rows, window))
    if rest:
        last = tf.reshape(blocks[:, 0, rows:], [-1, window])
        within = tf.cast(tf.range(SAMPLES) < rest, total.dtype)
        total += weighted(_sum(last), tf.matmul(last, last, transpose_a=True)) * within[:, None]
    return tape.gradient(matrix, kernel, tf.reshape(total, [window, SAMPLES * filters]))


def _sum(rows: tf.Tensor) -> tf.Tensor:
    """Of [n, m] over n, [1, m]: a product, as tf.reduce_sum over many rows takes long."""
    return tf.matmul(tf.ones([1, tf.shape(rows)[0]]), rows)


def _window_sums(blocks: tf.Tensor, rows: int, window: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Sums of the windows of the first `rows` rows and of window window', without making the windows.

    Windows hold `reach` blocks. Block (i, i + l) of the second sum is, over rows r from i on, block r by
    block r + l: for all i the sum from r = 0 on, less its first i terms, and i more at its end.
    """
    reach = window // SAMPLES
    base = blocks[:, :, :rows]
    near = blocks[:, :, : rows + reach - 1]
    lagged = tf.raw_ops.Conv2DBackpropFilter(
        **{"input": near, "filter_sizes": [1, reach, SAMPLES, SAMPLES], "out_backprop": base},
        **{"strides": [1, 1, 1, 1], "padding": "VALID"},
    )  # [1, l, sample of block r + l, sample of block r]
    lagged = tf.reshape(tf.transpose(lagged[0], [2, 0, 1]), [SAMPLES, 1, window])
    ends = []
    for part in (blocks[:, 0, :reach], blocks[:, 0, rows : rows + reach - 1]):
        flat = tf.reshape(part, [-1, part.shape[1] * SAMPLES])
        flat = tf.pad(flat, [[0, 0], [0, window - flat.shape[1]]])
        ends.append(_skewed(tf.matmul(flat, flat, transpose_a=True), reach))
    upper = lagged + tf.cumsum(ends[1] - ends[0], axis=1, exclusive=True)
    second = _unskewed(upper, reach)
    sums = tf.reshape(_sum(tf.reshape(near, [-1, near.shape[2] * SAMPLES])), [-1, SAMPLES])
    sums = tf.pad(tf.cumsum(sums), [[1, 0], [0, 0]])
    return tf.reshape(sums[rows:] - sums[:reach], [window]), second


def _skewed(square: tf.Tensor, reach: int) -> tf.Tensor:
    """[sample of block r, r, l and sample of block r + l] of a matrix of blocks; none beyond its end."""
    window = reach * SAMPLES
    rows = tf.transpose(tf.reshape(square, [reach, SAMPLES, window]), [1, 0, 2])
    flat = tf.pad(tf.reshape(rows, [SAMPLES, reach * window]), [[0, 0], [0, window]])
    return tf.reshape(flat, [SAMPLES, reach, window + SAMPLES])[:, :, :window]


def _unskewed(upper: tf.Tensor, reach: int) -> tf.Tensor:
    """The symmetric matrix of which `upper` is what `_skewed` gives, but for what is beyond its end."""
    window = reach * SAMPLES
    block = np.arange(window) // SAMPLES
    there = (np.arange(reach)[:, None] + block < reach).astype(np.float32)
    flat = tf.reshape(tf.pad(upper * there, [[0, 0], [0, 0], [0, SAMPLES]]), [SAMPLES, -1])
    rows = tf.reshape(flat[:, : reach * window], [SAMPLES, reach, window])
    half = tf.reshape(tf.transpose(rows, [1, 0, 2]), [window, window])
    return half + tf.transpose(half) * (block[:, None] > block).astype(np.float32)


def mix_and_filter(
    x: tf.Tensor, kernel: tf.Tensor, norm: tuple[tf.Tensor, tf.Tensor], spatial: tf.Tensor, padding: str
) -> tf.Tensor:
    """The depthwise convolution of scale * conv(x, kernel) + shift, electrodes first.

    Forward: z[t, f, m] = scale[f] * sum over k of kernel[k, f] * (sum over h of spatial[h, f, m] x[h, t + k])
        + shift[f] * sum over h of spatial[h, f, m].

    Backward: that of the products.

    Args:
        x: [n, h, time, 1]; all but n are known.
        kernel: [1, K, 1, filters].
        norm: scale and shift, [filters] each.
        spatial: [h, 1, filters, multiplier].
        padding: of the first convolution.

    Returns:
        [n, 1, time or time - K + 1, filters * multiplier].

    Source: Lawhern et al.: EEGNet, arXiv 1611.08024, table 2; convolutions along two axes commute.

    Example:
        >>> x, norm = tf.ones([1, 2, 3, 1]), (tf.constant([2.0]), tf.constant([1.0]))
        >>> z = mix_and_filter(x, tf.ones([1, 2, 1, 1]), norm, tf.ones([2, 1, 1, 1]), "VALID")
        >>> z.numpy().ravel().tolist()
        [10.0, 10.0]
    """
    taps, _, filters = kernel.shape[-3:]
    electrodes, length = x.shape[1:3]
    multiplier = spatial.shape[-1]
    outputs = length if padding == "SAME" else length - taps + 1
    scale, shift = norm
    weights = tf.reshape(spatial, [electrodes, filters * multiplier])
    mixed = tf.matmul(weights[None], tf.reshape(x, [-1, electrodes, length]), transpose_a=True)
    mixed = tf.transpose(tf.reshape(mixed, [-1, filters, multiplier, length]), [1, 0, 2, 3])
    windows = signal_windows(mixed[..., None], taps, padding)
    window = windows.shape[1]
    matrix = tf.reshape(toeplitz_matrix(kernel * scale), [window, SAMPLES, filters])
    y = tf.matmul(tf.reshape(windows, [filters, -1, window]), tf.transpose(matrix, [2, 0, 1]))
    y = cut(tf.reshape(y, [-1, -(-outputs // SAMPLES) * SAMPLES]), 0, outputs)
    y = tf.transpose(tf.reshape(y, [filters, -1, multiplier, outputs]), [1, 3, 0, 2])
    border = shift[:, None] * tf.reshape(tf.reduce_sum(weights, axis=0), [filters, multiplier])
    return tf.reshape(y + border, [-1, 1, outputs, filters * multiplier])
