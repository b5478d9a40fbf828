#include "tq_x86_bits.h"

#if TQ_X86
#define LANES 8
#define PARTS 2                                 /* registers of channels that are counted together */
#define PIXELS 2                                /* and positions: as many counters as there are registers for */
#define MOST_CARRIES 31                         /* of at most 8 ones in a byte */

/* Counters of each bit: the units, and in each byte the ones of the carries into the twos. */
typedef struct {
  __m256i units[PIXELS][PARTS], twos[PIXELS][PARTS];
} counters;

TQ_AVX2 TQ_INLINED __m256i broadcast(const uint32_t *word) { return _mm256_set1_epi32((int)*word); }

TQ_AVX2 TQ_INLINED __m256i words_of(const uint32_t *w) { return _mm256_loadu_si256((const void *)w); }

/* Ones of each byte. */
TQ_AVX2 TQ_INLINED __m256i ones_of_bytes(__m256i x) {
  const __m256i ones = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2,
                                        2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i below = _mm256_shuffle_epi8(ones, _mm256_and_si256(x, low));
  return _mm256_add_epi8(below, _mm256_shuffle_epi8(ones, _mm256_and_si256(_mm256_srli_epi32(x, 4), low)));
}

TQ_AVX2 TQ_INLINED __m256i sum_of_bytes(__m256i x) {
  return _mm256_madd_epi16(_mm256_maddubs_epi16(x, _mm256_set1_epi8(1)), _mm256_set1_epi16(1));
}

/* The bits that count where weights have a mask, of the words at x and w. */
TQ_AVX2 TQ_INLINED __m256i counted(const tq_x86_tile *t, const uint32_t *x, int32_t w) {
  return _mm256_and_si256(_mm256_xor_si256(words_of(t->w + w), broadcast(x + t->signs)), words_of(t->w_mask + w));
}

/* units + a + b: the carries' ones are added to twos. */
TQ_AVX2 TQ_INLINED void add(__m256i a, __m256i b, __m256i *units, __m256i *twos) {
  const __m256i one = _mm256_xor_si256(*units, a);
  const __m256i carry = _mm256_or_si256(_mm256_and_si256(*units, a), _mm256_and_si256(one, b));
  *units = _mm256_xor_si256(one, b);
  *twos = _mm256_add_epi8(*twos, ones_of_bytes(carry));
}

/* Words k, and k + 1 if there is one, of one register. */
TQ_AVX2 TQ_INLINED void add_two(const tq_x86_tile *t, int32_t pixel, int32_t k, int32_t w, int both, __m256i *units,
                                __m256i *twos) {
  const uint32_t *const x = t->x[pixel];
  const __m256i b = both ? counted(t, x + t->steps[k + 1], w + TQ_X86_CHANNELS) : _mm256_setzero_si256();
  add(counted(t, x + t->steps[k], w), b, units, twos);
}

/* Word k of ternary codes: the bits "the product is 1" and "the product is not -1". */
TQ_AVX2 TQ_INLINED void add_products(const tq_x86_tile *t, int32_t pixel, int32_t k, int32_t w, __m256i *units,
                                     __m256i *twos) {
  const uint32_t *const x = t->x[pixel] + t->steps[k];
  const __m256i product = _mm256_and_si256(words_of(t->w_mask + w), broadcast(x + t->mask));
  const __m256i unequal = _mm256_xor_si256(words_of(t->w + w), broadcast(x + t->signs));
  const __m256i plus = _mm256_andnot_si256(unequal, product);
  const __m256i carry = _mm256_or_si256(plus, _mm256_andnot_si256(product, *units));
  *units = _mm256_xor_si256(_mm256_xor_si256(*units, product), _mm256_set1_epi8(-1));
  *twos = _mm256_add_epi8(*twos, ones_of_bytes(carry));
}

TQ_AVX2 TQ_INLINED void store(const tq_x86_tile *t, __m256i counts, int32_t first, int32_t *sums) {
  const void *const base = t->base ? (const void *)(t->base + first) : (const void *)(sums + first);
  const __m256i part = _mm256_sll_epi32(counts, _mm_cvtsi32_si128(t->shift)), from = _mm256_loadu_si256(base);
  const __m256i sum = t->subtracted ? _mm256_sub_epi32(from, part) : _mm256_add_epi32(from, part);
  _mm256_storeu_si256((void *)(sums + first), sum);
}

/* Channels [first, first + PARTS * LANES) of positions [pixel, pixel + PIXELS). */
TQ_AVX2 TQ_INLINED void count_some(const tq_x86_tile *t, tq_x86_kind kind, int32_t pixel, int32_t first,
                                   tq_x86_counts sums) {
  const int32_t step = kind == TQ_X86_TERNARY ? 1 : 2;
  counters c;
  __m256i twos[PIXELS][PARTS];

  TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
    c.units[i / PARTS][i % PARTS] = twos[i / PARTS][i % PARTS] = _mm256_setzero_si256();
  }
  for (int32_t k = 0; k < t->words;) {
    const int32_t left = t->words - k, end = left > step * MOST_CARRIES ? k + step * MOST_CARRIES : t->words;
    TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) c.twos[i / PARTS][i % PARTS] = _mm256_setzero_si256();
    for (; k + step <= end; k += step) {
      TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
        const int32_t p = i / PARTS, part = i % PARTS, w = k * TQ_X86_CHANNELS + first + part * LANES;
        if (step == 1) {
          add_products(t, pixel + p, k, w, &c.units[p][part], &c.twos[p][part]);
        } else {
          add_two(t, pixel + p, k, w, 1, &c.units[p][part], &c.twos[p][part]);
        }
      }
    }
    for (; k < end; k++) {
      TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
        const int32_t p = i / PARTS, part = i % PARTS, w = k * TQ_X86_CHANNELS + first + part * LANES;
        add_two(t, pixel + p, k, w, 0, &c.units[p][part], &c.twos[p][part]);
      }
    }
    TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
      const __m256i bytes = sum_of_bytes(c.twos[i / PARTS][i % PARTS]);
      twos[i / PARTS][i % PARTS] = _mm256_add_epi32(twos[i / PARTS][i % PARTS], bytes);
    }
  }
  TQ_UNROLLED for (int32_t i = 0; i < PIXELS * PARTS; i++) {
    const __m256i units = sum_of_bytes(ones_of_bytes(c.units[i / PARTS][i % PARTS]));
    const __m256i counts = _mm256_add_epi32(_mm256_slli_epi32(twos[i / PARTS][i % PARTS], 1), units);
    /* of products there is one more a place */
    const int32_t more = kind == TQ_X86_TERNARY ? 32 * t->words : 0;
    store(t, _mm256_sub_epi32(counts, _mm256_set1_epi32(more)), first + i % PARTS * LANES, sums[pixel + i / PARTS]);
  }
}

TQ_AVX2 TQ_INLINED void count(const tq_x86_tile *t, tq_x86_kind kind, tq_x86_counts sums) {
  for (int32_t first = 0; first < TQ_X86_CHANNELS; first += PARTS * LANES) {
    for (int32_t pixel = 0; pixel < t->pixels; pixel += PIXELS) count_some(t, kind, pixel, first, sums);
  }
}

TQ_AVX2 void tq_x86_count_avx2(const tq_x86_tile *tile, tq_x86_counts sums) {
  if (tile->kind == TQ_X86_W_MASKED) count(tile, TQ_X86_W_MASKED, sums);
  if (tile->kind == TQ_X86_TERNARY) count(tile, TQ_X86_TERNARY, sums);
}
#else
void tq_x86_count_avx2(const tq_x86_tile *tile, tq_x86_counts sums) {
  (void)tile; /* never called: tq_x86_level says so */
  (void)sums;
}
#endif
