#include "tq_mve_sliced.h"

void tq_mve_sliced_conv(tq_sliced *layer, void *scratch) {
  tq_mve_sliced_conv_by(layer, tq_mve_sliced_store, 0, scratch);
}
