#include "tq_sliced_adders.h"
#include "tq_sliced_depthwise.h"

#define DIFFERING(x, i, w) ((uint32_t)(x)[i] ^ (uint32_t)(w))

/* Three rows of three taps, mostly. w: the first tap's word. */
static void count_nine(const int32_t *x, int32_t down, int32_t right, const int32_t *w, uint32_t *counts) {
  const int32_t *const second = x + down, *const third = second + down;
  uint32_t a = DIFFERING(x, 0, w[0]), b = DIFFERING(second, 0, w[3]), c = DIFFERING(third, 0, w[6]);
  uint32_t two_a, two_b, two_c, two, four;

  TQ_SLICED_FULL(a, DIFFERING(x, right, w[1]), DIFFERING(x, 2 * right, w[2]), two_a);
  TQ_SLICED_FULL(b, DIFFERING(second, right, w[4]), DIFFERING(second, 2 * right, w[5]), two_b);
  TQ_SLICED_FULL(c, DIFFERING(third, right, w[7]), DIFFERING(third, 2 * right, w[8]), two_c);
  TQ_SLICED_FULL(a, b, c, two);
  TQ_SLICED_FULL(two, two_a, two_b, four);
  TQ_SLICED_HALF(two, two_c);
  counts[0] = a;
  counts[1] = two;
  counts[2] = four ^ two_c;
  counts[3] = four & two_c;
}

/* Any rectangle of taps; from digit 3 on counts are 0. */
static void count_all(const tq_sliced_line *line, const int32_t *x_row, const int32_t *w_row, int32_t columns,
                      uint32_t *counts) {
  const int32_t right = line->right;
  uint32_t ones = 0, twos = 0, fours = 0;

  for (int32_t y = line->rows.begin; y < line->rows.end; y++, x_row += line->down, w_row += line->taps_w) {
    const int32_t *x = x_row, *w = w_row, *const end = w + columns;
    for (; w + 3 <= end; w += 3, x += 3 * right) {
      uint32_t one = DIFFERING(x, 0, w[0]), two, four;
      TQ_SLICED_FULL(one, DIFFERING(x, right, w[1]), DIFFERING(x, 2 * right, w[2]), two);
      TQ_SLICED_HALF(ones, one);
      TQ_SLICED_FULL(twos, two, one, four);
      TQ_SLICED_HALF(fours, four);
      tq_sliced_ripple(counts + 3, four);
    }
    if (w + 2 <= end) {
      uint32_t carry;
      TQ_SLICED_FULL(ones, DIFFERING(x, 0, w[0]), DIFFERING(x, right, w[1]), carry);
      TQ_SLICED_HALF(twos, carry);
      TQ_SLICED_HALF(fours, carry);
      tq_sliced_ripple(counts + 3, carry);
    } else if (w < end) {
      TQ_SLICED_COUNT(DIFFERING(x, 0, w[0]), ones, twos, fours, counts);
    }
  }
  counts[0] = ones;
  counts[1] = twos;
  counts[2] = fours;
}

/* The taps outside of the image: zeros count 1, or signs are compared. */
static void count_padding(const tq_sliced_line *line, tq_range columns, uint32_t *counts) {
  const int32_t inside = (line->rows.end - line->rows.begin) * (columns.end - columns.begin);
  const int32_t zeros = line->taps_h * line->taps_w - inside, *w = line->weights;

  for (int32_t digit = 0; line->zeros && zeros >> digit != 0; digit++) {
    if (zeros >> digit & 1) tq_sliced_ripple(counts + digit, UINT32_MAX);
  }
  for (int32_t y = 0; !line->zeros && y < line->taps_h; y++) {
    const int32_t row = y >= line->rows.begin && y < line->rows.end;
    for (int32_t x = 0; x < line->taps_w; x++, w++) {
      if (!row || x < columns.begin || x >= columns.end) tq_sliced_ripple(counts, line->padding ^ (uint32_t)*w);
    }
  }
}

void tq_sliced_count_line(const tq_sliced_line *line, int32_t x, uint32_t *counts) {
  const int32_t taps_w = line->taps_w, rows = line->rows.end - line->rows.begin, doubled = line->zeros;
  const int whole = x >= 0 && x + (taps_w - 1) * line->dilation < line->width;
  const tq_range every = {0, taps_w}, columns = whole ? every : tq_taps_inside(x, line->dilation, taps_w, line->width);
  const int32_t *const w = line->weights + line->rows.begin * taps_w + columns.begin;
  const int32_t *const from = line->x + tq_first_inside(columns, x, line->dilation) * line->pixel;

  counts[0] = 0;
  for (int32_t digit = 3; digit < line->digits; digit++) counts[digit] = 0;
  if (rows == 3 && taps_w == 3 && whole) {
    count_nine(from, line->down, line->right, w, counts + doubled);
  } else {
    count_all(line, from, w, columns.end - columns.begin, counts + doubled);
  }
  if (!whole || rows < line->taps_h) count_padding(line, columns, counts);
}
