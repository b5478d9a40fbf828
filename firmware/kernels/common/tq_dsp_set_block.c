#include "tq_dsp_conv_2d.h"

/* Weights (h, w, c) -> columns of (h, c), each filled up with zeros to whole pairs. */
static const int8_t *in_columns(const tq_dsp_taps *taps, const int8_t *weights, int8_t *columns) {
  const int32_t c = taps->channels, count = taps->columns, used = taps->height * c, spare = 2 * taps->column_pairs - used;
  int8_t *to = columns;

  if (taps->columns == 1 && spare == 0) return weights;
  if (c == 1) { /* many short loops otherwise */
    for (int32_t column = 0; column < count; column++, weights++) {
      const int8_t *from = weights;
      for (int32_t row = taps->height; row > 0; row--, from += count) *to++ = *from;
      for (int32_t i = 0; i < spare; i++) *to++ = 0;
    }
    return columns;
  }
  for (int32_t column = 0; column < taps->columns; column++) {
    for (int32_t row = 0; row < taps->height; row++) {
      const int8_t *from = weights + (row * taps->columns + column) * c;
      for (int32_t i = 0; i < c; i++) *to++ = from[i];
    }
    for (int32_t i = 0; i < spare; i++) *to++ = 0;
  }
  return columns;
}

/* Filters a and b (int8: a alone) -> every fourth word. room: 4 * taps->pairs bytes. */
static void put_filters(const tq_dsp_taps *taps, const int8_t *a, const int8_t *b, int8_t *room, uint32_t *words,
                        int32_t *sums) {
  int32_t runs = 1, columns = 1, pairs = taps->pairs, down = 0, right = 0;

  sums[0] = sums[1] = 0;
  if (taps->channels % 4 == 0) { /* the pixels of a column, one by one */
    runs = taps->height;
    columns = taps->columns;
    pairs = taps->channels / 2;
    right = taps->channels;
    down = columns * right;
  } else {
    a = in_columns(taps, a, room);
    b = tq_dsp_coded(taps) ? in_columns(taps, b, room + 2 * taps->pairs) : a;
  }
  for (int32_t column = 0; column < columns; column++) {
    for (int32_t run = 0; run < runs; run++, words += 4 * pairs) {
      const int32_t at = column * right + run * down;
      if (tq_dsp_coded(taps)) {
        tq_dsp_put_codes(a + at, b + at, pairs, taps->in_order, words, sums);
      } else {
        sums[0] += tq_dsp_put_int8(a + at, pairs, taps->in_order, words);
      }
    }
  }
}

int tq_dsp_set_block(const tq_dsp_pass *pass, const tq_dsp_weights *weights, const int32_t *bias, int32_t first,
                     int wanted) {
  const tq_dsp_taps *taps = pass->taps;
  const int32_t filters = tq_dsp_block_filters(taps), left = pass->count - first, count = left < filters ? left : filters;
  const int32_t size = taps->columns * taps->height * taps->channels, last = pass->channel + first + count - 1;
  const int32_t step = tq_dsp_coded(taps) ? 2 : 1;
  const tq_conv_params *params = pass->params;
  int8_t *const room = (int8_t *)pass->x;
  uint32_t *const words = pass->words + first / filters * 4 * taps->pairs;
  tq_dsp_scale *const scales = pass->scales + first;
  int32_t sums[8];

  for (int32_t q = 0; q < 4; q++) { /* what is missing to a block is computed and not used */
    const int32_t own = pass->channel + first + step * q, one = own < last ? own : last;
    const int32_t other = one < last ? one + 1 : last;
    const int8_t *a = tq_dsp_fetch(weights, params->tables, params->levels, one, size, room), *b = a;
    if (tq_dsp_coded(taps)) {
      b = tq_dsp_fetch(weights, params->tables, params->levels, other, size, room + 2 * taps->pairs);
    }
    int32_t both[2];
    put_filters(taps, a, b, room + 4 * taps->pairs, words + q, both);
    sums[step * q] = both[0];
    if (tq_dsp_coded(taps)) sums[2 * q + 1] = both[1];
  }
  return tq_dsp_set_scales(params, bias, pass->channel + first, count, size, sums, wanted, scales);
}
