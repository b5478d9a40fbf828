#include "tq_bits_formulas.h"

void tq_store_sum_f32(const tq_bits_output *how, const void *bias, int32_t row, int32_t channels, int32_t o,
                      int32_t sum, void *output) {
  /* volatile: the product is rounded to float before the bias is added, where a core could do both at once. */
  volatile float product = (float)sum * how->scale[o];
  float real = product;

  if (bias) real += ((const float *)bias)[o];
  real = real < how->real_min ? how->real_min : real;
  ((float *)output)[row * channels + o] = real > how->real_max ? how->real_max : real;
}
