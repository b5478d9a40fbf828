#include "tq_bits.h"
#include "tq_mve_lines.h"

void tq_mve_lines_weigh(const tq_mve_lines *l, int32_t byte) {
  const tq_sliced *const layer = l->layer;
  const int32_t channels = layer->dims->output.c, words = tq_bits_words(channels), length = l->w_apart + 16;
  const int8_t *const weights = (const int8_t *)layer->weights + byte;

  for (int32_t plane = 0; plane < l->w_planes; plane++) {
    int8_t *const to = (int8_t *)l->seen + plane * length;
    tq_mve_gather_every(to, weights + 4 * plane * words, 4 * l->w_planes * words, l->sizes.taps);
    tq_mve_fill(to + l->sizes.taps, 0, length - l->sizes.taps);
  }
  tq_mve_lines_turn(&(tq_mve_lines_bytes){l->seen, l->seen + length, 1, l->w_planes, 4, l->w_apart, l->weights,
                                          l->w_apart});
}
