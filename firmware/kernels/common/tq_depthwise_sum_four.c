#include "tq_depthwise_conv_2d.h"

/* Channel k reads the input at x[ahead_k]. */
static inline void sum_four(const tq_depthwise_window *window, const int8_t *x, const int8_t *w,
                            int32_t ahead1, int32_t ahead2, int32_t ahead3, int32_t sums[4]) {
  const int32_t zero_point = window->zero_point, x_right = window->x_right, w_right = window->w_right;
  int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;

  for (int32_t row = window->rows; row > 0; row--) {
    const int8_t *xi = x;
    for (int32_t i = window->columns; i > 0; i--) {
      sum0 += (xi[0] - zero_point) * w[0];
      sum1 += (xi[ahead1] - zero_point) * w[1];
      sum2 += (xi[ahead2] - zero_point) * w[2];
      sum3 += (xi[ahead3] - zero_point) * w[3];
      xi += x_right;
      w += w_right;
    }
    x += window->x_down;
    w += window->w_row_gap;
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3;
}

void tq_depthwise_sum_four(const tq_depthwise_window *window, int32_t channel, int32_t sums[4]) {
  const int32_t multiplier = window->multiplier;
  const int32_t first = multiplier == 1 ? channel : channel / multiplier; /* small cores divide slowly */
  const int8_t *x = window->x + first, *w = window->w + channel;

  if (multiplier == 1) { /* constant distances save registers */
    sum_four(window, x, w, 1, 2, 3, sums);
  } else {
    sum_four(window, x, w, (channel + 1) / multiplier - first, (channel + 2) / multiplier - first,
             (channel + 3) / multiplier - first, sums);
  }
}
