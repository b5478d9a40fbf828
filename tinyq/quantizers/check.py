"""The quantizer's contract as a test that anyone can run on any quantizer."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyq.core.errors import QuantizerError
from tinyq.core.spec import QuantSpec
from tinyq.quantizers.larq_api import tf

Kernel = npt.NDArray[np.float32]

MAX_ARGUMENTS = 5
_SHAPES = ((12, 5), (3, 4, 6), (3, 3, 4, 8), (1, 64, 1, 8))
_MAGNITUDES = (1e-30, 1.0, 1e30)  # training leaves very small latent weights; none may become 0/0 or overflow


def check_quantizer(quantizer: Any) -> None:
    """Run `quantizer` through the whole contract of `tinyq.quantizers`.

    Checked: the configuration holds exactly the constructor's arguments (five at most) and makes an equal
    quantizer; on kernels of 2 to 4 axes, tiny, usual and huge, each with a quantizer that is built, adapted
    and finished for it: shape and dtype are kept, codes are those of the spec, scales have the spec's axes,
    codes * scale is `call(w)` bit for bit, quantizing again changes nothing, `tf.function` gives the same,
    the gradient is finite and not zero; a filter of zeros stays zeros; NaN and infinity are refused by
    `integers`.
    Two checks can be declined by a class attribute: `projection = False` (call(call(w)) need not be call(w))
    and `fixed_scale = True` (the scale does not follow the kernel, so zeros need not stay zeros, and a
    gradient is asked for on kernels of usual magnitude only).

    Args:
        quantizer: any object with call, spec, integers, get_config and from_config.

    Raises:
        QuantizerError: the first check that failed, with numbers.

    Example:
        >>> from tinyq.quantizers import Ternary
        >>> check_quantizer(Ternary(method="exact"))
    """
    _check_methods(quantizer)
    _check_spec(quantizer)
    _check_config(quantizer)
    kernels = _kernels(quantizer.spec().axis)
    ready = [_prepared(quantizer, kernel) for kernel in kernels]
    for check in _KERNEL_CHECKS:
        for prepared, kernel in zip(ready, kernels, strict=True):
            check(prepared, kernel)
    _check_refuses_non_finite(quantizer)


def _prepared(quantizer: Any, kernel: Kernel, from_config: bool = False, finish: bool = True) -> Any:
    """A copy of `quantizer`, built and adapted as a layer does it, and at the end of its schedule."""
    again = from_config or getattr(quantizer, "weights", ())  # a built one fits its own kernel only
    twin = type(quantizer).from_config(quantizer.get_config()) if again else copy.deepcopy(quantizer)
    steps: list[tuple[str, tuple[Any, ...]]] = [("build", (kernel.shape,)), ("adapt", (tf.constant(kernel),))]
    for method, argument in [*steps, ("finish", ())] if finish else steps:
        if callable(getattr(twin, method, None)):
            getattr(twin, method)(*argument)
    twin.built = True
    return twin


def _fail(quantizer: Any, check: str, got: str, allowed: str = "") -> QuantizerError:
    return QuantizerError(f"{type(quantizer).__name__}, check '{check}'", got, allowed)


def _kernels(axis: tuple[int, ...]) -> list[Kernel]:
    """Random kernels, each also with one filter of zeros; of all ranks that `axis` can be used with."""
    rng = np.random.default_rng(20)
    deepest = max((-a for a in axis), default=0)
    kernels = []
    for shape in _SHAPES:
        if len(shape) <= max(deepest, len(axis)):
            continue
        for magnitude in _MAGNITUDES:
            kernel = rng.normal(scale=magnitude, size=shape).astype(np.float32)
            zeroed = kernel.copy()
            zeroed[_first_filter(kernel.ndim, axis)] = 0
            kernels += [kernel, zeroed]
    return kernels


def _first_filter(rank: int, axis: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(0 if a - rank in axis else slice(None) for a in range(rank))


def _check_methods(quantizer: Any) -> None:
    missing = [
        name
        for name in ("call", "spec", "integers", "get_config", "from_config")
        if not callable(getattr(quantizer, name, None))
    ]
    if missing or not callable(quantizer):
        raise _fail(quantizer, "methods", f"no {', '.join(missing or ['__call__'])}")


def _check_spec(quantizer: Any) -> None:
    spec = quantizer.spec()
    if not isinstance(spec, QuantSpec):
        raise _fail(quantizer, "spec", f"spec() is a {type(spec).__name__}", "a QuantSpec")
    if spec != quantizer.spec():
        raise _fail(quantizer, "spec", f"spec() changes: {spec}, then {quantizer.spec()}")


def _check_config(quantizer: Any) -> None:
    parameters = inspect.signature(type(quantizer).__init__).parameters.values()
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)} - {"self"}
    config = quantizer.get_config()
    keys = set(config) - {"name", "trainable", "dtype"}  # every Keras object has these
    if keys != named:
        raise _fail(
            quantizer, "config", f"get_config gives {sorted(keys)}", f"{sorted(named)}, as __init__ takes"
        )
    if len(named) > MAX_ARGUMENTS:
        raise _fail(quantizer, "config", f"{len(named)} constructor arguments", f"at most {MAX_ARGUMENTS}")
    try:
        twin = type(quantizer).from_config(json.loads(json.dumps(config)))
    except TypeError as error:
        raise _fail(quantizer, "config", f"does not survive JSON: {error}", "plain data") from error
    if twin.get_config() != config or twin.spec() != quantizer.spec():
        raise _fail(
            quantizer, "config", f"{config} makes {twin.get_config()}, {twin.spec()}", "an equal quantizer"
        )


def _check_twin(quantizer: Any, kernel: Kernel) -> None:
    twin = _prepared(quantizer, kernel, from_config=True)
    if not _same(_call(twin, kernel), _call(quantizer, kernel)):
        raise _fail(quantizer, "config", "a quantizer made from the config computes something else")


def _call(quantizer: Any, kernel: Kernel) -> Kernel:
    result: Kernel = quantizer(tf.constant(kernel)).numpy()
    return result


def _same(a: Kernel, b: Kernel) -> bool:
    return np.array_equal(a, b, equal_nan=True)


def _differences(a: Kernel, b: Kernel) -> str:
    with np.errstate(all="ignore"):
        largest = np.abs(a.astype(np.float64) - b).max()
    return f"{int((a != b).sum())} of {a.size} weights differ, by at most {largest:.9g} (kernel {a.shape})"


def _check_output(quantizer: Any, kernel: Kernel) -> None:
    result = _call(quantizer, kernel)
    if result.shape != kernel.shape or result.dtype != kernel.dtype:
        got = f"{result.dtype} {result.shape} from {kernel.dtype} {kernel.shape}"
        raise _fail(quantizer, "output", got, "dtype and shape kept")
    if not np.isfinite(result).all():
        raise _fail(
            quantizer,
            "output",
            f"{int((~np.isfinite(result)).sum())} of {result.size} values are not finite "
            f"for weights up to {np.abs(kernel).max():.3g}",
        )


def _check_codes(quantizer: Any, kernel: Kernel) -> None:
    codes, _ = quantizer.integers(kernel)
    if codes.dtype not in (np.int8, np.int16) or codes.shape != kernel.shape:
        raise _fail(quantizer, "codes", f"{codes.dtype} {codes.shape}", f"int8 {kernel.shape}")
    allowed = quantizer.spec().codes
    strange = sorted(set(np.unique(codes).tolist()) - set(allowed))
    if strange:
        raise _fail(quantizer, "codes", f"codes {strange[:8]}", f"{list(allowed)}, as the spec says")


def _check_scale(quantizer: Any, kernel: Kernel) -> None:
    _, scale = quantizer.integers(kernel)
    axis = quantizer.spec().axis
    expected = tuple(n if i - kernel.ndim in axis else 1 for i, n in enumerate(kernel.shape))
    if scale.dtype != np.float32 or scale.shape != expected:
        raise _fail(quantizer, "scale", f"{scale.dtype} {scale.shape}", f"float32 {expected} for axis={axis}")
    if not np.isfinite(scale).all() or (scale < 0).any():
        raise _fail(quantizer, "scale", f"{scale.min()} to {scale.max()}", "finite, not negative")


def _check_product(quantizer: Any, kernel: Kernel) -> None:
    codes, scale = quantizer.integers(kernel)
    result = _call(quantizer, kernel)
    if not _same(codes * scale, result):
        got = f"codes * scale is not call(w): {_differences(codes * scale, result)}"
        raise _fail(quantizer, "product", got, "equal to the last bit")


def _check_idempotence(quantizer: Any, kernel: Kernel) -> None:
    if not getattr(quantizer, "projection", True):
        return
    once = _call(quantizer, kernel)
    twice = _call(quantizer, once)
    if not _same(once, twice):
        raise _fail(quantizer, "idempotence", f"call(call(w)) is not call(w): {_differences(once, twice)}")


def _check_determinism(quantizer: Any, kernel: Kernel) -> None:
    first, second = _call(quantizer, kernel), _call(quantizer, kernel)
    if not _same(first, second):
        raise _fail(quantizer, "determinism", f"two calls differ: {_differences(first, second)}")


def _check_tf_function(quantizer: Any, kernel: Kernel) -> None:
    try:
        graph = tf.function(lambda x: quantizer(x)).get_concrete_function(tf.TensorSpec(kernel.shape))
        compiled = graph(tf.constant(kernel)).numpy()
    except Exception as error:  # whatever the quantizer under test does wrong in a graph
        got = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        raise _fail(quantizer, "tf.function", got, "TensorFlow operations only") from error
    eager = _call(quantizer, kernel)
    if not _same(compiled, eager):
        raise _fail(quantizer, "tf.function", f"differs from eager: {_differences(compiled, eager)}")


def _check_gradient(finished: Any, kernel: Kernel) -> None:
    # At the end of a schedule weights may rightly get none any more.
    quantizer = _prepared(finished, kernel, from_config=True, finish=False)
    x = tf.constant(kernel)
    with tf.GradientTape() as tape:
        tape.watch(x)
        # A weighted sum: a plain one has the same upstream gradient everywhere and hides wrong shapes.
        total = tf.reduce_sum(quantizer(x) * tf.reshape(tf.linspace(0.5, 1.5, kernel.size), kernel.shape))
    gradient = tape.gradient(total, x)
    if gradient is None:
        raise _fail(quantizer, "gradient", "none reaches the latent weights", "a straight-through gradient")
    values = gradient.numpy()
    if values.shape != kernel.shape or not np.isfinite(values).all():
        got = f"shape {values.shape}, {int((~np.isfinite(values)).sum())} values not finite"
        raise _fail(quantizer, "gradient", got, f"shape {kernel.shape}, all finite")
    usual = not getattr(quantizer, "fixed_scale", False) or 1e-3 < np.abs(kernel).max() < 1e3
    if usual and not values.any():
        raise _fail(quantizer, "gradient", "zero everywhere: nothing would be learned")


def _check_zero_filter(quantizer: Any, kernel: Kernel) -> None:
    if getattr(quantizer, "fixed_scale", False):
        return
    zero = np.zeros_like(kernel)
    codes, scale = _prepared(quantizer, zero).integers(zero)
    product = codes * scale
    if not np.isfinite(product).all() or product.any():
        got = f"a filter of zeros becomes {product.min()} to {product.max()}"
        raise _fail(quantizer, "zero filter", got, "zeros")


def _check_refuses_non_finite(quantizer: Any) -> None:
    for bad in (np.nan, np.inf, -np.inf):
        kernel = _kernels(quantizer.spec().axis)[2].copy()
        kernel.flat[1] = bad
        try:
            quantizer.integers(kernel)
        except QuantizerError:
            continue
        raise _fail(quantizer, "non-finite weights", f"integers accepts {bad}", "QuantizerError")


_KERNEL_CHECKS: tuple[Callable[[Any, Kernel], None], ...] = (
    _check_output,
    _check_codes,
    _check_scale,
    _check_determinism,
    _check_twin,
    _check_product,
    _check_idempotence,
    _check_tf_function,
    _check_gradient,
    _check_zero_filter,
)
