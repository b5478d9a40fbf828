#include "tq_lce_block.h"

static int32_t ones(uint32_t word) {
  word -= word >> 1 & 0x55555555u;
  word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
  word = (word + (word >> 4)) & 0x0f0f0f0fu;
  return (int32_t)(word * 0x01010101u >> 24);
}

/* Ones of the filter's taps outside the input: these places differ from +1. */
static int32_t negative(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *filter,
                        int32_t y0, int32_t x0) {
  const int32_t words = (dims->filter.c + 31) / 32;
  int32_t bits = 0;

  for (int32_t fy = 0; fy < dims->filter.h; fy++) {
    const int32_t y = y0 + fy * params->dilation_h;
    const int32_t beside = y < 0 || y >= dims->input.h;
    for (int32_t fx = 0; fx < dims->filter.w; fx++, filter += words) {
      const int32_t x = x0 + fx * params->dilation_w;
      if (!beside && x >= 0 && x < dims->input.w) continue;
      for (int32_t i = 0; i < words; i++) bits += ones((uint32_t)filter[i]);
    }
  }
  return bits;
}

void tq_lce_mend_outside(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const tq_lce_block *block,
                         const int32_t *filter, int32_t position, tq_lce_count *count) {
  const int32_t taps = block->outside[position], channels = dims->filter.c;
  const int32_t bits = negative(params, dims, filter, block->y0[position], block->x0[position]);

  if (params->corrected) {
    count->beside = 1;
    count->outside = taps * channels - 2 * bits;
  } else {
    count->bits += taps * (channels / 2) - bits;
  }
}
