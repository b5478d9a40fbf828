#include <string.h>

#include "tinyq/tq_kernels_a16.h"

void tq_pad_a16_ref(const tq_pad_params *params, const tq_unary_dims *dims, const int16_t *input,
                    int16_t *output) {
  const tq_dims in = dims->input, out = dims->output, before = params->before;

  for (int32_t i = 0; i < out.n * out.h * out.w * out.c; i++) output[i] = (int16_t)params->value;
  for (int32_t n = 0; n < in.n; n++) {
    for (int32_t h = 0; h < in.h; h++) {
      for (int32_t w = 0; w < in.w; w++) {
        const int32_t row = (n + before.n) * out.h + h + before.h;
        memcpy(output + (row * out.w + w + before.w) * out.c + before.c, input,
               (size_t)in.c * sizeof *output);
        input += in.c;
      }
    }
  }
}
