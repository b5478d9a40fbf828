#include "../common/tq_output.h"
#include "tinyq/tq_kernels.h"

/* Sum of x[i] - zero_point where the code is -1: bit `first` + i of `packed` is set. */
static inline int32_t sum_negative(const uint8_t *packed, int32_t first, const int8_t *x, int32_t zero_point,
                                   int32_t count) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; i++) {
    const int32_t bit = (packed[(first + i) >> 3] >> ((first + i) & 7)) & 1;
    sum += (x[i] - zero_point) * bit;
  }
  return sum;
}

void tq_fully_connected_a8w1_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    int32_t total = 0;
    for (int32_t i = 0; i < dims->c_in; i++) total += input[i] - params->input_zero_point;
    for (int32_t c = 0; c < dims->c_out; c++) {
      const tq_channel channel = tq_channel_at(params->multiplier, params->shift, params->levels, bias, c);
      const int32_t negative =
          sum_negative(packed, c * dims->c_in, input, params->input_zero_point, dims->c_in);
      *output++ = tq_output(&channel, total - 2 * negative, params->output_zero_point,
                            params->activation_min, params->activation_max);
    }
    input += dims->c_in;
  }
}
