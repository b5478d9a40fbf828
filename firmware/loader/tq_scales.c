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

int32_t tq_quantized(float real, double scale) {
  const float ratio = real / (float)scale;
  const double rounded = floor(fabs((double)ratio) + 0.5);
  const int32_t magnitude = rounded < 1000.0 ? (int32_t)rounded : 1000;
  return ratio < 0 ? -magnitude : magnitude;
}

void tq_activation_range(tq_loading *loading, tq_affine output, int32_t *low, int32_t *high) {
  const int32_t kind =
      tq_integer_option(loading, "fused_activation_function", TQ_ACTIVATION_NONE, TQ_ACTIVATION_RELU6);
  const int around_zero = kind == TQ_ACTIVATION_RELU_N1_TO_1;

  *low = -128;
  *high = 127;
  if (kind != TQ_ACTIVATION_NONE) {
    const int32_t least = output.zero_point + tq_quantized(around_zero ? -1.0f : 0.0f, output.scale);
    *low = least > *low ? least : *low;
  }
  if (kind == TQ_ACTIVATION_RELU6 || around_zero) {
    const int32_t most = output.zero_point + tq_quantized(around_zero ? 1.0f : 6.0f, output.scale);
    *high = most < *high ? most : *high;
  }
}

void tq_check_scales(tq_loading *loading, const tq_loader_tensor *tensor, int32_t channels) {
  const float *const scale = tensor->data;

  if (tq_refused(loading)) return;
  if (tensor->rank != 1 || (tensor->shape[0] != 1 && tensor->shape[0] != channels)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "scales %t have not the shape [1] or [%i]", tensor, (int64_t)channels);
    return;
  }
  for (int32_t i = 0; i < tensor->shape[0]; i++) {
    if (!isfinite(scale[i]) || !(scale[i] > 0)) {
      tq_refuse(loading, TQ_BAD_SCALE, "scales %t: one is 0, below 0, or not finite", tensor);
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
