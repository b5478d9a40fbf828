#include "../common/tq_lce_bconv_2d.h"

static void write_real(const tq_lce_bconv_params *params, const tq_lce_count *count, int32_t channel,
                       void *pixel) {
  float *output = pixel;
  output[channel] = tq_lce_sum_f32(params, count, channel);
}

void tq_lce_bconv_2d_f32_ref(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, float *output) {
  const int32_t pixel_bytes = dims->filter.n * (int32_t)sizeof(float);
  tq_lce_bconv_2d(params, dims, input, filter, write_real, output, pixel_bytes);
}
