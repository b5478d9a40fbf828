#include "tq_packed_tensors.h"

void tq_check_thresholds(tq_loading *loading, const tq_loader_tensor *tensor, int32_t each, int64_t low,
                         int64_t high) {
  const int32_t *const values = tensor->data;
  const int64_t size = tq_refused(loading) ? 0 : tq_size(tensor);

  for (int64_t i = 0; i < size; i++) {
    if (values[i] < low || values[i] > high) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "thresholds %t hold %i, allowed is %i to %i", tensor,
                (int64_t)values[i], low, high);
    } else if (i % each > 0 && values[i] < values[i - 1]) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "thresholds %t are not in order: each row ascends", tensor);
    }
  }
}

const int8_t *tq_flip(tq_loading *loading, int32_t position, int32_t channels) {
  int any = 0;

  if (tq_is_absent(loading, position)) return NULL;
  const tq_loader_tensor *const tensor = tq_constant(loading, position, "flip", TQ_ELEMENT_INT8);
  if (tq_refused(loading)) return NULL;
  if (tensor->rank != 1 || tensor->shape[0] != channels) {
    tq_refuse(loading, TQ_BAD_TENSOR, "flip %t has not the shape [%i]", tensor, (int64_t)channels);
    return NULL;
  }
  const int8_t *const values = tensor->data;
  for (int32_t i = 0; i < channels; i++) {
    if (values[i] != 0 && values[i] != 1) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "flip %t holds %i, allowed is 0 to 1", tensor, (int64_t)values[i]);
    }
    any = any || values[i] != 0;
  }
  return any ? values : NULL;
}
