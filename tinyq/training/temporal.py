"""Long (1, K) and tall (H, 1) convolutions by other products of the same numbers, for training on a CPU.

TensorFlow's CPU kernels are made for many channels. EEGNet's first convolution has one input channel and a
long kernel, its second sums over all electrodes of each channel by itself: both are rewritten here as dense
products, forward and backward (by differentiation of the rewriting). Layers, classes and files stay as they
are; sums are taken in another order, so results agree within float rounding.
"""

from __future__ import annotations

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf

SAMPLES = 16  # output samples that one row of the block-Toeplitz product gives

# Where the rewriting wins, by shape alone: a choice by the clock would differ when a run is resumed, and with
# it the last bits of the weights. Derived from the tables of `make bench-training`, docs/training-speed.md.
SHORTEST = 24  # taps
MOST_FILTERS = 12  # from 16 on, oneDNN's blocked convolution is as fast
MOST_INPUTS = 4
SPATIAL_SHORTEST = 8
SPATIAL_MOST_CHANNELS = 8


def toeplitz_convolution(x: tf.Tensor, kernel: tf.Tensor, padding: str, samples: int = SAMPLES) -> tf.Tensor:
    """A convolution along the last axis but one, stride 1, as a product with a block-Toeplitz matrix.

    Forward: y[..., t, f] = sum over k, c of x[..., t + k - left, c] kernel[k, c, f]. Each row of the product
        holds a window of the signal and gives `samples` outputs; column block r of the matrix is the kernel,
        moved down by r taps. The windows overlap by whole blocks of `samples`: the product is computed as a
        convolution over blocks, of many channels to many.

    Backward: that of the product, so also to a quantized kernel's latent weights.

    Args:
        x: [..., time, channels]; time and channels are known, other axes need not be.
        kernel: [K, channels, filters], with axes of size 1 before them or not.
        padding: "SAME" (zeros; an even K has one more after than before) or "VALID".
        samples: outputs a row.

    Returns:
        [..., time or time - K + 1, filters], dtype of x.

    Raises:
        TrainError: another padding, or time or channels unknown.

    Source: Golub, Van Loan: Matrix Computations, 4th ed., section 4.7 (Toeplitz matrices).

    Example:
        >>> x, kernel = tf.reshape(tf.range(5.0), [1, 5, 1]), tf.ones([2, 1, 1])
        >>> toeplitz_convolution(x, kernel, "VALID")[0, :, 0].numpy().tolist()
        [1.0, 3.0, 5.0, 7.0]
    """
    length, channels = x.shape[-2:]
    taps, filters = kernel.shape[-3], kernel.shape[-1]
    if padding not in ("SAME", "VALID") or length is None or channels is None:
        raise TrainError(
            "toeplitz_convolution",
            f"padding {padding!r}, input {x.shape}",
            "SAME or VALID; known time and channels",
        )
    outputs = length if padding == "SAME" else length - taps + 1
    blocks = signal_blocks(x, taps, padding, samples)
    y = tf.nn.conv2d(blocks, toeplitz_kernel(kernel, samples), strides=1, padding="VALID")
    y = cut(tf.reshape(y, [-1, -(-outputs // samples) * samples * filters]), 0, outputs * filters)
    return tf.reshape(y, tf.concat([tf.shape(x)[:-2], [outputs, filters]], axis=0))


def signal_blocks(x: tf.Tensor, taps: int, padding: str, samples: int = SAMPLES) -> tf.Tensor:
    """The signals x [..., time, channels], padded, as blocks: [signals, 1, blocks, samples * channels].

    A convolution of them by `toeplitz_kernel`, over neighbouring blocks, gives `samples` outputs each time.
    """
    length, channels = x.shape[-2:]
    left = (taps - 1) // 2 if padding == "SAME" else 0
    outputs = length if padding == "SAME" else length - taps + 1
    blocks = -(-outputs // samples) + _reach(taps, samples) - 1
    signal = tf.reshape(x, [-1, length * channels])
    signal = tf.pad(signal, [[0, 0], [left * channels, (blocks * samples - left - length) * channels]])
    return tf.reshape(signal, [-1, 1, blocks, samples * channels])


def signal_windows(x: tf.Tensor, taps: int, padding: str, samples: int = SAMPLES) -> tf.Tensor:
    """What each row of outputs sees: [signals * rows, window] of x [..., time, channels].

    A signal gives ceil(outputs / samples) rows; the last one's outputs may go beyond its end.
    """
    blocks = signal_blocks(x, taps, padding, samples)
    block, reach = blocks.shape[3], _reach(taps, samples)
    signal = tf.reshape(blocks, [-1, blocks.shape[2] * block])
    rows = blocks.shape[2] - reach + 1
    parts = [cut(signal, i * block, rows * block) for i in range(reach)]
    return tf.concat([tf.reshape(part, [-1, block]) for part in parts], axis=1)


def _reach(taps: int, samples: int) -> int:
    """Blocks of `samples` inputs that a row of outputs sees."""
    return 1 + -(-(taps - 1) // samples)


def cut(rows: tf.Tensor, start: int, length: int) -> tf.Tensor:
    """rows[:, start : start + length]. The gradient of a slice is tf.pad, ten times slower than tf.concat."""
    rest = rows.shape[1] - start - length
    return rows if start == rest == 0 else tf.split(rows, [start, length, rest], axis=1)[1]


def toeplitz_matrix(kernel: tf.Tensor, samples: int = SAMPLES) -> tf.Tensor:
    """[blocks * samples * channels, samples * filters] of a kernel [..., K, channels, filters].

    A row of zero-padded kernels, each one step longer than the window: cut to windows, each starts one step
    later in the kernel than the one before. No gather, whose gradient would be a scatter.
    """
    taps, channels, filters = kernel.shape[-3:]
    window = _reach(taps, samples) * samples * channels
    longer = tf.pad(
        tf.reshape(kernel, [taps * channels, filters]), [[0, window + (1 - taps) * channels], [0, 0]]
    )
    shifted = tf.reshape(tf.tile(longer, [samples, 1])[: samples * window], [samples, window, filters])
    return tf.reshape(tf.transpose(shifted, [1, 0, 2]), [window, samples * filters])


def toeplitz_kernel(kernel: tf.Tensor, samples: int = SAMPLES) -> tf.Tensor:
    """`toeplitz_matrix` for a convolution of blocks: [1, blocks, samples * channels, samples * filters]."""
    channels, filters = kernel.shape[-2:]
    return tf.reshape(toeplitz_matrix(kernel, samples), [1, -1, samples * channels, samples * filters])


def dense_depthwise(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """A depthwise convolution, stride 1, VALID, as an ordinary one whose other weights are zero.

    Forward: y[..., c * multiplier + m] = the sum of channel c with kernel[:, :, c, m].

    Backward: that of the convolution; what belongs to the zeros is dropped.

    Args:
        x: [n, h, w, channels].
        kernel: [height, width, channels, multiplier].

    Returns:
        [n, h - height + 1, w - width + 1, channels * multiplier], dtype of x.

    Source: Lawhern et al.: EEGNet, arXiv 1611.08024, table 2 (the spatial filters).

    Example:
        >>> dense_depthwise(tf.ones([1, 2, 1, 2]), tf.reshape(tf.range(4.0), [2, 1, 2, 1])).numpy().tolist()
        [[[[2.0, 4.0]]]]
    """
    height, width, channels, multiplier = kernel.shape
    own = tf.eye(channels, dtype=kernel.dtype)[:, :, None]
    dense = own * kernel[:, :, :, None, :]
    dense = tf.reshape(dense, [height, width, channels, channels * multiplier])
    return tf.nn.conv2d(x, dense, strides=1, padding="VALID")


def wins(kind: str, kernel_shape: tuple[int, ...]) -> bool:
    """Whether the rewriting is faster than TensorFlow's kernel for this kernel on a CPU.

    Args:
        kind: "Conv1D", "Conv2D" or "DepthwiseConv2D".
        kernel_shape: as Keras has it: (K, c, filters), (h, w, c, filters) or (h, w, c, multiplier).

    Example:
        >>> wins("Conv2D", (1, 64, 1, 8)), wins("Conv2D", (3, 3, 1, 8))
        (True, False)
    """
    *size, channels, filters = kernel_shape
    if kind == "DepthwiseConv2D":
        height, width = size
        few = channels <= SPATIAL_MOST_CHANNELS and filters > 1
        return few and width == 1 and height >= SPATIAL_SHORTEST
    if any(n != 1 for n in size[:-1]):
        return False
    return size[-1] >= SHORTEST and channels <= MOST_INPUTS and filters <= MOST_FILTERS
