#include "../common/tq_sliced_lce.h"

void tq_lce_bconv_2d_f32_sliced(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                                const int32_t *filter, float *output, void *scratch) {
  tq_sliced_lce_f32(params, dims, input, filter, output, tq_sliced_conv, scratch);
}
