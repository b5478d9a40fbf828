#include "../common/tq_neon_lce.h"

void tq_lce_bconv_2d_a1_neon(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *filter, int32_t *output, void *scratch) {
  const int32_t all = dims->filter.h * dims->filter.w * dims->filter.c;
  tq_signs_layer layer = {.output = output};

  if (!tq_neon_lce_begin(params, dims, input, filter, &layer, scratch)) {
    tq_lce_bconv_2d_a1_opt(params, dims, input, filter, output, scratch);
    return;
  }
  for (int32_t o = 0; o < dims->filter.n; o++) layer.start[o] = tq_signs_start(params->thresholds[o], all);
  tq_neon_signs_run(&layer);
}
