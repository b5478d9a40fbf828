#include "tq_sliced_lce.h"

static void write_real(const tq_lce_bconv_params *params, const tq_lce_count *count, int32_t channel, void *pixel) {
  ((float *)pixel)[channel] = tq_lce_sum_f32(params, count, channel);
}

void tq_sliced_lce_f32(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                       const int32_t *filter, float *output, tq_sliced_core *core, void *scratch) {
  const tq_sliced_lce_output to = {params, write_real, dims->filter.n * (int32_t)sizeof(float)};
  tq_sliced_lce(&to, dims, input, filter, core, tq_sliced_store_lce, output, scratch);
}
