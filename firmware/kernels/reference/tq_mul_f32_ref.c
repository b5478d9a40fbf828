#include "../common/tq_broadcast_f32.h"

static inline float product(float a, float b) { return a * b; }

void tq_mul_f32_ref(const tq_range_f32_params *params, const tq_add_dims *dims, const float *input1,
                    const float *input2, float *output) {
  tq_broadcast_f32(product, params, dims, input1, input2, output);
}
