#include "tq_mve_sliced.h"

void tq_mve_sliced_conv_bits(tq_sliced *layer, void *scratch) {
  const tq_bits_output *const how = layer->params;
  const int32_t few = how->levels <= 4;

  tq_mve_sliced_conv_by(layer, few ? tq_mve_sliced_store_packed : tq_mve_sliced_store, few, scratch);
}
