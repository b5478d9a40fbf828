#include "tq_neon_depthwise_bits.h"

void tq_neon_lanes_to_f32(const tq_lanes_layer *layer, int32_t row, int32_t count, void *output) {
  tq_neon_lanes_to_sums(layer, tq_neon_store_f32, row, count, output);
}
