#include "tq_mve_sliced.h"

#define MOST_CHANNELS 1024 /* that places of 16 bits reach */

void tq_mve_sliced_conv_a8(tq_sliced *layer, void *scratch) {
  const int32_t direct = layer->dims->output.c <= MOST_CHANNELS;

  tq_mve_sliced_conv_by(layer, direct ? tq_mve_sliced_store_a8 : tq_mve_sliced_store, direct, scratch);
}
