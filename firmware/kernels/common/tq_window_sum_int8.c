#include "tq_window_sum.h"

void tq_window_sum_int8(const tq_window *window, const void *filters, int32_t sums[TQ_BLOCK]) {
  const int8_t *const *const weights = filters;
  const int8_t *w0 = weights[0] + window->tap, *w1 = weights[1] + window->tap;
  const int8_t *w2 = weights[2] + window->tap, *w3 = weights[3] + window->tap;
  const int8_t *x = window->x;
  const int32_t zero_point = window->zero_point;
  int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;

  for (int32_t row = window->rows; row > 0; row--) {
    for (int32_t run = window->runs; run > 0; run--) {
      for (const int8_t *const end = x + window->run; x < end;) {
        const int32_t centred = *x++ - zero_point;
        sum0 += centred * *w0++;
        sum1 += centred * *w1++;
        sum2 += centred * *w2++;
        sum3 += centred * *w3++;
      }
      x += window->x_run_gap;
    }
    x += window->x_row_gap;
    w0 += window->tap_row_gap;
    w1 += window->tap_row_gap;
    w2 += window->tap_row_gap;
    w3 += window->tap_row_gap;
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3;
}
