#include "tq_x86_int8.h"

#if TQ_X86
#define LANES 8
#define PARTS 2  /* registers of channels that are summed together */
#define PIXELS 2 /* and positions */
#define MOST 60  /* products of four bytes, at most 2 * 255 in each half, that 16 bits hold */

TQ_AVX2 TQ_INLINED __m256i four_bytes(const uint8_t *x) {
  int32_t four;

  __builtin_memcpy(&four, x, sizeof four);
  return _mm256_set1_epi32(four);
}

TQ_AVX2 TQ_INLINED __m256i load(const int8_t *w) { return _mm256_loadu_si256((const void *)w); }

/* Weights -1, 0, 1: sums of 16 bits that are widened now and then. */
TQ_AVX2 TQ_INLINED void dot_small(const tq_x86_dot_tile *t, int32_t pixel, int32_t first, tq_x86_dots sums) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i s[PIXELS][PARTS];

  TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) s[i / PARTS][i % PARTS] = _mm256_setzero_si256();
  for (int32_t k = 0; k < t->words;) {
    const int32_t end = t->words - k > MOST ? k + MOST : t->words;
    __m256i pairs[PIXELS][PARTS];
    TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) pairs[i / PARTS][i % PARTS] = _mm256_setzero_si256();
    for (; k < end; k++) {
      const int8_t *const w = t->w + 4 * (k * TQ_X86_DOT_CHANNELS + first);
      TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
        const __m256i x = four_bytes(t->x[pixel + i / PARTS] + t->steps[k]);
        const __m256i products = _mm256_maddubs_epi16(x, load(w + 4 * LANES * (i % PARTS)));
        pairs[i / PARTS][i % PARTS] = _mm256_add_epi16(pairs[i / PARTS][i % PARTS], products);
      }
    }
    TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
      const __m256i wide = _mm256_madd_epi16(pairs[i / PARTS][i % PARTS], ones);
      s[i / PARTS][i % PARTS] = _mm256_add_epi32(s[i / PARTS][i % PARTS], wide);
    }
  }
  TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
    _mm256_storeu_si256((void *)(sums[pixel + i / PARTS] + first + LANES * (i % PARTS)), s[i / PARTS][i % PARTS]);
  }
}

/* Other weights: two products of 255 * 127 would not fit 16 bits. So w = 2 * half + rest, rest 0 or 1. */
TQ_AVX2 TQ_INLINED void dot_any(const tq_x86_dot_tile *t, int32_t pixel, int32_t first, tq_x86_dots sums) {
  const __m256i one = _mm256_set1_epi16(1), two = _mm256_set1_epi16(2), ones = _mm256_set1_epi8(1);
  const __m256i low = _mm256_set1_epi8(127), sign = _mm256_set1_epi8(-128), quarter = _mm256_set1_epi8(64);
  __m256i s[PIXELS][PARTS];

  TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) s[i / PARTS][i % PARTS] = _mm256_setzero_si256();
  for (int32_t k = 0; k < t->words; k++) {
    const int8_t *const from = t->w + 4 * (k * TQ_X86_DOT_CHANNELS + first);
    TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
      const __m256i w = load(from + 4 * LANES * (i % PARTS)), rest = _mm256_and_si256(w, ones);
      const __m256i above = _mm256_and_si256(_mm256_srli_epi16(_mm256_xor_si256(w, sign), 1), low); /* + 64 */
      const __m256i x = four_bytes(t->x[pixel + i / PARTS] + t->steps[k]);
      const __m256i halves = _mm256_madd_epi16(_mm256_maddubs_epi16(x, _mm256_sub_epi8(above, quarter)), two);
      const __m256i rests = _mm256_madd_epi16(_mm256_maddubs_epi16(x, rest), one);
      s[i / PARTS][i % PARTS] = _mm256_add_epi32(s[i / PARTS][i % PARTS], _mm256_add_epi32(halves, rests));
    }
  }
  TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
    _mm256_storeu_si256((void *)(sums[pixel + i / PARTS] + first + LANES * (i % PARTS)), s[i / PARTS][i % PARTS]);
  }
}

TQ_AVX2 void tq_x86_dot_avx2(const tq_x86_dot_tile *tile, tq_x86_dots sums) {
  for (int32_t first = 0; first < TQ_X86_DOT_CHANNELS; first += PARTS * LANES) {
    for (int32_t pixel = 0; pixel < tile->pixels; pixel += PIXELS) {
      if (tile->small) {
        dot_small(tile, pixel, first, sums);
      } else {
        dot_any(tile, pixel, first, sums);
      }
    }
  }
}
#else
void tq_x86_dot_avx2(const tq_x86_dot_tile *tile, tq_x86_dots sums) {
  (void)tile; /* never called: tq_x86_level says so */
  (void)sums;
}
#endif
