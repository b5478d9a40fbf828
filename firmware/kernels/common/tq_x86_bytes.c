#include "tq_x86_bits.h"

#if TQ_X86
TQ_AVX2 void tq_x86_bytes(const uint32_t *from, int32_t words, uint32_t *to) {
  const __m256i each = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);

  for (int32_t k = 0; k < words; k++, from += TQ_X86_CHANNELS, to += TQ_X86_CHANNELS) {
    __m256i a[4], b[4];
    TQ_UNROLLED for (int32_t i = 0; i < 4; i++) {
      a[i] = _mm256_shuffle_epi8(_mm256_loadu_si256((const void *)(from + 8 * i)), each);
    }
    b[0] = _mm256_unpacklo_epi32(a[0], a[1]);
    b[1] = _mm256_unpacklo_epi32(a[2], a[3]);
    b[2] = _mm256_unpackhi_epi32(a[0], a[1]);
    b[3] = _mm256_unpackhi_epi32(a[2], a[3]);
    TQ_UNROLLED for (int32_t i = 0; i < 4; i += 2) {
      a[i] = _mm256_unpacklo_epi64(b[i], b[i + 1]);
      a[i + 1] = _mm256_unpackhi_epi64(b[i], b[i + 1]);
    }
    TQ_UNROLLED for (int32_t i = 0; i < 4; i++) {
      _mm256_storeu_si256((void *)(to + TQ_X86_CHANNELS / 4 * i), _mm256_permutevar8x32_epi32(a[i], order));
    }
  }
}
#else
void tq_x86_bytes(const uint32_t *from, int32_t words, uint32_t *to) {
  (void)from, (void)words, (void)to; /* never called */
}
#endif
