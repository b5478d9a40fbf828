#include "../common/tq_outputs.h"
#include "tinyq/tq_kernels.h"

/* Sum of x[i] - zero_point, i < count, where bit i is set: the code is -1. */
static int32_t sum_bits(int32_t bits, const int8_t *x, int32_t count, int32_t zero_point) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; i++) sum += (x[i] - zero_point) * (bits >> i & 1);
  return sum;
}

/* The same with bit first + i of `packed`. */
static int32_t sum_negative(const uint8_t *packed, int32_t first, const int8_t *x, int32_t count,
                            int32_t zero_point) {
  const int32_t skip = first % 8;
  int32_t sum = 0;

  packed += first / 8;
  if (skip > 0) { /* rows begin in mid-byte, too */
    const int32_t head = count < 8 - skip ? count : 8 - skip;
    sum += sum_bits(*packed++ >> skip, x, head, zero_point);
    x += head;
    count -= head;
  }
  for (int32_t bytes = count / 8; bytes > 0; bytes--) {
    const int32_t bits = *packed++;
    sum += (x[0] - zero_point) * (bits & 1);
    sum += (x[1] - zero_point) * (bits >> 1 & 1);
    sum += (x[2] - zero_point) * (bits >> 2 & 1);
    sum += (x[3] - zero_point) * (bits >> 3 & 1);
    sum += (x[4] - zero_point) * (bits >> 4 & 1);
    sum += (x[5] - zero_point) * (bits >> 5 & 1);
    sum += (x[6] - zero_point) * (bits >> 6 & 1);
    sum += (x[7] - zero_point) * (bits >> 7);
    x += 8;
  }
  return count % 8 > 0 ? sum + sum_bits(*packed, x, count % 8, zero_point) : sum;
}

void tq_fully_connected_a8w1_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  const tq_scaling scaling = {params->multiplier,        params->shift,          params->levels, bias,
                              params->output_zero_point, params->activation_min, params->activation_max};

  for (int32_t row = 0; row < dims->rows; row++) {
    int32_t total = 0;
    for (int32_t i = 0; i < dims->c_in; i++) total += input[i] - params->input_zero_point;
    for (int32_t c = 0; c < dims->c_out; c++) {
      const int32_t negative =
          sum_negative(packed, c * dims->c_in, input, dims->c_in, params->input_zero_point);
      const int32_t sum = total - 2 * negative;
      tq_outputs(&scaling, c, 1, &sum, output++);
    }
    input += dims->c_in;
  }
}
