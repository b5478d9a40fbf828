#include "tq_sliced.h"

void tq_sliced_store_f32(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums) {
  const tq_bits_output *const how = layer->params;
  const float *const bias = layer->bias;
  const int32_t largest = layer->largest, divisor = layer->divisor;

  for (int32_t o = first; o < end; o++, sums += TQ_SLICED_SUMS) {
    float *output = (float *)layer->output + layer->block.first * layer->dims->output.c + o;
    for (int32_t p = 0; p < layer->block.count; p++, output += layer->dims->output.c) {
      const int32_t differing = (int32_t)(tq_sliced_lanes(sums, p % 8) >> 2 * (p & 8) & 0xffffu);
      /* volatile: the product is rounded to float before the bias is added, where a core could do both at once. */
      volatile float product = (float)((largest - 2 * differing) / divisor) * how->scale[o];
      float real = product;
      if (bias) real += bias[o];
      real = real < how->real_min ? how->real_min : real;
      *output = real > how->real_max ? how->real_max : real;
    }
  }
}
