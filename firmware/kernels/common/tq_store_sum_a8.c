#include "tq_bits_formulas.h"
#include "tq_requantize.h"

void tq_store_sum_a8(const tq_bits_output *how, const void *bias, int32_t row, int32_t channels, int32_t o,
                     int32_t sum, void *output) {
  int32_t accumulator = sum * (1 << how->bias_shift);

  if (bias) accumulator += ((const int32_t *)bias)[o];
  accumulator = tq_scale(accumulator, how->multiplier[o], how->shift[o]);
  ((int8_t *)output)[row * channels + o] =
      tq_to_int8(accumulator, how->zero_point, how->activation_min, how->activation_max);
}
