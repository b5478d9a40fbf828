#include "../common/tq_dsp_dense.h"
#include "../common/tq_outputs.h"
#include "tinyq/tq_kernels_dsp.h"

/* Whole quads of inputs -> words. */
static void widen(const int8_t *input, int32_t quads, int32_t zero_point, uint32_t *x) {
  const uint32_t less = tq_lanes(-zero_point, -zero_point);

  for (; quads > 0; quads--, input += 4, x += 2) {
    const uint32_t bytes = tq_load_word(input);
    x[0] = tq_add_lanes(tq_even_bytes(bytes), less);
    x[1] = tq_add_lanes(tq_odd_bytes(bytes), less);
  }
}

/* Products [begin, end) of a row. */
static int32_t sum_of(const int8_t *input, const int8_t *weights, int32_t zero_point, int32_t begin, int32_t end) {
  int32_t sum = 0;

  for (int32_t i = begin; i < end; i++) sum += (input[i] - zero_point) * weights[i];
  return sum;
}

void tq_fully_connected_a8w8_dsp(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const int8_t *weights, const int32_t *bias,
                                 int8_t *output, void *scratch) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out, zero_point = params->input_zero_point;
  const int32_t quads = c_in / 4;
  uint32_t *const x = scratch;

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    const int8_t *w = weights;
    int32_t channel = 0, sums[4];
    widen(input, quads, zero_point, x);
    for (; quads > 0 && c_out - channel >= 4; channel += 4, w += 4 * c_in) {
      tq_dsp_dense_four_rows(sums, x, w, c_in, quads);
      for (int32_t k = 0; k < 4 && c_in % 4 != 0; k++) {
        sums[k] += sum_of(input, w + k * c_in, zero_point, 4 * quads, c_in);
      }
      tq_outputs(&scaling, channel, 4, sums, output + channel);
    }
    for (; channel < c_out; channel++, w += c_in) {
      sums[0] = sum_of(input, w, zero_point, 0, c_in);
      tq_outputs(&scaling, channel, 1, sums, output + channel);
    }
  }
}
