#include <string.h>

#include "tq_few_bits.h"
#include "tq_neon_dense.h"

#define BYTES 640 /* that TQ_DENSE_CODES have at most */
#define MARGIN 7  /* codes of a unit before a row's first one */

typedef struct {
  const tq_dense_layer *of;
  const int8_t *beside; /* some inputs of a row behind a margin, and all around them the zero point */
  int32_t some;
  int32_t step, apart; /* outputs and bytes from one row to the next one whose codes begin alike in a unit */
} part;

/* The packed blocks from a place on, or where they would end behind all weights, a copy. */
static inline const uint8_t *blocks_from(const tq_dense_layer *l, const uint8_t *from, int32_t blocks,
                                         uint8_t copy[BYTES]) {
  if (l->end - from >= blocks * TQ_DENSE_BLOCK * l->unit) return from;
  memset(copy, 0, BYTES);
  return memcpy(copy, from, (size_t)(l->end - from));
}

static inline const int8_t *table_of(const tq_dense_layer *l, int32_t output) {
  return l->tables ? tq_table_of(l->tables, l->levels, output, l->bits) : NULL;
}

/* Every step-th of `count` outputs, from `output` on, which begins behind `skip` codes, which meet inputs of the zero
 * point. */
static void add_alike(const part *p, int32_t output, int32_t count, const uint8_t *packed, int32_t skip,
                      int32_t *sums) {
  const tq_dense_layer *const l = p->of;
  const int32_t codes = TQ_DENSE_BLOCK * l->digits, blocks = (skip + p->some + codes - 1) / codes;
  int8_t laid[TQ_DENSE_CODES];
  uint8_t copies[2][BYTES];
  int32_t none = 0;

  tq_neon_dense_lay(p->beside + MARGIN - skip, blocks, l->digits, laid);
  for (int32_t o = 0; o < count; o += 2 * p->step, packed += 2 * p->apart) {
    const int32_t two = o + p->step < count;
    const uint8_t *const rows[2] = {blocks_from(l, packed, blocks, copies[0]),
                                    blocks_from(l, packed + (two ? p->apart : 0), blocks, copies[1])};
    const int8_t *const tables[2] = {table_of(l, output + o), table_of(l, output + o + (two ? p->step : 0))};
    int32_t *const to[2] = {sums + o, two ? sums + o + p->step : &none};
    l->rows(laid, rows, tables, blocks, l->zero_point, to);
  }
}

void tq_neon_dense_add(const tq_dense_layer *layer, const int8_t *input, int32_t first, int32_t count,
                       int32_t *sums) {
  const int32_t c_in = layer->c_in, digits = layer->digits, unit = layer->unit;
  int8_t beside[MARGIN + TQ_DENSE_CODES + 128];
  part p = {.of = layer, .beside = beside, .step = 1};

  memset(sums, 0, (size_t)count * sizeof *sums);
  while (p.step * c_in % digits != 0) p.step++;
  p.apart = p.step * c_in / digits * unit;
  for (int32_t done = 0; done < c_in; done += p.some) {
    const int32_t left = c_in - done;
    p.some = left < TQ_DENSE_CODES - MARGIN ? left : TQ_DENSE_CODES - MARGIN;
    memset(beside, layer->zero_point, sizeof beside);
    memcpy(beside + MARGIN, input + done, (size_t)p.some);
    for (int32_t i = 0; i < p.step && i < count; i++) {
      const int32_t code = (first + i) * c_in + done;
      add_alike(&p, first + i, count - i, layer->packed + code / digits * unit, code % digits, sums + i);
    }
  }
}
