#include <math.h>

#include "tq_loading.h"

tq_affine tq_affine_of(tq_loading *loading, const tq_loader_tensor *tensor) {
  const tq_affine one = {1.0, 0};

  if (tq_refused(loading)) return one;
  if (tensor->scale_count != 1 || tensor->zero_point_count != 1) {
    tq_refuse(loading, TQ_BAD_SCALE, "%t has %i scales and %i zero points, needed is one of each", tensor,
              (int64_t)tensor->scale_count, (int64_t)tensor->zero_point_count);
    return one;
  }
  const tq_affine affine = {(double)tensor->scale[0], tensor->zero_point[0]};
  if (!isfinite(affine.scale) || affine.scale <= 0 || affine.zero_point < -128 || affine.zero_point > 127) {
    tq_refuse(loading, TQ_BAD_SCALE, "%t has a scale that is not above 0 and finite, or zero point %i", tensor,
              (int64_t)affine.zero_point);
    return one;
  }
  return affine;
}

int32_t tq_centred_peak(tq_affine affine) {
  const int32_t below = affine.zero_point + 128, above = 127 - affine.zero_point;
  return below > above ? below : above;
}

/* round(real / scale) with the division in float32, ties away from zero, within +-1000: what is clamped to
 * int8 needs no more. */
static int32_t quantized(float real, double scale) {
  const float ratio = real / (float)scale;
  const double rounded = floor(fabs((double)ratio) + 0.5);
  const int32_t magnitude = rounded < 1000.0 ? (int32_t)rounded : 1000;
  return ratio < 0 ? -magnitude : magnitude;
}

void tq_activation_range(tq_loading *loading, tq_affine output, int32_t *low, int32_t *high) {
  enum { NONE, RELU, RELU_N1_TO_1, RELU6 }; /* the schema's numbers */
  const int32_t kind = tq_integer_option(loading, "fused_activation_function", NONE, RELU6);

  *low = -128;
  *high = 127;
  if (kind != NONE) {
    const int32_t least = output.zero_point + quantized(kind == RELU_N1_TO_1 ? -1.0f : 0.0f, output.scale);
    *low = least > *low ? least : *low;
  }
  if (kind == RELU6 || kind == RELU_N1_TO_1) {
    const int32_t most = output.zero_point + quantized(kind == RELU6 ? 6.0f : 1.0f, output.scale);
    *high = most < *high ? most : *high;
  }
}

void tq_check_scales(tq_loading *loading, const tq_loader_tensor *tensor, int32_t channels, int32_t axis) {
  const int32_t count = tensor->scale_count;

  if (tq_refused(loading)) return;
  /* Some runtimes keep one of many zero points that are all 0. */
  if ((count != 1 && count != channels) || (count > 1 && tensor->axis != axis) ||
      (tensor->zero_point_count != 1 && tensor->zero_point_count != count)) {
    tq_refuse(loading, TQ_BAD_SCALE, "weights %t have %i scales and %i zero points on axis %i", tensor,
              (int64_t)count, (int64_t)tensor->zero_point_count, (int64_t)tensor->axis);
    return;
  }
  for (int32_t i = 0; i < tensor->zero_point_count; i++) {
    if (tensor->zero_point[i] != 0) {
      tq_refuse(loading, TQ_BAD_SCALE, "weights %t have a zero point other than 0", tensor);
    }
  }
  for (int32_t i = 0; i < count; i++) {
    if (!isfinite(tensor->scale[i]) || !(tensor->scale[i] > 0)) {
      tq_refuse(loading, TQ_BAD_SCALE, "weights %t have a scale that is not above 0 and finite", tensor);
    }
  }
}

void tq_quantize_multiplier(tq_loading *loading, double real, int32_t *multiplier, int8_t *shift) {
  int exponent = 31;
  double mantissa = 0;

  *multiplier = 0;
  *shift = 0;
  if (real == 0.0) return;
  if (isfinite(real)) mantissa = floor(frexp(real, &exponent) * 2147483648.0 + 0.5);
  if (mantissa >= 2147483648.0) {
    mantissa /= 2;
    exponent++;
  }
  if (exponent > 30) {
    tq_refuse(loading, TQ_BAD_SCALE, "its scales are too far from each other: calibrate again with typical data");
  } else if (exponent >= -31) {
    *multiplier = (int32_t)mantissa;
    *shift = (int8_t)exponent;
  }
}

void tq_check_accumulator(tq_loading *loading, int64_t worst, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;

  if (worst > (int64_t)TQ_MAX_ACCUMULATOR >> left) {
    tq_refuse(loading, TQ_BAD_SCALE, "an accumulator can reach %i, shifted left by %i bits: no 32-bit number",
              worst, (int64_t)left);
  }
}
