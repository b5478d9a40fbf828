#include "tq_mve_scales.h"

tq_mve_scales tq_mve_scales_at(const tq_mve_layer *layer, int32_t channel, int32_t apart, int32_t *room) {
  const tq_mve_scales scales = {layer->multiplier + channel,      room,       room + apart, room + 2 * apart,
                                layer->zero_point, layer->min, layer->max};
  return scales;
}
