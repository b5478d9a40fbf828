"""TensorFlow's own converter to int8, kept quiet, its errors in one sentence.

One of the modules of this package that load TensorFlow.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tinyq.core.errors import ConvertError
from tinyq.quantizers.larq_api import tf

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Job:
    """What is converted.

    Args:
        function: a concrete function of fixed shapes.
        holder: what keeps its variables alive.
        samples: gives the arguments of the function for each sample of calibration, a list or by name.
        count: how many samples there are.
        where: the model's file, for errors.
        unusual: layers that may be what cannot be converted.
    """

    function: Any
    holder: Any
    samples: Callable[[], Iterator[Sequence[Any] | Mapping[str, Any]]]
    count: int
    where: str
    unusual: Sequence[str]


def convert_int8(job: Job, progress: Progress | None) -> bytes:
    """TensorFlow's full int8 conversion.

    Raises:
        ConvertError: it cannot convert the model.
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([job.function], job.holder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with _Mute() as mute:

        def calibration() -> Iterator[Sequence[Any] | Mapping[str, Any]]:
            for i, sample in enumerate(job.samples()):
                yield sample
                if progress:
                    with mute.lifted():
                        progress(i + 1, job.count)

        converter.representative_dataset = calibration
        try:
            return bytes(converter.convert())
        except Exception as error:  # the converter raises what it likes
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise ConvertError(
                job.where,
                f"TensorFlow cannot convert it to int8: {reason[0]}",
                remedy=" ".join(["use layers that TFLite has in int8", *_instead_of(job.unusual)]),
            ) from error


def convert_float(job: Job) -> bytes:
    """TensorFlow's conversion to float32 built-in operators; the samples are not used.

    Raises:
        ConvertError: it cannot convert the model.
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([job.function], job.holder)
    with _Mute():
        try:
            return bytes(converter.convert())
        except Exception as error:  # the converter raises what it likes
            raise _refused(job, "built-in operators", error) from error


def _refused(job: Job, wanted: str, error: Exception) -> ConvertError:
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return ConvertError(
        job.where,
        f"TensorFlow cannot convert it to {wanted}: {reason[0]}",
        remedy=" ".join(["use layers that TFLite has", *_instead_of(job.unusual)]),
    )


def _instead_of(unusual: Sequence[str]) -> Iterator[str]:
    if unusual:
        yield f"instead of {', '.join(unusual)}"


class _Mute:
    """Takes stderr away while TensorFlow's converter runs, which reports its progress there from C++."""

    def __enter__(self) -> _Mute:
        sys.stderr.flush()
        self._stderr = os.dup(2)
        self._sink = tempfile.TemporaryFile()  # noqa: SIM115  (closed in __exit__)
        os.dup2(self._sink.fileno(), 2)
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        return self

    def __exit__(self, *exception: object) -> None:
        self._warnings.__exit__(None, None, None)
        sys.stderr.flush()
        os.dup2(self._stderr, 2)
        os.close(self._stderr)
        self._sink.close()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Give stderr back for a moment."""
        os.dup2(self._stderr, 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(self._sink.fileno(), 2)
