#include "tq_tflite.h"

/* Bytes of an element; 0 where this library does not care. */
static size_t element_bytes(int type) {
  switch (type) {
    case TQ_TFLITE_INT8:
    case TQ_TFLITE_UINT8:
    case TQ_TFLITE_BOOL:
      return 1;
    case TQ_TFLITE_INT16:
      return 2;
    case TQ_TFLITE_FLOAT32:
    case TQ_TFLITE_INT32:
      return 4;
    case TQ_TFLITE_INT64:
      return 8;
    default:
      return 0;
  }
}

static int tensor_fits(const tq_tflite_tensor *tensor) {
  size_t size = 1;

  if (tensor->type < 0 || tensor->type >= TQ_TFLITE_TYPES) return 0;
  if (tensor->allocation_type < 0 || tensor->allocation_type >= TQ_TFLITE_ALLOCATIONS) return 0;
  if (tensor->quantization_type != 0 && tensor->quantization_type != TQ_TFLITE_AFFINE) return 1;
  if (tensor->quantization_type == TQ_TFLITE_AFFINE && tensor->quantization == NULL) return 0;
  if (tensor->dims == NULL || element_bytes(tensor->type) == 0 || tensor->bytes == 0) return 1;
  if (tensor->dims->size < 0 || tensor->dims->size > 64) return 0;
  for (int i = 0; i < tensor->dims->size; i++) {
    if (tensor->dims->data[i] < 0) return 0;
    size *= (size_t)tensor->dims->data[i];
  }
  return tensor->bytes == size * element_bytes(tensor->type);
}

int tq_tflite_fits(const tq_tflite_context *context) {
  if (context->tensors == NULL || context->get_execution_plan == NULL || context->report_error == NULL ||
      context->get_node_and_registration == NULL ||
      context->replace_node_subsets_with_delegate_kernels == NULL) {
    return 0;
  }
  for (size_t i = 0; i < context->tensors_size; i++) {
    if (!tensor_fits(&context->tensors[i])) return 0;
  }
  return 1;
}
