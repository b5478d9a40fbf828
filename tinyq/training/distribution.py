"""What tf.distribute changes: where a training runs, and who writes its files."""

from __future__ import annotations

import os

from tinyq.core.errors import TrainError
from tinyq.quantizers.larq_api import tf

STRATEGIES = ("none", "mirrored", "multiworker")


def make_strategy(name: str) -> tf.distribute.Strategy:
    """The tf.distribute strategy for one machine's GPUs, or for several machines.

    Args:
        name: "none"; "mirrored": all GPUs of this machine (without GPUs, its CPU); "multiworker": every
            machine that the environment's TF_CONFIG names, each running the same command. Must be made
            before TensorFlow has computed anything.

    Raises:
        TrainError: another name; no TF_CONFIG for "multiworker", or TensorFlow cannot use it.
    """
    if name not in STRATEGIES:
        raise TrainError("strategy", repr(name), ", ".join(STRATEGIES))
    if name == "none":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if not os.environ.get("TF_CONFIG"):
        raise TrainError(
            "strategy 'multiworker'",
            "no TF_CONFIG in the environment",
            '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}',
        )
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (ValueError, KeyError, TypeError, RuntimeError, tf.errors.OpError) as error:
        raise TrainError(
            "TF_CONFIG", f"{type(error).__name__}: {error}", "see the TensorFlow guide"
        ) from error


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the files: true without other workers, and in the first one."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    has_chief = "chief" in resolver.cluster_spec().jobs
    return resolver.task_type == "chief" or (
        not has_chief and resolver.task_type == "worker" and not resolver.task_id
    )


def workers(strategy: tf.distribute.Strategy) -> int:
    """Processes that train together."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return 1
    spec = resolver.cluster_spec()
    return sum(spec.num_tasks(job) for job in ("chief", "worker") if job in spec.jobs)
