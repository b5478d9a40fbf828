#include "../common/tq_sliced_lce.h"

void tq_lce_bconv_2d_a8_sliced(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                               const int32_t *filter, int8_t *output, void *scratch) {
  tq_sliced_lce_a8(params, dims, input, filter, output, tq_sliced_conv, scratch);
}
