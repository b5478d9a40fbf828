#include "tq_formulas.h"
#include "tq_outputs.h"

void tq_conv_2d_formula(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                        const void *weights, tq_weight_at *weight_at, const int32_t *bias, int8_t *output) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const tq_scaling scaling = tq_conv_scaling(params, bias);
  const int32_t group_size = filter.n / (in.c / filter.c);

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy++) {
      for (int32_t ox = 0; ox < out.w; ox++) {
        for (int32_t o = 0; o < out.c; o++) {
          const int32_t first = o / group_size * filter.c; /* input channel of the group */
          int32_t sum = 0;
          for (int32_t fy = 0; fy < filter.h; fy++) {
            const int32_t y = oy * params->stride_h - params->pad_top + fy * params->dilation_h;
            for (int32_t fx = 0; fx < filter.w; fx++) {
              const int32_t x = ox * params->stride_w - params->pad_left + fx * params->dilation_w;
              if (y < 0 || y >= in.h || x < 0 || x >= in.w) continue; /* padding: the zero point */
              for (int32_t i = 0; i < filter.c; i++) {
                const int32_t value = input[((n * in.h + y) * in.w + x) * in.c + first + i];
                const int32_t tap = ((o * filter.h + fy) * filter.w + fx) * filter.c + i;
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
