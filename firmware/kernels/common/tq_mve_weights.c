#include "tq_mve_conv_2d.h"

const int8_t *tq_mve_weights(const tq_conv_params *params, const tq_dsp_weights *weights, int32_t filter,
                             int32_t filters, int32_t taps, int8_t *room) {
  if (weights->unpack) {
    weights->unpack(weights->data, filter * taps, filters * taps, room);
    return room;
  }
  if (!weights->unpack_table) return (const int8_t *)weights->data + filter * taps;
  for (int32_t i = 0; i < filters; i++) {
    tq_dsp_fetch(weights, params->tables, params->levels, filter + i, taps, room + i * taps);
  }
  return room;
}
