#include "tq_bits.h"
#include "tq_requantize.h"
#include "tq_sliced_lines.h"

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

/* Any. Of E, byte p / 8 of word p % 8 is the low byte of position p, and that of word p % 8 + 8 the high one. */
static void put(const tq_sliced_lines *l, int32_t o, const tq_sliced_lines_filter *f, int32_t count,
                const uint32_t *words, int8_t *to) {
  const tq_bits_output how = *(const tq_bits_output *)l->layer->params; /* a copy: output could be its memory */
  const int32_t *const bias = l->layer->bias, step = l->layer->dims->output.c;
  const int32_t multiplier = how.multiplier[o], shift = how.shift[o];
  const int32_t least = how.activation_min - how.zero_point, most = how.activation_max - how.zero_point;
  const int8_t *const table = f->table < 0 ? NULL : l->tables + f->table;
  const uint32_t unit = (uint32_t)l->unit << how.bias_shift;
  const uint32_t begin = ((uint32_t)f->top << how.bias_shift) + (uint32_t)(bias ? bias[o] : 0);

  for (int32_t p = 0; p < count; p++, to += step) {
    const uint32_t low = words[p % 8] >> p / 8 * 8 & 255;
    const uint32_t e = f->digits > 8 ? low | (words[8 + p % 8] >> p / 8 * 8 & 255) << 8 : low;
    if (table) {
      *to = table[e];
    } else {
      const int32_t scaled = tq_scale((int32_t)(begin - e * unit), multiplier, shift);
      *to = (int8_t)(tq_clamp(scaled, least, most) + how.zero_point);
    }
  }
}

void tq_sliced_lines_put_int8(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t position, int32_t count,
                              uint32_t counts[16]) {
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t step = l->layer->dims->output.c;
  int8_t *const to = (int8_t *)l->layer->output + position * step + o;

  tq_sliced_lines_turn(counts);
  if (f->digits <= 8 && f->table >= 0 && count >= TQ_WORD_BITS) {
    look_up(l->tables + f->table, counts, step, to);
    return;
  }
  if (f->digits > 8) {
    counts[12] = counts[13] = counts[14] = counts[15] = 0;
    tq_sliced_lines_turn(counts + 8);
  }
  put(l, o, f, count, counts, to);
}
