#include "tq_rounded.h"
#include "tq_sliced_lce.h"

static void write_int8(const tq_lce_bconv_params *params, const tq_lce_count *count, int32_t channel, void *pixel) {
  const float real = tq_lce_sum_f32(params, count, channel);
  const float below = real < 127.0f ? real : 127.0f;
  ((int8_t *)pixel)[channel] = (int8_t)tq_rounded(below > -128.0f ? below : -128.0f);
}

void tq_sliced_lce_a8(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                      const int32_t *filter, int8_t *output, tq_sliced_core *core, void *scratch) {
  const tq_sliced_lce_output to = {params, write_int8, dims->filter.n};
  tq_sliced_lce(&to, dims, input, filter, core, tq_sliced_store_lce, output, scratch);
}
