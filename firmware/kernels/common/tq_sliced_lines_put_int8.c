#include "tq_bits.h"
#include "tq_sliced_lines_scale.h"

/* 24 lanes or more by a table of at most 256 entries; first those of which four bytes have one. */
static void look_up(const int8_t *table, const uint32_t *low, int32_t step, int32_t lanes, int8_t *to) {
  const uint32_t *const fours = low + lanes - 24, *const end = low + 8;

  for (; low < fours; to += step) {
    const uint32_t e = *low++;
    to[0] = table[e & 255];
    to[8 * step] = table[e >> 8 & 255];
    to[16 * step] = table[e >> 16 & 255];
    to[24 * step] = table[e >> 24];
  }
  for (; low < end; to += step) {
    const uint32_t e = *low++;
    to[0] = table[e & 255];
    to[8 * step] = table[e >> 8 & 255];
    to[16 * step] = table[e >> 16 & 255];
  }
}

/* Byte p / 8 of word p % 8 is the low byte of position p, and that of word p % 8 + 8 the high one. */
#define E_OF(low, high, p) (((low) >> (p) / 8 * 8 & 255) | ((high) >> (p) / 8 * 8 & 255) << 8)

/* The same, computed quickly. */
static void scale_all(const tq_sliced_lines_scale *scale, const uint32_t words[16], int32_t step, int32_t lanes,
                      int8_t *to) {
  const tq_sliced_lines_scale s = *scale;

  for (int32_t k = 0; k < 8; k++, to += step) {
    const uint32_t low = words[k], high = words[k + 8];
    to[0] = tq_sliced_lines_output(&s, 1, E_OF(low, high, 0));
    to[8 * step] = tq_sliced_lines_output(&s, 1, E_OF(low, high, 8));
    to[16 * step] = tq_sliced_lines_output(&s, 1, E_OF(low, high, 16));
    if (k + 24 < lanes) to[24 * step] = tq_sliced_lines_output(&s, 1, E_OF(low, high, 24));
  }
}

void tq_sliced_lines_put_int8(const tq_sliced_lines *l, int32_t o, int32_t i, int32_t k, uint32_t counts[16]) {
  const tq_sliced_lines_filter *const f = l->filters + i;
  const int32_t channels = l->layer->dims->output.c, step = l->piece.words * channels;
  const int32_t lanes = tq_sliced_lines_lanes_of(l, k), many = lanes >= 24;
  int8_t *const to = (int8_t *)l->layer->output + tq_sliced_lines_position(l, k) * channels + o;
  const int8_t *const table = l->tables + f->table;
  tq_sliced_lines_scale scale;

  tq_sliced_lines_turn(counts);
  if (f->digits <= 8 && f->table >= 0 && many) {
    look_up(table, counts, step, lanes, to);
    return;
  }
  for (int32_t digit = f->digits > 8 ? 12 : 8; digit < 16; digit++) counts[digit] = 0;
  if (f->digits > 8) tq_sliced_lines_turn(counts + 8);
  if (f->table >= 0) {
    for (int32_t p = 0; p < lanes; p++) to[p * step] = table[E_OF(counts[p % 8], counts[p % 8 + 8], p)];
    return;
  }
  scale = tq_sliced_lines_scale_of(l, o, f);
  if (scale.quick && many) {
    scale_all(&scale, counts, step, lanes, to);
    return;
  }
  for (int32_t p = 0; p < lanes; p++) {
    const uint32_t e = E_OF(counts[p % 8], counts[p % 8 + 8], p);
    to[p * step] = scale.quick ? tq_sliced_lines_output(&scale, 1, e) : tq_sliced_lines_output(&scale, 0, e);
  }
}
