#include "tq_few_bits.h"
#include "tq_outputs.h"
#include "tq_window_sum.h"

#define PART 64 /* weights of a row that are unpacked at a time, on the stack */

void tq_fully_connected_table(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                              const int8_t *input, const uint8_t *packed, int32_t bits,
                              tq_unpack_table *unpack, const int32_t *bias, int8_t *output) {
  const int32_t c_in = dims->c_in, c_out = dims->c_out;
  tq_scaling scaling = tq_dense_scaling(params, bias);

  scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  for (int32_t row = 0; row < dims->rows; row++) {
    for (int32_t channel = 0; channel < c_out; channel += TQ_BLOCK) {
      const int32_t left = c_out - channel, count = left < TQ_BLOCK ? left : TQ_BLOCK;
      int8_t weights[TQ_BLOCK][PART];
      const int8_t *const filters[TQ_BLOCK] = {weights[0], weights[1], weights[2], weights[3]};
      int32_t sums[TQ_BLOCK] = {0, 0, 0, 0};
      for (int32_t first = 0; first < c_in; first += PART) {
        const int32_t part = c_in - first < PART ? c_in - first : PART;
        const tq_window window = {input + first, 0, 1, 1, part, 0, 0, 0, params->input_zero_point};
        int32_t some[TQ_BLOCK];
        for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
          const int32_t filter = channel + (k < count ? k : 0);
          const int8_t *const table = tq_table_of(params->tables, params->levels, filter, bits);
          unpack(packed, filter * c_in + first, part, table, weights[k]);
        }
        tq_window_sum_int8(&window, filters, some);
        for (int32_t k = 0; k < TQ_BLOCK; k++) sums[k] += some[k];
      }
      tq_outputs(&scaling, channel, count, sums, output + channel);
    }
    input += c_in;
    output += c_out;
  }
}
