#include "tq_mve_narrow.h"
#include "tq_mve_tables.h"

/* A plane of `count` pixels of the line. */
static void see(const tq_mve_narrow *n, int32_t plane, int32_t image, int32_t first, int32_t count) {
  const tq_sliced *const layer = n->store.layer;
  const tq_dims in = layer->dims->input;
  const int32_t planes = n->sizes.planes;
  const uint32_t outside = (uint32_t)layer->outside[plane];
  int32_t y = first / n->row - layer->pad_top, x = first % n->row - layer->pad_left;
  uint32_t *to = n->pixels + plane * TQ_MVE_PIXELS;

  while (count > 0) {
    const int32_t rest = n->row - layer->pad_left - x, run = rest < count ? rest : count;
    const int32_t rows = y >= 0 && y < in.h; /* that are there */
    const int32_t before = rows ? tq_clamp(-x, 0, run) : run, end = rows ? tq_clamp(in.w - x, before, run) : run;
    tq_mve_fill_words(to, outside, before);
    if (end > before) {
      const int32_t *const from = layer->input + ((image * in.h + y) * in.w + x + before) * planes + plane;
      tq_mve_gather_words(to + before, from, planes, end - before);
    }
    tq_mve_fill_words(to + end, outside, run - end);
    to += run;
    count -= run;
    x = -layer->pad_left;
    y++;
  }
}

/* Bytes 0 to 3 of `count` pixels, each in a line. */
static void split(const uint32_t *pixels, int32_t count, uint8_t *to) {
  for (; count > 0; count -= 16, pixels += 16, to += 16) {
    tq_sixteen bytes[4];
    tq_sixteen_split(pixels, bytes);
    tq_sixteen_store(bytes[0], to);
    tq_sixteen_store(bytes[1], to + TQ_MVE_PIXELS);
    tq_sixteen_store(bytes[2], to + 2 * TQ_MVE_PIXELS);
    tq_sixteen_store(bytes[3], to + 3 * TQ_MVE_PIXELS);
  }
}

/* A nibble of 32 pixels: of sixteen, and of those that are 32 further on. */
static inline tq_sixteen nibble_of(const uint8_t *bytes, int upper) {
  const tq_sixteen a = tq_sixteen_load(bytes), b = tq_sixteen_load(bytes + 32);
  return upper ? tq_sixteen_upper(a, b) : tq_sixteen_lower(a, b);
}

/* Table k, of `lanes` bytes, of signs. */
static void lay_signs(const tq_mve_narrow *n, int32_t k, int32_t lanes) {
  const uint8_t *at = n->bytes + k / 2 * TQ_MVE_PIXELS;
  const int upper = k % 2;
  uint8_t *table = n->tables + k * TQ_MVE_LINES;

  for (; lanes > 0; lanes -= 16, at += 16, table += 16) {
    TQ_MVE_LAY_SIGNS(nibble_of(at, upper), table, TQ_MVE_LINE);
  }
}

/* The same of signs that are padded with 0, or of pairs of ternary weights two tables. */
static void lay_ternary(const tq_mve_narrow *n, int32_t k, int32_t lanes) {
  const tq_sliced *const layer = n->store.layer;
  const int32_t channels = layer->dims->filter.c - 4 * k, planes = n->sizes.planes;
  uint8_t *table = n->tables + k * TQ_MVE_LINES, *other = table + n->sizes.nibbles * TQ_MVE_LINES;

  for (const uint8_t *at = n->bytes + k / 2 * TQ_MVE_PIXELS; lanes > 0; lanes -= 16, at += 16, table += 16, other += 16) {
    const tq_sixteen there = planes == 2 ? nibble_of(at, k % 2) : tq_sixteen_of(0xff);
    const tq_sixteen minus = nibble_of(at + (planes - 1) * 4 * TQ_MVE_PIXELS, k % 2);
    if (!n->store.pairs) {
      TQ_MVE_LAY_HOLES(there, minus, tq_mve_half(there, channels), table, TQ_MVE_LINE);
      continue;
    }
    TQ_MVE_LAY_PAIR(there, minus, 0, table, TQ_MVE_LINE);
    if (channels > 2) TQ_MVE_LAY_PAIR(there, minus, 2, other, TQ_MVE_LINE);
  }
}

void tq_mve_narrow_fill(const tq_mve_narrow *n, int32_t image, int32_t first, int32_t blocks) {
  const int32_t lanes = (TQ_MVE_BLOCK * blocks - 32 + n->span + 15) / 16 * 16;
  const int32_t signs = n->sizes.planes == 1 && !n->store.pairs;

  for (int32_t plane = 0; plane < n->sizes.planes; plane++) {
    see(n, plane, image, first, lanes + 32);
    split(n->pixels + plane * TQ_MVE_PIXELS, lanes + 32, n->bytes + plane * 4 * TQ_MVE_PIXELS);
  }
  for (int32_t k = 0; k < n->sizes.nibbles; k++) (signs ? lay_signs : lay_ternary)(n, k, lanes);
}
