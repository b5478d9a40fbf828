#include "../common/tq_lce_block.h"

static void write_real(const tq_lce_bconv_params *params, const tq_lce_count *counts, int32_t count,
                       int32_t channel, uint8_t *pixels, int32_t pixel_bytes) {
  const int32_t row = pixel_bytes / (int32_t)sizeof(float);
  float *output = (float *)(void *)pixels + channel;

  for (int32_t p = 0; p < count; p++, output += row) *output = tq_lce_sum_f32(params, &counts[p], channel);
}

void tq_lce_bconv_2d_f32_opt(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, float *output, void *scratch) {
  const int32_t pixel_bytes = dims->filter.n * (int32_t)sizeof(float);
  tq_lce_bconv_2d_blocks(params, dims, input, filter, write_real, output, pixel_bytes, scratch);
}
