#include "../common/tq_outputs.h"
#include "../common/tq_unpack.h"
#include "tinyq/tq_kernels.h"

/* Sum of (x[i] - zero_point) * (code[i] + 1), i < count, of the codes behind the first `skip` of a byte. */
static int32_t dot_byte(uint8_t byte, int32_t skip, const int8_t *x, int32_t count, int32_t zero_point) {
  const uint32_t three = tq_three();
  uint32_t fraction = tq_ternary_fraction(byte);
  int32_t sum = 0;

  for (int32_t i = 0; i < skip; i++) tq_next_trit(&fraction, three);
  for (int32_t i = 0; i < count; i++) sum += (x[i] - zero_point) * tq_next_trit(&fraction, three);
  return sum;
}

/* Sum of (x[i] - zero_point) * (code[first + i] + 1), i < count. */
static int32_t dot(const uint8_t *packed, int32_t first, const int8_t *x, int32_t count, int32_t zero_point) {
  const uint32_t three = tq_three();
  const int32_t skip = first % 5;
  int32_t sum = 0;

  packed += first / 5;
  if (skip > 0) { /* rows begin in mid-byte, too */
    const int32_t head = count < 5 - skip ? count : 5 - skip;
    sum += dot_byte(*packed++, skip, x, head, zero_point);
    x += head;
    count -= head;
  }
  for (int32_t bytes = count / 5; bytes > 0; bytes--) {
    uint32_t fraction = tq_ternary_fraction(*packed++);
    sum += (x[0] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[1] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[2] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[3] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[4] - zero_point) * tq_next_trit(&fraction, three);
    x += 5;
  }
  return count % 5 > 0 ? sum + dot_byte(*packed, 0, x, count % 5, zero_point) : sum;
}

void tq_fully_connected_a8wt_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  const tq_scaling scaling = {params->multiplier,        params->shift,          params->levels, bias,
                              params->output_zero_point, params->activation_min, params->activation_max};

  for (int32_t row = 0; row < dims->rows; row++) {
    int32_t total = 0; /* what the one that is added to every code adds to a sum */
    for (int32_t i = 0; i < dims->c_in; i++) total += input[i] - params->input_zero_point;
    for (int32_t c = 0; c < dims->c_out; c++) {
      const int32_t sum = dot(packed, c * dims->c_in, input, dims->c_in, params->input_zero_point) - total;
      tq_outputs(&scaling, c, 1, &sum, output++);
    }
    input += dims->c_in;
  }
}
