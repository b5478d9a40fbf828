#include "../common/tq_lce_block.h"

/* Channels come in order: the first of a word clears it. */
static void write_bits(const tq_lce_bconv_params *params, const tq_lce_count *counts, int32_t count,
                       int32_t channel, uint8_t *pixels, int32_t pixel_bytes) {
  const int32_t threshold = params->thresholds[channel], place = channel % 32;
  const int32_t row_words = pixel_bytes / (int32_t)sizeof(int32_t);
  int32_t *word = (int32_t *)(void *)pixels + channel / 32;

  for (int32_t p = 0; p < count; p++, word += row_words) {
    const uint32_t before = place ? (uint32_t)*word : 0, bit = counts[p].bits > threshold;
    *word = (int32_t)(before | bit << place);
  }
}

void tq_lce_bconv_2d_a1_opt(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *filter, int32_t *output, void *scratch) {
  const int32_t pixel_bytes = (dims->filter.n + 31) / 32 * (int32_t)sizeof(int32_t);
  tq_lce_bconv_2d_blocks(params, dims, input, filter, write_bits, output, pixel_bytes, scratch);
}
