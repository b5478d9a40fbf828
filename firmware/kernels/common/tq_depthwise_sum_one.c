#include "tq_depthwise_conv_2d.h"

int32_t tq_depthwise_sum_one(const tq_depthwise_window *window, int32_t channel) {
  const int8_t *x = window->x + channel / window->multiplier, *w = window->w + channel;
  int32_t sum = 0;

  for (int32_t row = window->rows; row > 0; row--) {
    for (int32_t i = 0; i < window->columns; i++) {
      sum += (x[i * window->x_right] - window->zero_point) * *w;
      w += window->w_right;
    }
    x += window->x_down;
    w += window->w_row_gap;
  }
  return sum;
}
