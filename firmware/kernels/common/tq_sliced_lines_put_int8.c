#include "tq_bits.h"
#include "tq_requantize.h"
#include "tq_sliced_lines.h"

/* E of 32 positions: the low and the high byte of p % 8 + 8 * j is byte j of word p % 8. */
static void split(const uint32_t *counts, int32_t digits, uint32_t low[8], uint32_t high[8]) {
  for (int32_t k = 0; k < 8; k++) low[k] = k < digits ? counts[k] : 0;
  tq_sliced_lines_turn(low);
  if (digits <= 8) return;
  for (int32_t k = 0; k < 8; k++) high[k] = k + 8 < digits ? counts[k + 8] : 0;
  tq_sliced_lines_turn(high);
}

/* All 32 by a table of at most 256 entries. */
static void look_up(const int8_t *table, const uint32_t low[8], int32_t step, int8_t *to) {
  for (int32_t k = 0; k < 8; k++, to += step) {
    const uint32_t e = low[k];
    to[0] = table[e & 255];
    to[8 * step] = table[e >> 8 & 255];
    to[16 * step] = table[e >> 16 & 255];
    to[24 * step] = table[e >> 24];
  }
}

void tq_sliced_lines_put_int8(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t position, int32_t count,
                              const uint32_t *counts) {
  const tq_bits_output *const how = l->layer->params;
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t *const bias = l->layer->bias, step = l->layer->dims->output.c;
  const int32_t multiplier = how->multiplier[o], shift = how->shift[o], unit = l->unit * (1 << how->bias_shift);
  const int32_t begin = f->top * (1 << how->bias_shift) + (bias ? bias[o] : 0);
  const int32_t least = how->activation_min - how->zero_point, most = how->activation_max - how->zero_point;
  int8_t *const to = (int8_t *)l->layer->output + position * step + o;
  const int8_t *const table = f->table < 0 ? NULL : l->tables + f->table;
  uint32_t low[8], high[8] = {0};

  split(counts, f->digits, low, high);
  if (table && f->digits <= 8 && count >= TQ_WORD_BITS) {
    look_up(table, low, step, to);
    return;
  }
  for (int32_t p = 0; p < count; p++) {
    const uint32_t e = (low[p % 8] >> p / 8 * 8 & 255) | (high[p % 8] >> p / 8 * 8 & 255) << 8;
    const int32_t sum = (int32_t)((uint32_t)begin - e * (uint32_t)unit);
    to[p * step] = table ? table[e]
                         : (int8_t)(tq_clamp(tq_scale(sum, multiplier, shift), least, most) + how->zero_point);
  }
}
