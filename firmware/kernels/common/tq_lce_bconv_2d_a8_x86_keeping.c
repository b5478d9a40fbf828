#include "tinyq/tq_keeping_x86.h"
#include "tq_x86_lanes.h"
#include "tq_x86_lce_sums.h"

#if TQ_X86
/* Ties away from zero, saturated; see tq_rounded. */
TQ_AVX2 static inline __m256i rounded(__m256 real) {
  const __m256 below = _mm256_min_ps(real, _mm256_set1_ps(127.0f));
  const __m256 x = _mm256_max_ps(below, _mm256_set1_ps(-128.0f));
  const __m256i whole = _mm256_cvttps_epi32(x);
  const __m256 rest = _mm256_sub_ps(x, _mm256_cvtepi32_ps(whole));
  const __m256 up = _mm256_cmp_ps(rest, _mm256_set1_ps(0.5f), _CMP_GE_OQ);
  const __m256 down = _mm256_cmp_ps(rest, _mm256_set1_ps(-0.5f), _CMP_LE_OQ);
  /* a comparison that holds is -1 */
  return _mm256_add_epi32(_mm256_sub_epi32(whole, _mm256_castps_si256(up)), _mm256_castps_si256(down));
}

TQ_AVX2 static void write(const tq_x86_block *block) {
  int8_t *to = (int8_t *)block->output + (size_t)block->position * (size_t)block->channels + block->first;

  for (int32_t p = 0; p < block->pixels; p++, to += block->channels) {
    __m256i x[4];
    TQ_UNROLLED for (int32_t i = 0; i < 4; i++) x[i] = rounded(tq_x86_lce_sum(block, p, 8 * i));
    tq_x86_store_int8(x, block->count, to);
  }
}
#endif

void tq_lce_bconv_2d_a8_x86_keeping(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                    const int32_t *input, const int32_t *filter, int8_t *output, void *scratch,
                                    void *kept) {
#if TQ_X86
  const tq_x86_writer writer = {tq_x86_prepare_lce, write, NULL};
  if (tq_x86_run_lce(params, dims, input, filter, &writer, output, scratch, kept)) return;
#endif
  (void)kept;
  tq_lce_bconv_2d_a8_opt(params, dims, input, filter, output, scratch);
}
