#include "tq_x86_int8.h"

#if TQ_X86
#define LANES 16
#define HALVES (TQ_X86_DOT_CHANNELS / LANES)

TQ_AVX512 TQ_INLINED __m512i four_bytes(const uint8_t *x) {
  int32_t four;

  __builtin_memcpy(&four, x, sizeof four);
  return _mm512_set1_epi32(four);
}

TQ_AVX512 TQ_INLINED void dot(const tq_x86_dot_tile *t, int32_t pixels, tq_x86_dots sums) {
  __m512i s[TQ_X86_DOT_PIXELS][HALVES];
  const int8_t *w = t->w;

  TQ_UNROLLED for (int32_t p = 0; p < pixels; p++) s[p][0] = s[p][1] = _mm512_setzero_si512();
  for (int32_t k = 0; k < t->words; k++, w += 4 * TQ_X86_DOT_CHANNELS) {
    const __m512i low = _mm512_loadu_si512(w), high = _mm512_loadu_si512(w + 4 * LANES);
    TQ_UNROLLED for (int32_t p = 0; p < pixels; p++) {
      const __m512i x = four_bytes(t->x[p] + t->steps[k]);
      s[p][0] = _mm512_dpbusd_epi32(s[p][0], x, low);
      s[p][1] = _mm512_dpbusd_epi32(s[p][1], x, high);
    }
  }
  TQ_UNROLLED for (int32_t p = 0; p < pixels; p++) {
    _mm512_storeu_si512(sums[p], s[p][0]);
    _mm512_storeu_si512(sums[p] + LANES, s[p][1]);
  }
}

/* A loop of its own for 12, 8, 4, 2 positions; others take the next larger one, and repeat a position. */
TQ_AVX512 void tq_x86_dot_avx512(const tq_x86_dot_tile *tile, tq_x86_dots sums) {
  if (tile->pixels > 8) {
    dot(tile, 12, sums);
  } else if (tile->pixels > 4) {
    dot(tile, 8, sums);
  } else if (tile->pixels > 2) {
    dot(tile, 4, sums);
  } else {
    dot(tile, 2, sums);
  }
}
#else
void tq_x86_dot_avx512(const tq_x86_dot_tile *tile, tq_x86_dots sums) {
  (void)tile; /* never called: tq_x86_level says so */
  (void)sums;
}
#endif
