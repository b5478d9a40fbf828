#include "tq_neon_bits.h"
#include "tq_neon_outputs.h"

void tq_neon_store_a8(const tq_bits_store *store, const int32_t *sums, int32_t row, void *output) {
  const tq_bits_output *const how = store->how;
  const tq_scaling scaling = {how->multiplier, how->shift,          NULL,               store->bias,
                              how->zero_point, how->activation_min, how->activation_max};
  tq_neon_outputs(&scaling, 0, store->channels, how->bias_shift, sums,
                  (int8_t *)output + row * store->channels);
}
