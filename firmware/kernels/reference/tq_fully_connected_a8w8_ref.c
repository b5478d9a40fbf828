#include "../common/tq_output.h"
#include "../common/tq_window_sum.h"
#include "tinyq/tq_kernels.h"

void tq_fully_connected_a8w8_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const int8_t *weights, const int32_t *bias, int8_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    const tq_window window = {input, 0, 1, 1, dims->c_in, 0, 0, 0, params->input_zero_point};
    for (int32_t first = 0; first < dims->c_out; first += TQ_BLOCK) {
      const int32_t left = dims->c_out - first;
      const int8_t *filters[TQ_BLOCK];
      int32_t sums[TQ_BLOCK];
      for (int32_t k = 0; k < TQ_BLOCK; k++) filters[k] = weights + (first + (k < left ? k : 0)) * dims->c_in;
      tq_window_sum_int8(&window, filters, sums);
      for (int32_t k = 0; k < TQ_BLOCK && k < left; k++) {
        const tq_channel channel =
            tq_channel_at(params->multiplier, params->shift, params->levels, bias, first + k);
        *output++ = tq_output(&channel, sums[k], params->output_zero_point, params->activation_min,
                              params->activation_max);
      }
    }
    input += dims->c_in;
  }
}
