#include "tq_window_sum.h"

/* |x - zero point| <= 255 and |code| <= 1: the sum of so many products fits 16 bits. */
#define MAX_PRODUCTS 128

void tq_window_sum_pairs(const tq_window *window, const void *filters, int32_t sums[TQ_BLOCK]) {
  const int32_t *pair = (const int32_t *)filters + 2 * window->tap;
  const int8_t *x = window->x;
  const int32_t zero_point = window->zero_point;
  int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;

  for (int32_t row = window->rows; row > 0; row--) {
    for (int32_t run = window->runs; run > 0; run--) {
      for (int32_t left = window->run; left > 0; left -= MAX_PRODUCTS) {
        const int8_t *const end = x + (left < MAX_PRODUCTS ? left : MAX_PRODUCTS);
        int32_t sum01 = 0, sum23 = 0;
        while (x < end) {
          const int32_t pair01 = pair[0], pair23 = pair[1];
          const int32_t centred = *x++ - zero_point;
          sum01 += centred * pair01;
          sum23 += centred * pair23;
          pair += 2;
        }
        sum0 += (int16_t)sum01; /* the low half; the high half less what a negative low half borrowed */
        sum1 += (sum01 - (int16_t)sum01) >> 16;
        sum2 += (int16_t)sum23;
        sum3 += (sum23 - (int16_t)sum23) >> 16;
      }
      x += window->x_run_gap;
    }
    x += window->x_row_gap;
    pair += 2 * window->tap_row_gap;
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3;
}
