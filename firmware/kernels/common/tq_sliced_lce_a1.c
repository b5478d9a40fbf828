#include "tq_sliced_lce.h"

/* Channels come in order: the first of a word clears it. */
static void write_bit(const tq_lce_bconv_params *params, const tq_lce_count *count, int32_t channel, void *pixel) {
  int32_t *const word = (int32_t *)pixel + channel / 32;
  const uint32_t before = channel % 32 ? (uint32_t)*word : 0, bit = count->bits > params->thresholds[channel];
  *word = (int32_t)(before | bit << channel % 32);
}

void tq_sliced_lce_a1(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                      const int32_t *filter, int32_t *output, tq_sliced_core *core, void *scratch) {
  const tq_sliced_lce_output to = {params, write_bit, (dims->filter.n + 31) / 32 * (int32_t)sizeof(int32_t)};
  tq_sliced_lce(&to, dims, input, filter, core, tq_sliced_store_lce_a1, output, scratch);
}
