#include "../common/tq_x86.h"
#include "tinyq/tq_kernels_x86.h"

#if TQ_X86
TQ_AVX2 static void quantize(int32_t zero_point, const tq_rows_dims *dims, const int8_t *x, int32_t *output) {
  const __m256i zero = _mm256_set1_epi8((char)zero_point);

  for (int32_t row = 0; row < dims->rows; row++) {
    int32_t left = dims->depth;
    for (; left >= 32; left -= 32, x += 32) {
      *output++ = _mm256_movemask_epi8(_mm256_cmpgt_epi8(zero, _mm256_loadu_si256((const void *)x)));
    }
    if (left > 0) {
      uint32_t word = 0;
      for (int32_t i = 0; i < left; i++) word |= (uint32_t)(*x++ < zero_point) << i;
      *output++ = (int32_t)word;
    }
  }
}
#endif

void tq_lce_quantize_a8_a1_x86(const tq_lce_quantize_params *params, const tq_rows_dims *dims, const int8_t *input,
                                int32_t *output) {
#if TQ_X86
  if (tq_x86_level() != TQ_X86_BASE) {
    quantize(params->zero_point, dims, input, output);
    return;
  }
#endif
  tq_lce_quantize_a8_a1_ref(params, dims, input, output);
}
