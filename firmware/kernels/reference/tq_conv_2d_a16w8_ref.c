#include "../common/tq_requantize_a16.h"
#include "tinyq/tq_kernels_a16.h"

void tq_conv_2d_a16w8_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int16_t *input,
                          const int8_t *weights, const int64_t *bias, int16_t *output) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t group_size = filter.n / (in.c / filter.c);

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      for (int32_t ox = 0; ox < out.w; ox++) {
        for (int32_t o = 0; o < out.c; o++) {
          int64_t sum = bias ? bias[o] : 0;
          for (int32_t fy = 0; fy < filter.h; fy++) {
            const int32_t y = oy * params->stride_h - params->pad_top + fy * params->dilation_h;
            for (int32_t fx = 0; fx < filter.w; fx++) {
              const int32_t x = ox * params->stride_w - params->pad_left + fx * params->dilation_w;
              if (y < 0 || y >= in.h || x < 0 || x >= in.w) continue; /* padding: 0 */
              for (int32_t i = 0; i < filter.c; i++) {
                const int32_t first = o / group_size * filter.c; /* input channel of the group */
                const int32_t value = input[((n * in.h + y) * in.w + x) * in.c + first + i];
                sum += value * weights[((o * filter.h + fy) * filter.w + fx) * filter.c + i];
              }
            }
          }
          *output++ = tq_to_int16(tq_scale_a16(sum, params->multiplier[o], params->shift[o]), 0,
                                  params->activation_min, params->activation_max);
        }
      }
    }
  }
}
