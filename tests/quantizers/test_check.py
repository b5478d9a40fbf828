"""check_quantizer lets good quantizers pass and catches each way of being broken."""

import numpy as np
import pytest
from tools_required import need

need("python:tensorflow")

from tinyq.core.errors import QuantizerError  # noqa: E402
from tinyq.core.spec import QuantSpec  # noqa: E402
from tinyq.quantizers import DEPTHWISE, PER_TENSOR, Binary, Ternary, check_quantizer  # noqa: E402
from tinyq.quantizers.larq_api import tf  # noqa: E402

pytestmark = pytest.mark.train

GOOD = [
    Ternary("twn"),
    Ternary("exact"),
    Ternary("twn", axis=DEPTHWISE),
    Ternary("exact", axis=DEPTHWISE),
    Ternary("exact", axis=PER_TENSOR),
    Ternary("exact", axis=-1),
    Binary(),
    Binary(axis=DEPTHWISE),
    Binary(axis=PER_TENSOR),
]


@pytest.mark.parametrize(
    "quantizer", GOOD, ids=lambda q: f"{type(q).__name__}-{q.axis}-{getattr(q, 'method', '')}"
)
def test_own_quantizers_pass(quantizer: object) -> None:
    check_quantizer(quantizer)


class NoIntegers:
    def __call__(self, x):
        return x

    call = spec = get_config = from_config = __call__


class SpecIsADict(Ternary):
    def spec(self):
        return {"levels": 3}


class SpecChanges(Ternary):
    count = 0

    def spec(self):
        self.count = self.count + 1
        return QuantSpec(levels=2 + self.count % 2, axis=self.axis)


class ForgetsItsConfig(Ternary):
    def get_config(self):
        config = super().get_config()
        del config["method"]
        return config


class ConfigIsNotData(Ternary):
    def get_config(self):
        return {**super().get_config(), "method": np.float32(1)}

    @classmethod
    def from_config(cls, config):
        return cls()


class SixArguments(Binary):
    def __init__(self, axis=(-1,), a=0, b=0, c=0, d=0, e=0, **keras):
        self.rest = {"a": a, "b": b, "c": c, "d": d, "e": e}
        super().__init__(axis, **keras)

    def get_config(self):
        return {**super().get_config(), **self.rest}


class IgnoresItsConfig(Ternary):
    @classmethod
    def from_config(cls, config):
        return cls(axis=config["axis"])


class ConfigComputesSomethingElse(Ternary):
    @classmethod
    def from_config(cls, config):
        twin = cls(**config)
        twin.project = lambda x: Ternary.project(twin, 2 * x)
        return twin


class ChangesTheShape(Ternary):
    def call(self, x):
        return super().call(x)[None]


class DividesByZero(Binary):
    def call(self, x):
        return super().call(x) / tf.reduce_max(tf.abs(x), axis=tf.range(tf.rank(x) - 1), keepdims=True)


class CodesAreInt32(Ternary):
    def integers(self, w):
        codes, scale = super().integers(w)
        return codes.astype(np.int32), scale


class CodesBeyondTheSpec(Ternary):
    def spec(self):
        return QuantSpec(levels=2, axis=self.axis)


class OneScaleOnly(Ternary):
    def integers(self, w):
        codes, scale = super().integers(w)
        return codes, scale.max(keepdims=True)


class NegativeScale(Ternary):
    def integers(self, w):
        codes, scale = super().integers(w)
        return -codes, -scale


class ProductIsRounded(Ternary):
    def call(self, x):
        quantized = super().call(x)
        return x + tf.stop_gradient(quantized - x)  # the usual trick, and its rounding error


class ScaleIsTheMeanOfAll(Ternary):
    """The ternary scale times the density: not a projection, so quantizing twice shrinks it."""

    def project(self, x):
        codes, _ = super().project(x)
        axes = list(range(x.shape.rank - 1))
        return codes, tf.reduce_mean(tf.abs(x * codes), axes, keepdims=True)


class Random(Ternary):
    def call(self, x):
        return super().call(x * tf.random.uniform(tf.shape(x)))


class NeedsEagerValues(Ternary):
    def call(self, x):
        return super().call(tf.constant(x.numpy()) + 0 * x)


class NoGradient(Ternary):
    def call(self, x):
        return tf.stop_gradient(super().call(x))


class ZeroGradient(Ternary):
    def call(self, x):
        return super().call(tf.stop_gradient(x)) + 0 * x


class InfiniteGradient(Ternary):
    def call(self, x):
        @tf.custom_gradient
        def explode(y):
            return tf.identity(y), lambda upstream: upstream / tf.zeros_like(upstream)

        return explode(super().call(x))


class ZerosBecomeTiny(Binary):
    def project(self, x):
        codes, scale = super().project(x)
        return codes, tf.where(tf.reduce_any(x != 0), scale, tf.ones_like(scale) * 1e-3)


class AcceptsNan(Ternary):
    def integers(self, w):
        return super().integers(np.nan_to_num(w, posinf=0, neginf=0))


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (NoIntegers, "methods"),
        (SpecIsADict, "spec"),
        (SpecChanges, "spec"),
        (ForgetsItsConfig, "config"),
        (ConfigIsNotData, "config"),
        (SixArguments, "config"),
        (lambda: IgnoresItsConfig("exact"), "config"),
        (ConfigComputesSomethingElse, "config"),
        (ChangesTheShape, "output"),
        (DividesByZero, "output"),
        (CodesAreInt32, "codes"),
        (CodesBeyondTheSpec, "codes"),
        (OneScaleOnly, "scale"),
        (NegativeScale, "scale"),
        (Random, "determinism"),
        (ProductIsRounded, "product"),
        (ScaleIsTheMeanOfAll, "idempotence"),
        (NeedsEagerValues, "tf.function"),
        (NoGradient, "gradient"),
        (ZeroGradient, "gradient"),
        (InfiniteGradient, "gradient"),
        (ZerosBecomeTiny, "zero filter"),
        (AcceptsNan, "non-finite weights"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_broken_quantizers_are_caught_by_name(broken, check: str) -> None:
    with pytest.raises(QuantizerError, match=f"check '{check}'"):
        check_quantizer(broken())


def test_the_message_has_numbers() -> None:
    with pytest.raises(QuantizerError, match=r"\d+ of \d+ weights differ, by at most \d"):
        check_quantizer(ProductIsRounded())
