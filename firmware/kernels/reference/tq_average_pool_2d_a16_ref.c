#include "../common/tq_requantize_a16.h"
#include "tinyq/tq_kernels_a16.h"

void tq_average_pool_2d_a16_ref(const tq_pool_params *params, const tq_unary_dims *dims,
                             const int16_t *input, int16_t *output) {
  const tq_dims in = dims->input, out = dims->output;

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      for (int32_t ox = 0; ox < out.w; ox++) {
        for (int32_t c = 0; c < out.c; c++) {
          int32_t sum = 0, count = 0;
          for (int32_t fy = 0; fy < params->filter_h; fy++) {
            const int32_t y = oy * params->stride_h - params->pad_top + fy;
            for (int32_t fx = 0; fx < params->filter_w; fx++) {
              const int32_t x = ox * params->stride_w - params->pad_left + fx;
              if (y < 0 || y >= in.h || x < 0 || x >= in.w) continue;
              const int32_t value = input[((n * in.h + y) * in.w + x) * in.c + c];
              sum += value;
              count++;
            }
          }
          /* rounded to nearest, ties away from zero; `/` truncates */
          sum = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
          *output++ = tq_to_int16(sum, 0, params->activation_min, params->activation_max);
        }
      }
    }
  }
}
