#include "../common/tq_neon_lce_reals.h"

static void write(const tq_lce_bconv_params *params, int32_t channels, const uint16_t *counts,
                  const int32_t *beside, void *output) {
  float *const reals = output;
  int32_t o = 0;

#if TQ_NEON
  for (; o + 4 <= channels; o += 4) vst1q_f32(reals + o, tq_neon_lce_reals(params, counts, beside, o));
#endif
  for (; o < channels; o++) reals[o] = tq_neon_lce_real(params, counts, beside, o);
}

void tq_lce_bconv_2d_f32_neon(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                              const int32_t *filter, float *output, void *scratch) {
  const int32_t pixel_bytes = dims->filter.n * (int32_t)sizeof *output;

  if (!tq_neon_lce_bconv_2d(params, dims, input, filter, write, output, pixel_bytes, scratch)) {
    tq_lce_bconv_2d_f32_opt(params, dims, input, filter, output, scratch);
  }
}
