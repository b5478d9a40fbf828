#include "tq_neon_depthwise_bits.h"

void tq_neon_put_lanes(const tq_lanes_layer *layer, int32_t *output) {
  const tq_dims out = layer->dims->output;
  const int32_t words = tq_bits_words(out.c), planes = tq_bits_planes(layer->params->output.levels);
  const int32_t row = planes * words;

  if (planes == 1 && layer->pixel > 2) {
    memcpy(output, layer->lines, (size_t)(out.w * words) * sizeof *output);
    return;
  }
  for (int32_t m = 0; m < planes; m++, output += words) {
    const uint8_t *line = layer->lines + m * layer->line;
    for (int32_t x = 0; layer->pixel == 2 && x < out.w; x++) {
      uint16_t lanes;
      memcpy(&lanes, line + 2 * x, sizeof lanes);
      output[x * planes] = lanes;
    }
    for (int32_t x = 0; layer->pixel > 2 && x < out.w; x++, line += layer->pixel) {
      for (int32_t i = 0; i < words; i++) memcpy(output + x * row + i, line + 4 * i, 4);
    }
  }
}
