#include <string.h>

#include "tinyq/tq_kernels_f32.h"

void tq_pad_f32_ref(const tq_pad_f32_params *params, const tq_unary_dims *dims, const float *input,
                    float *output) {
  const tq_dims in = dims->input, out = dims->output, before = params->before;
  const int32_t count = out.n * out.h * out.w * out.c;

  for (int32_t i = 0; i < count; i++) output[i] = params->value;
  for (int32_t n = 0; n < in.n; n++) {
    for (int32_t h = 0; h < in.h; h++) {
      for (int32_t w = 0; w < in.w; w++) {
        const int32_t row = (n + before.n) * out.h + h + before.h;
        float *target = output + (row * out.w + w + before.w) * out.c + before.c;
        memcpy(target, input, (size_t)in.c * sizeof(float));
        input += in.c;
      }
    }
  }
}
