#include "../common/tq_neon_lce_reals.h"
#include "../common/tq_rounded.h"

static void write(const tq_lce_bconv_params *params, int32_t channels, const uint16_t *counts,
                  const int32_t *beside, void *output) {
  int8_t *const integers = output;
  int32_t o = 0;

#if TQ_NEON
  for (; o + 8 <= channels; o += 8) { /* FCVTAS: ties away from zero; what follows saturates */
    const int32x4_t low = vcvtaq_s32_f32(tq_neon_lce_reals(params, counts, beside, o));
    const int32x4_t high = vcvtaq_s32_f32(tq_neon_lce_reals(params, counts, beside, o + 4));
    vst1_s8(integers + o, vqmovn_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high))));
  }
#endif
  for (; o < channels; o++) {
    const float real = tq_neon_lce_real(params, counts, beside, o);
    const float below = real < 127.0f ? real : 127.0f;
    integers[o] = (int8_t)tq_rounded(below > -128.0f ? below : -128.0f);
  }
}

void tq_lce_bconv_2d_a8_neon(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *filter, int8_t *output, void *scratch) {
  if (!tq_neon_lce_bconv_2d(params, dims, input, filter, write, output, dims->filter.n, scratch)) {
    tq_lce_bconv_2d_a8_opt(params, dims, input, filter, output, scratch);
  }
}
