#include "../common/tq_outputs.h"
#include "../common/tq_window_sum.h"
#include "tinyq/tq_kernels.h"

void tq_fully_connected_a8w8_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const int8_t *weights, const int32_t *bias, int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);

  for (int32_t row = 0; row < dims->rows; row++) {
    const tq_window window = {input, 0, 1, 1, dims->c_in, 0, 0, 0, params->input_zero_point};
    for (int32_t channel = 0; channel < dims->c_out; channel += TQ_BLOCK) {
      const int32_t left = dims->c_out - channel, count = left < TQ_BLOCK ? left : TQ_BLOCK;
      const int8_t *filters[TQ_BLOCK];
      int32_t sums[TQ_BLOCK];
      for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
        filters[k] = weights + (channel + (k < count ? k : 0)) * dims->c_in;
      }
      tq_window_sum_int8(&window, filters, sums);
      tq_outputs(&scaling, channel, count, sums, output + channel);
    }
    input += dims->c_in;
    output += dims->c_out;
  }
}
