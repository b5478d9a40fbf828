#include "tq_bits.h"
#include "tq_sliced_dense.h"

#define MANY 32

static tq_sliced_dense *dense_of(int32_t x_levels, int32_t w_levels) {
  const int ternary = x_levels == 3 || w_levels == 3;

  if (TQ_USED_DENSE_SIGNS && x_levels == 2 && w_levels == 2) return tq_sliced_dense_signs;
  if (TQ_USED_DENSE_TERNARY && ternary && x_levels <= 3 && w_levels <= 3) return tq_sliced_dense_ternary;
  if (TQ_USED_DENSE_PLANES && !ternary) return tq_sliced_dense_planes;
  return TQ_USED_DENSE_WORDS ? tq_sliced_dense_words : NULL;
}

void tq_sliced_dense_bits(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                          int32_t first, const int32_t *input, const int32_t *weights, const void *bias,
                          tq_store_sum *store, void *output) {
  const int32_t x_levels = params->x_levels, w_levels = params->w_levels, channels = dims->c_in;
  const int32_t x_row = tq_bits_row(channels, x_levels), w_row = tq_bits_row(channels, w_levels);
  tq_sliced_dense *const dense = dense_of(x_levels, w_levels);

  for (int32_t r = 0; r < dims->rows; r++, input += x_row) {
    const int32_t *w = weights;
    for (int32_t o = first; o < dims->c_out; o += MANY, w += MANY * w_row) {
      const int32_t count = dims->c_out - o < MANY ? dims->c_out - o : MANY;
      int32_t sums[MANY];
      dense(input, x_levels, w, w_levels, channels, count, sums);
      tq_sliced_store_row(&params->output, bias, r, dims->c_out, o, count, sums, store, output);
    }
  }
}
