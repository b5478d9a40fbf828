#include <string.h>

#include "tq_transpose_conv.h"

void tq_transpose_conv_parts(const tq_conv_params *params, const tq_dims *filter, const int8_t *weights,
                             int8_t *parts) {
  const int32_t stride_h = params->stride_h, stride_w = params->stride_w, c = filter->c;

  for (int32_t rest_y = 0; rest_y < stride_h; rest_y++) {
    const int32_t height = tq_taps_of_rest(filter->h, stride_h, rest_y);
    for (int32_t rest_x = 0; rest_x < stride_w; rest_x++) {
      const int32_t width = tq_taps_of_rest(filter->w, stride_w, rest_x);
      for (int32_t j = height - 1; j >= 0; j--) {
        for (int32_t i = width - 1; i >= 0; i--) {
          const int32_t tap = (rest_y + j * stride_h) * filter->w + rest_x + i * stride_w;
          memcpy(parts, weights + tap * c, (size_t)c);
          parts += c;
        }
      }
    }
  }
}
