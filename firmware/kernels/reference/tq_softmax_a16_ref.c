#include "../common/tq_softmax_a16.h"

#include "../common/tq_requantize_a16.h"
#include "tinyq/tq_kernels_a16.h"

/* A function at x, -2^15 <= x < 2^15, from its 513 points. */
static int32_t function_of(const int16_t *points, int32_t x) {
  const int16_t *const point = points + 256 + (x >> 7);
  return point[0] + (((point[1] - point[0]) * (x & 127) + 64) >> 7);
}

static int32_t exp_of(const tq_softmax_params *params, int32_t difference) {
  const int32_t scaled = tq_scale(difference, params->multiplier, params->left_shift);
  return function_of(tq_exp_points, tq_to_int16(scaled, INT16_MAX, INT16_MIN, INT16_MAX));
}

static void softmax_row(const tq_softmax_params *params, int32_t depth, const int16_t *x, int16_t *y) {
  int32_t max = INT16_MIN, sum = 0, bits = 0, reciprocal;

  for (int32_t i = 0; i < depth; i++) max = x[i] > max ? x[i] : max;
  for (int32_t i = 0; i < depth; i++) sum += exp_of(params, x[i] - max);
  while (sum >> bits > 1) bits++; /* sum = 2^bits * (1 + fraction) */
  reciprocal = (int32_t)((((int64_t)sum << (30 - bits)) + (1 << 13)) >> 14) - (1 << 15) - (1 << 16);
  reciprocal = function_of(tq_reciprocal_points, tq_clamp(reciprocal, INT16_MIN, INT16_MAX));
  for (int32_t i = 0; i < depth; i++) {
    const int64_t share = (int64_t)exp_of(params, x[i] - max) * reciprocal;
    y[i] = tq_to_int16((int32_t)((share + ((int64_t)1 << (bits - 1))) >> bits), 0, 0, INT16_MAX);
  }
}

void tq_softmax_a16_ref(const tq_softmax_params *params, const tq_rows_dims *dims, const int16_t *input,
                        int16_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    softmax_row(params, dims->depth, input + row * dims->depth, output + row * dims->depth);
  }
}
