#include "../common/tq_x86.h"
#include "tinyq/tq_kernels_x86.h"

#if TQ_X86
/* The bits of 32 numbers. */
TQ_AVX2 TQ_INLINED uint32_t word_of(const float *x, __m256 zero) {
  uint32_t word = 0;

  TQ_UNROLLED for (int32_t i = 0; i < 32; i += 8) {
    const __m256 less = _mm256_cmp_ps(_mm256_loadu_ps(x + i), zero, _CMP_LT_OQ);
    word |= (uint32_t)_mm256_movemask_ps(less) << i;
  }
  return word;
}

TQ_AVX2 static void quantize(int32_t zero_point, const tq_rows_dims *dims, const float *x, int32_t *output) {
  const __m256 zero = _mm256_set1_ps((float)zero_point);

  for (int32_t row = 0; row < dims->rows; row++) {
    int32_t left = dims->depth;
    for (; left >= 32; left -= 32, x += 32) *output++ = (int32_t)word_of(x, zero);
    if (left > 0) {
      uint32_t word = 0;
      for (int32_t i = 0; i < left; i++) word |= (uint32_t)(*x++ < (float)zero_point) << i;
      *output++ = (int32_t)word;
    }
  }
}
#endif

void tq_lce_quantize_f32_a1_x86(const tq_lce_quantize_params *params, const tq_rows_dims *dims, const float *input,
                                int32_t *output) {
#if TQ_X86
  if (tq_x86_level() != TQ_X86_BASE) {
    quantize(params->zero_point, dims, input, output);
    return;
  }
#endif
  tq_lce_quantize_f32_a1_ref(params, dims, input, output);
}
