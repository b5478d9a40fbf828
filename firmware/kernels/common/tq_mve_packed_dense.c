#include "tq_mve_packed.h"

#include "tinyq/tq_used.h"
#include "tq_bits.h"

/* NULL: there is none. */
static tq_mve_packed_sums *sums_of(int32_t x_levels, int32_t w_levels) {
  if (x_levels != 3 && w_levels != 3) return TQ_USED_DENSE_SIGNS || TQ_USED_DENSE_PLANES ? tq_mve_packed_planes : NULL;
  return TQ_USED_DENSE_TERNARY && x_levels <= 3 && w_levels <= 3 ? tq_mve_packed_ternary : NULL;
}

void tq_mve_packed_dense(const tq_fully_connected_bits_params *params, const tq_fully_connected_dims *dims,
                         const int32_t *input, const int32_t *weights, const void *bias, tq_store_sum *store,
                         void *output) {
  const tq_bits_output *const how = &params->output;
  const int32_t x_levels = params->x_levels, w_levels = params->w_levels, channels = dims->c_in, c_out = dims->c_out;
  const int32_t x_row = tq_bits_row(channels, x_levels), w_row = tq_bits_row(channels, w_levels);
  tq_mve_packed_sums *const sums_by = sums_of(x_levels, w_levels);
  uint8_t ones[TQ_MVE_ONES];

  if (TQ_USED_DENSE_WORDS && sums_by == NULL) {
    tq_fully_connected_bits_words(params, dims, input, weights, bias, store, output);
    return;
  }
  tq_mve_packed_ones(ones);
  for (int32_t r = 0; r < dims->rows; r++, input += x_row) {
    for (int32_t o = 0; o < c_out; o += TQ_MVE_MANY) {
      const int32_t count = c_out - o < TQ_MVE_MANY ? c_out - o : TQ_MVE_MANY;
      int32_t sums[TQ_MVE_MANY];
      sums_by(ones, input, x_levels, weights + o * w_row, w_levels, channels, count, sums);
      if (how->thresholds) {
        tq_mve_packed_store(how, c_out, o, count, sums, (int32_t *)output + r * tq_bits_row(c_out, how->levels));
      } else {
        for (int32_t i = 0; i < count; i++) store(how, bias, r, c_out, o + i, sums[i], output);
      }
    }
  }
}
