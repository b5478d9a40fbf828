#include "../common/tq_output.h"
#include "../common/tq_unpack.h"
#include "tinyq/tq_kernels.h"

/* The packed codes as a stream: rows follow each other without a gap, in mid-byte too. */
typedef struct {
  const uint8_t *next;
  uint32_t fraction;
  int32_t left; /* codes that are still in the fraction */
} stream;

/* Sum of (x[i] - zero_point) * (code[i] + 1) over the next `count` codes of the stream. */
static inline int32_t dot(stream *codes, const int8_t *x, int32_t zero_point, int32_t count) {
  const int8_t *const end = x + count;
  uint32_t fraction = codes->fraction;
  int32_t sum = 0;
  volatile uint32_t hidden = 3;
  const uint32_t three = hidden;

  for (; codes->left > 0 && x < end; codes->left--) sum += (*x++ - zero_point) * tq_next_trit(&fraction, three);
  for (; end - x >= 5; x += 5) {
    fraction = tq_ternary_fraction(*codes->next++);
    sum += (x[0] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[1] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[2] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[3] - zero_point) * tq_next_trit(&fraction, three);
    sum += (x[4] - zero_point) * tq_next_trit(&fraction, three);
  }
  if (x < end) {
    fraction = tq_ternary_fraction(*codes->next++);
    for (codes->left = 5; x < end; codes->left--) sum += (*x++ - zero_point) * tq_next_trit(&fraction, three);
  }
  codes->fraction = fraction;
  return sum;
}

void tq_fully_connected_a8wt_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output) {
  for (int32_t row = 0; row < dims->rows; row++) {
    stream codes = {packed, 0, 0};
    int32_t total = 0;
    for (int32_t i = 0; i < dims->c_in; i++) total += input[i] - params->input_zero_point;
    for (int32_t c = 0; c < dims->c_out; c++) {
      const tq_channel channel = tq_channel_at(params->multiplier, params->shift, params->levels, bias, c);
      const int32_t sum = dot(&codes, input, params->input_zero_point, dims->c_in) - total;
      *output++ = tq_output(&channel, sum, params->output_zero_point, params->activation_min,
                            params->activation_max);
    }
    input += dims->c_in;
  }
}
