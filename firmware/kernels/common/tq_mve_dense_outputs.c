#include "tq_mve_dense.h"

void tq_mve_dense_outputs(const tq_mve_layer *layer, int32_t channels, const int32_t *sums, int32_t *room,
                          int8_t *output) {
  for (int32_t channel = 0; channel < channels; channel += TQ_MVE_APART) {
    const int32_t rest = channels - channel, count = rest < TQ_MVE_APART ? rest : TQ_MVE_APART;
    const tq_mve_scales scales = tq_mve_scales_at(layer, channel, TQ_MVE_APART, room);
    for (int32_t i = 0; i < count; i++) tq_mve_set_scale(layer, &scales, i, channel + i, 0);
    tq_mve_outputs(&scales, count, 1, sums + channel, output + channel, 0);
  }
}
