#include "../common/tq_clamped.h"
#include "tinyq/tq_kernels_f32.h"

/* Sum of output channel `o`: `x` is its input channel, the filter's first tap lies at (y0, x0). */
static float window(const tq_conv_f32_params *params, const tq_conv_dims *dims, const float *x,
                    const float *w, int32_t y0, int32_t x0) {
  const tq_dims in = dims->input, filter = dims->filter;
  float sum = 0.0f;

  for (int32_t fy = 0; fy < filter.h; fy++) {
    const int32_t y = y0 + fy * params->dilation_h;
    for (int32_t fx = 0; fx < filter.w; fx++, w += filter.c) {
      const int32_t column = x0 + fx * params->dilation_w;
      if (y < 0 || y >= in.h || column < 0 || column >= in.w) continue;
      const float product = x[(y * in.w + column) * in.c] * *w;
      sum = sum + product;
    }
  }
  return sum;
}

void tq_depthwise_conv_2d_f32_ref(const tq_conv_f32_params *params, const tq_conv_dims *dims,
                                  const float *input, const float *weights, const float *bias,
                                  float *output) {
  const tq_dims in = dims->input, out = dims->output;
  const int32_t multiplier = out.c / in.c;

  for (int32_t n = 0; n < out.n; n++, input += in.h * in.w * in.c) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      for (int32_t ox = 0; ox < out.w; ox++) {
        const int32_t y0 = oy * params->stride_h - params->pad_top;
        const int32_t x0 = ox * params->stride_w - params->pad_left;
        for (int32_t o = 0; o < out.c; o++) {
          const float sum = window(params, dims, input + o / multiplier, weights + o, y0, x0);
          const float biased = bias ? sum + bias[o] : sum;
          *output++ = tq_clamped(biased, params->activation_min, params->activation_max);
        }
      }
    }
  }
}
