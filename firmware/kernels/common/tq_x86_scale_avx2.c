#include "tq_x86_int8.h"
#include "tq_x86_lanes.h"

#if TQ_X86
TQ_AVX2 void tq_x86_scale_avx2(const tq_x86_scaling *scaling, const int32_t *sums, int32_t pixels, int32_t count,
                               int8_t *to, int32_t row) {
  const __m256i zero_point = _mm256_set1_epi32(scaling->zero_point);
  const __m256i low = _mm256_set1_epi32(scaling->min - scaling->zero_point);
  const __m256i high = _mm256_set1_epi32(scaling->max - scaling->zero_point);

  for (int32_t p = 0; p < pixels; p++, to += row, sums += TQ_X86_DOT_CHANNELS) {
    __m256i x[4];
    TQ_UNROLLED for (int32_t i = 0; i < 4; i++) {
      const __m256i products = _mm256_mullo_epi32(tq_x86_load(sums + 8 * i), tq_x86_load(&scaling->level[8 * i]));
      const __m256i accumulator = _mm256_add_epi32(products, tq_x86_load(&scaling->base[8 * i]));
      const __m256i scaled = tq_x86_scale(accumulator, tq_x86_load(&scaling->multiplier[8 * i]),
                                          tq_x86_load(&scaling->shift[8 * i]));
      x[i] = _mm256_add_epi32(tq_x86_clamp(scaled, low, high), zero_point);
    }
    tq_x86_store_int8(x, count, to);
  }
}
#else
void tq_x86_scale_avx2(const tq_x86_scaling *scaling, const int32_t *sums, int32_t pixels, int32_t count, int8_t *to,
                       int32_t row) {
  (void)scaling, (void)sums, (void)pixels, (void)count, (void)to, (void)row; /* never called */
}
#endif
