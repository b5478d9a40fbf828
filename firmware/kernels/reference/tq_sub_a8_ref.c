#include "../common/tq_broadcast.h"
#include "../common/tq_requantize.h"
#include "tinyq/tq_kernels.h"

static int32_t rescaled(int32_t centred, int32_t left_shift, int32_t multiplier, int32_t shift) {
  return tq_scale(centred * (1 << left_shift), multiplier, shift);
}

void tq_sub_a8_ref(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output) {
  const tq_add_params p = *params; /* a copy, because writing int8_t output could change *params */
  const tq_dims step1 = tq_broadcast_steps(&dims->input1), step2 = tq_broadcast_steps(&dims->input2);
  const tq_dims size = dims->output;

  for (int32_t n = 0; n < size.n; n++) {
    for (int32_t h = 0; h < size.h; h++) {
      for (int32_t w = 0; w < size.w; w++) {
        const int8_t *x1 = input1 + n * step1.n + h * step1.h + w * step1.w;
        const int8_t *x2 = input2 + n * step2.n + h * step2.h + w * step2.w;
        for (int32_t c = 0; c < size.c; c++) {
          const int32_t centred1 = x1[c * step1.c] - p.input1_zero_point;
          const int32_t centred2 = x2[c * step2.c] - p.input2_zero_point;
          const int32_t difference = rescaled(centred1, p.left_shift, p.input1_multiplier, p.input1_shift) -
                                     rescaled(centred2, p.left_shift, p.input2_multiplier, p.input2_shift);
          const int32_t y = tq_scale(difference, p.output_multiplier, p.output_shift);
          *output++ = tq_to_int8(y, p.output_zero_point, p.activation_min, p.activation_max);
        }
      }
    }
  }
}
