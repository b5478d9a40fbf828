#include "tq_packed_tensors.h"

#include <math.h>

int32_t tq_levels_option(tq_loading *loading, const char *name) {
  const int32_t levels = tq_integer_option(loading, name, 0, INT32_MAX);

  if (tq_refused(loading)) return 2;
  if (levels == 2 || levels == 3 || levels == 4 || levels == 8 || levels == 16 || levels == 256) return levels;
  tq_refuse(loading, TQ_BAD_OPTION, "option %s is %i, allowed are 2, 3, 4, 8, 16 and 256", name, (int64_t)levels);
  return 2;
}

int32_t tq_planes(int32_t levels) {
  int32_t planes = 1;
  while (1 << planes < levels) planes++;
  return planes;
}

int32_t tq_words(int32_t channels) { return (channels - 1) / 32 + 1; }

int32_t tq_packed_size(int32_t channels, int32_t levels) { return tq_planes(levels) * tq_words(channels); }

int32_t tq_top_code(int32_t levels) { return levels == 3 ? 1 : levels - 1; }

static int is_quantized(const tq_loader_tensor *tensor) {
  return tensor->scale_count > 0 || tensor->zero_point_count > 0;
}

double tq_packed_scale(tq_loading *loading, const tq_loader_tensor *tensor) {
  int shifted = 0;

  if (tq_refused(loading)) return 1.0;
  for (int32_t i = 0; i < tensor->zero_point_count; i++) shifted = shifted || tensor->zero_point[i] != 0;
  if (tensor->scale_count != 1 || shifted) {
    tq_refuse(loading, TQ_BAD_SCALE, "packed %t has %i scales%s, needed is one, and zero point 0", tensor,
              (int64_t)tensor->scale_count, shifted ? " and a zero point" : "");
    return 1.0;
  }
  if (!isfinite(tensor->scale[0]) || tensor->scale[0] <= 0) {
    tq_refuse(loading, TQ_BAD_SCALE, "packed %t has a scale that is not above 0 and finite", tensor);
    return 1.0;
  }
  return (double)tensor->scale[0];
}

void tq_check_same_scale(tq_loading *loading, const tq_loader_tensor *first, const tq_loader_tensor *second) {
  if (!is_quantized(first) || !is_quantized(second)) return;
  if (tq_packed_scale(loading, first) < tq_packed_scale(loading, second) ||
      tq_packed_scale(loading, first) > tq_packed_scale(loading, second)) {
    tq_refuse(loading, TQ_BAD_SCALE, "packed %t and %t have not the same scale", first, second);
  }
}

/* The last axis, and the scale where there is one. */
static const tq_loader_tensor *check(tq_loading *loading, const char *role, const tq_loader_tensor *tensor,
                                     int32_t channels, int32_t levels) {
  if (tq_refused(loading)) return tensor;
  if (tq_last_axis(tensor) != tq_packed_size(channels, levels)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%s %t has not a last axis of %i words: %i channels, %i levels", role, tensor,
              (int64_t)tq_packed_size(channels, levels), (int64_t)channels, (int64_t)levels);
  } else if (is_quantized(tensor)) {
    tq_packed_scale(loading, tensor);
  }
  return tensor;
}

const tq_loader_tensor *tq_packed_input(tq_loading *loading, int32_t position, int32_t channels, int32_t levels) {
  return check(loading, "input", tq_input(loading, position, TQ_ELEMENT_INT32), channels, levels);
}

const tq_loader_tensor *tq_packed_output(tq_loading *loading, int32_t channels, int32_t levels) {
  return check(loading, "output", tq_output(loading, TQ_ELEMENT_INT32), channels, levels);
}

tq_dims tq_packed_image(tq_loading *loading, int32_t channels, int32_t levels) {
  tq_dims image = tq_image(loading, tq_packed_input(loading, 0, channels, levels));
  image.c = channels;
  return image;
}
