"""What TensorFlow's stock int8 conversion makes of a model."""

from collections.abc import Iterator

import numpy as np

from tinyq.quantizers import frozen_copy
from tinyq.quantizers.larq_api import tf


def convert_int8(model: tf.keras.Model, x: np.ndarray) -> bytes:
    """The quantizers frozen into the kernels, full int8, batch 1."""
    frozen = frozen_copy(model)
    function = tf.function(lambda x: frozen(x, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((1, *x.shape[1:])))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], frozen)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[None]] for sample in x)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def filters(content: bytes) -> Iterator[tuple[str, np.ndarray, int]]:
    """(operator, int8 filter, number of scales) of every convolution and dense layer."""
    interpreter = tf.lite.Interpreter(model_content=content)
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    for operator in interpreter._get_ops_details():
        if operator["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            index = operator["inputs"][1]
            scales = details[index]["quantization_parameters"]["scales"]
            yield operator["op_name"], interpreter.get_tensor(index), len(scales)


def operators(content: bytes) -> set[str]:
    interpreter = tf.lite.Interpreter(model_content=content)
    return {operator["op_name"] for operator in interpreter._get_ops_details()}


def int8_accuracy(content: bytes, x: np.ndarray, y: np.ndarray) -> float:
    """Accuracy of TFLite's own interpreter on float samples, quantized as the file says."""
    interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = entry["quantization"]
    hits = 0
    for sample, label in zip(
        np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8), y, strict=True
    ):
        interpreter.set_tensor(entry["index"], sample[None])
        interpreter.invoke()
        hits += interpreter.get_tensor(end["index"])[0].argmax() == label
    return hits / len(x)
