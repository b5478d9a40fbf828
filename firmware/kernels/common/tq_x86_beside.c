#include "tq_x86_bits.h"

#if TQ_X86
#define SIDE 8

/* The square of words at from[i] + k turned over its diagonal (rows TQ_X86_CHANNELS apart). */
TQ_AVX2 static inline void turn(const void *const *from, int32_t k, uint32_t *to) {
  __m256i a[SIDE], b[SIDE];

  TQ_UNROLLED for (int32_t i = 0; i < SIDE; i++) {
    a[i] = _mm256_loadu_si256((const void *)((const char *)from[i] + 4 * k));
  }
  TQ_UNROLLED for (int32_t i = 0; i < SIDE; i += 2) {
    b[i] = _mm256_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm256_unpackhi_epi32(a[i], a[i + 1]);
  }
  TQ_UNROLLED for (int32_t i = 0; i < SIDE; i += 4) {
    a[i] = _mm256_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm256_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm256_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm256_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  TQ_UNROLLED for (int32_t i = 0; i < SIDE / 2; i++) {
    const __m256i low = _mm256_permute2x128_si256(a[i], a[i + 4], 0x20);
    const __m256i high = _mm256_permute2x128_si256(a[i], a[i + 4], 0x31);
    _mm256_storeu_si256((void *)(to + i * TQ_X86_CHANNELS), low);
    _mm256_storeu_si256((void *)(to + (i + 4) * TQ_X86_CHANNELS), high);
  }
}

TQ_AVX2 void tq_x86_beside(const void *const *rows, int32_t each, int32_t count, uint32_t *to) {
  const int32_t squares = each / SIDE * SIDE;

  for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
    const int32_t in_squares = c < count / SIDE * SIDE ? squares : 0;
    for (int32_t k = 0; k < in_squares && c % SIDE == 0; k += SIDE) turn(rows + c, k, to + k * TQ_X86_CHANNELS + c);
    for (int32_t k = in_squares; k < each; k++) {
      uint32_t word = 0;
      if (c < count) __builtin_memcpy(&word, (const char *)rows[c] + 4 * k, sizeof word);
      to[k * TQ_X86_CHANNELS + c] = word;
    }
  }
}
#else
void tq_x86_beside(const void *const *rows, int32_t each, int32_t count, uint32_t *to) {
  (void)rows, (void)each, (void)count, (void)to; /* never called: tq_x86_level says so */
}
#endif
