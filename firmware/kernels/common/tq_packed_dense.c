#include "tq_outputs.h"
#include "tq_packed_rows.h"

#define MAX_STEP 8 /* digits in a byte, at most */

static int32_t sum_of(const tq_row_input *input) {
  const int8_t *x = input->x, *const end = x + input->count;
  int32_t sum = -input->count * input->zero_point;

  for (; end - x >= 4; x += 4) sum += x[0] + x[1] + x[2] + x[3];
  while (x < end) sum += *x++;
  return sum;
}

void tq_packed_dense(const tq_packed_scheme *scheme, const tq_fully_connected_params *params,
                     const tq_fully_connected_dims *dims, const int8_t *input, const uint8_t *packed,
                     const int32_t *bias, int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out;
  const int32_t base = scheme->span * (128 + params->input_zero_point);
  int32_t step = 1, apart; /* rows so far apart begin at the same place of a byte; that many bytes */

  while (step * c_in % scheme->digits != 0) step++;
  apart = step * c_in / scheme->digits;
  for (int32_t row = 0; row < dims->rows; row++) {
    const tq_row_input x = {input, c_in, params->input_zero_point, scheme->mask, scheme->width, base};
    const int32_t total = scheme->per_input * sum_of(&x);
    int32_t channel = 0;
    for (int32_t block = 4; block >= scheme->fewest; block -= 2) {
      for (; c_out - channel >= block * step; channel += block * step) {
        int32_t sums[4 * MAX_STEP];
        for (int32_t i = 0; i < step; i++) {
          int32_t some[4] = {0, 0, 0, 0};
          scheme->aligned_rows(packed, (channel + i) * c_in, apart, block, &x, some);
          for (int32_t k = 0; k < block; k++) sums[k * step + i] = scheme->per_digit * some[k] + total;
        }
        tq_outputs(&scaling, channel, block * step, sums, output + channel);
      }
    }
    for (; channel < c_out; channel += 2) {
      int32_t sums[2] = {0, 0};
      const int32_t left = c_out - channel, count = left < 2 ? left : 2;
      scheme->two_rows(packed, channel * c_in, (channel + count - 1) * c_in, &x, sums);
      sums[0] = scheme->per_digit * sums[0] + total;
      sums[1] = scheme->per_digit * sums[1] + total;
      tq_outputs(&scaling, channel, count, sums, output + channel);
    }
    input += c_in;
    output += c_out;
  }
}
