#include <string.h>

#include "tq_neon_dense.h"
#include "tq_neon_outputs.h"
#include "tq_neon_sum.h"

#define BYTES 256  /* that TQ_DENSE_CODES have at most */
#define MARGIN 7   /* codes of a byte before a row's first one */
#define OUTPUTS 64 /* that share what is laid */

typedef struct {
  const int8_t *beside; /* some inputs of a row behind a margin, and all around them the zero point */
  const uint8_t *end;   /* of the packed weights */
  int32_t some, zero_point, digits; /* digits: of a byte */
  tq_dense_rows *rows;
} layer;

/* The packed blocks from a place on, or where they would end behind all weights, a copy. */
static inline const uint8_t *blocks_from(const layer *l, const uint8_t *from, int32_t blocks, uint8_t copy[BYTES]) {
  if (l->end - from >= blocks * TQ_DENSE_BLOCK) return from;
  memset(copy, 0, BYTES);
  return memcpy(copy, from, (size_t)(l->end - from));
}

/* Every `step`-th of `count` sums, those of rows whose codes begin in the same place of a byte: behind `skip` others,
 * which meet inputs of the zero point. apart: bytes from one such row to the next one. */
static void add_alike(const layer *l, const uint8_t *packed, int32_t skip, int32_t apart, int32_t count, int32_t step,
                      int32_t *sums) {
  const int32_t codes = TQ_DENSE_BLOCK * l->digits, blocks = (skip + l->some + codes - 1) / codes;
  int8_t laid[TQ_DENSE_CODES];
  uint8_t copies[2][BYTES];
  int32_t none = 0;

  tq_neon_dense_lay(l->beside + MARGIN - skip, blocks, l->digits, laid);
  for (int32_t o = 0; o < count; o += 2 * step, packed += 2 * apart) {
    const int32_t two = o + step < count;
    const uint8_t *const rows[2] = {blocks_from(l, packed, blocks, copies[0]),
                                    blocks_from(l, packed + (two ? apart : 0), blocks, copies[1])};
    int32_t *const to[2] = {sums + o, two ? sums + o + step : &none};
    l->rows(laid, rows, blocks, l->zero_point, to);
  }
}

/* Sums of outputs [first, first + count). */
static void add_outputs(const layer *all, const int8_t *input, const uint8_t *packed, int32_t c_in, int32_t first,
                        int32_t count, int32_t *sums) {
  int8_t beside[MARGIN + TQ_DENSE_CODES + 128];
  layer l = *all;
  int32_t step = 1;

  while (step * c_in % l.digits != 0) step++;
  l.beside = beside;
  for (int32_t done = 0; done < c_in; done += l.some) {
    const int32_t left = c_in - done;
    l.some = left < TQ_DENSE_CODES - MARGIN ? left : TQ_DENSE_CODES - MARGIN;
    memset(beside, l.zero_point, sizeof beside);
    memcpy(beside + MARGIN, input + done, (size_t)l.some);
    for (int32_t i = 0; i < step && i < count; i++) {
      const int32_t code = (first + i) * c_in + done;
      add_alike(&l, packed + code / l.digits, code % l.digits, step * c_in / l.digits, count - i, step, sums + i);
    }
  }
}

/* Codes are digits less 1, or 1 less twice the digits. */
void tq_neon_dense_codes(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                         const int8_t *input, const uint8_t *packed, int32_t base, const int32_t *bias,
                         int8_t *output) {
  const tq_scaling scaling = tq_dense_scaling(params, bias);
  const int32_t c_in = dims->c_in, c_out = dims->c_out, digits = base == 3 ? 5 : 8;
  const layer l = {.end = packed + (c_in * c_out + digits - 1) / digits, .zero_point = params->input_zero_point,
             .digits = digits, .rows = base == 3 ? tq_neon_dense_ternary : tq_neon_dense_binary};

  for (int32_t row = 0; row < dims->rows; row++, input += c_in, output += c_out) {
    const int32_t seen = tq_neon_sum_int8(input, c_in) - l.zero_point * c_in;
    for (int32_t first = 0; first < c_out; first += OUTPUTS) {
      const int32_t count = c_out - first < OUTPUTS ? c_out - first : OUTPUTS;
      int32_t sums[OUTPUTS] = {0};
      add_outputs(&l, input, packed, c_in, first, count, sums);
      for (int32_t i = 0; i < count; i++) sums[i] = base == 3 ? sums[i] - seen : seen - 2 * sums[i];
      tq_neon_outputs(&scaling, first, count, 0, sums, output + first);
    }
  }
}
