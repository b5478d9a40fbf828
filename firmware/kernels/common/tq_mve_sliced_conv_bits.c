#include "tinyq/tq_used.h"
#include "tq_mve_few.h"

void tq_mve_sliced_conv_bits(tq_sliced *layer, void *scratch) {
  const tq_bits_output *const how = layer->params;
  const int32_t direct = how->levels <= 4;
  tq_mve_few few;

  if (TQ_USED_MVE_FEW && tq_mve_few_fits(layer, &few)) {
    tq_mve_few_conv(&few, scratch);
  } else {
    tq_mve_sliced_conv_by(layer, direct ? tq_mve_sliced_store_packed : tq_mve_sliced_store, direct, scratch);
  }
}
