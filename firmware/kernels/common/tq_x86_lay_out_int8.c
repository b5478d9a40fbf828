#include <stdlib.h>
#include <string.h>

#include "tq_x86_bits.h"
#include "tq_x86_int8.h"

#if TQ_X86
static void lay_out(const tq_x86_int8_work *w, const void *weights, tq_x86_weights_of *weights_of, int32_t first,
                    int32_t count, uint32_t *to) {
  const int32_t each = w->taps * w->pixel, row = 4 * w->words + TQ_X86_SLACK;
  const void *rows[TQ_X86_DOT_CHANNELS];

  for (int32_t c = 0; c < count; c++) {
    int8_t *const own = w->rows + c * row;
    if (w->run == 4 * w->run_words) { /* whole words as they are */
      rows[c] = weights_of(w->params, weights, first + c, each, own);
      continue;
    }
    const int8_t *const codes = weights_of(w->params, weights, first + c, each, w->buffer);
    memset(own, 0, (size_t)(4 * w->words));
    for (int32_t i = 0; i < w->segments; i++) memcpy(own + i * 4 * w->run_words, codes + i * w->run, (size_t)w->run);
    rows[c] = own;
  }
  tq_x86_beside(rows, w->words, count, to);
}

/* level * sum + base is level * (the sum of (x - zero point) * w) + bias. */
static void find_scaling(const tq_x86_int8_work *w, const int32_t *bias, int32_t leveled, int32_t first, int32_t count,
                         tq_x86_int8_block *block) {
  static const uint8_t ones[4] = {1, 1, 1, 1};
  const tq_conv_params *const params = w->params;
  tq_x86_scaling *const scaling = &block->scaling;
  tq_x86_dot_tile tile = tq_x86_int8_tile(w, block, leveled);
  const uint32_t excess = (uint32_t)(params->input_zero_point + 128);
  tq_x86_dots sums;

  for (int32_t p = 0; p < TQ_X86_DOT_PIXELS; p++) tile.x[p] = ones;
  tile.pixels = 1;
  tile.steps = w->no_steps;
  (w->avx512 ? tq_x86_dot_avx512 : tq_x86_dot_avx2)(&tile, sums);
  scaling->zero_point = params->output_zero_point;
  scaling->min = params->activation_min;
  scaling->max = params->activation_max;
  scaling->plain = 1;
  for (int32_t c = 0; c < TQ_X86_DOT_CHANNELS; c++) {
    const int32_t channel = first + (c < count ? c : 0), level = leveled ? params->levels[channel] : 1;
    scaling->multiplier[c] = params->multiplier[channel];
    scaling->shift[c] = params->shift[channel];
    scaling->level[c] = level;
    scaling->base[c] =
        (int32_t)((bias ? (uint32_t)bias[channel] : 0) - (uint32_t)level * excess * (uint32_t)sums[0][c]);
    const int64_t largest = (int64_t)4 * w->words * 255 * (leveled ? level : 127) + (bias ? llabs(bias[channel]) : 0);
    if (scaling->shift[c] >= 0 || largest >= 1 << 30) scaling->plain = 0;
  }
}

void tq_x86_lay_out_int8(const tq_x86_int8_work *w, const void *weights, tq_x86_weights_of *weights_of,
                         const int32_t *bias, int32_t leveled, int32_t first, int32_t count, tq_x86_int8_block *block) {
  lay_out(w, weights, weights_of, first, count, (uint32_t *)(void *)(block + 1));
  find_scaling(w, bias, leveled, first, count, block);
}
#else
void tq_x86_lay_out_int8(const tq_x86_int8_work *w, const void *weights, tq_x86_weights_of *weights_of,
                         const int32_t *bias, int32_t leveled, int32_t first, int32_t count, tq_x86_int8_block *block) {
  (void)w, (void)weights, (void)weights_of, (void)bias, (void)leveled, (void)first, (void)count, (void)block;
}
#endif
