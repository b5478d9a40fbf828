#include "../common/tq_lce_block.h"
#include "../common/tq_rounded.h"

static void write_int8(const tq_lce_bconv_params *params, const tq_lce_count *counts, int32_t count,
                       int32_t channel, uint8_t *pixels, int32_t pixel_bytes) {
  int8_t *output = (int8_t *)pixels + channel;

  for (int32_t p = 0; p < count; p++, output += pixel_bytes) {
    const float real = tq_lce_sum_f32(params, &counts[p], channel);
    const float below = real < 127.0f ? real : 127.0f;
    *output = (int8_t)tq_rounded(below > -128.0f ? below : -128.0f);
  }
}

void tq_lce_bconv_2d_a8_opt(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *filter, int8_t *output, void *scratch) {
  tq_lce_bconv_2d_blocks(params, dims, input, filter, write_int8, output, dims->filter.n, scratch);
}
