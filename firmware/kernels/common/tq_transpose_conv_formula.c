#include "tq_formulas.h"
#include "tq_outputs.h"

void tq_transpose_conv_formula(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                               const void *weights, tq_weight_at *weight_at, const int32_t *bias,
                               int8_t *output) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const tq_scaling scaling = tq_conv_scaling(params, bias);

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      for (int32_t ox = 0; ox < out.w; ox++) {
        for (int32_t o = 0; o < out.c; o++) {
          int32_t sum = 0;
          for (int32_t fy = 0; fy < filter.h; fy++) {
            const int32_t y = oy + params->pad_top - fy; /* input row times stride */
            for (int32_t fx = 0; fx < filter.w; fx++) {
              const int32_t x = ox + params->pad_left - fx;
              if (y < 0 || y % params->stride_h != 0 || y / params->stride_h >= in.h) continue;
              if (x < 0 || x % params->stride_w != 0 || x / params->stride_w >= in.w) continue;
              for (int32_t i = 0; i < in.c; i++) {
                const int32_t row = n * in.h + y / params->stride_h;
                const int32_t value = input[(row * in.w + x / params->stride_w) * in.c + i];
                const int32_t tap = ((o * filter.h + fy) * filter.w + fx) * in.c + i;
                sum += (value - params->input_zero_point) * weight_at(weights, tap);
              }
            }
          }
          tq_outputs(&scaling, o, 1, &sum, output++);
        }
      }
    }
  }
}
