#include "tq_x86_bits.h"

#if TQ_X86
#define PAIRS (TQ_X86_PIXELS / 2)
#define FEW 6     /* words whose ones a byte counts, even */
#define MANY 2046 /* and those that 16 bits do, a multiple */

/* Ones of i ^ a for the four bits i of weights, and 16 times those of i ^ b: of two positions, whose bits are a, b. */
#define ONES(x) ((0x4332322132212110 >> 4 * ((x) & 15)) & 15)
#define ENTRY(a, b, i) (uint8_t)(ONES((i) ^ (a)) + 16 * ONES((i) ^ (b)))
#define FOUR_OF(a, b, i) ENTRY(a, b, i), ENTRY(a, b, i + 1), ENTRY(a, b, i + 2), ENTRY(a, b, i + 3)
#define TABLE(a, b) {FOUR_OF(a, b, 0), FOUR_OF(a, b, 4), FOUR_OF(a, b, 8), FOUR_OF(a, b, 12)}
#define FOUR(a, b) TABLE(a, b), TABLE(a + 1, b), TABLE(a + 2, b), TABLE(a + 3, b)
#define ROW(b) FOUR(0, b), FOUR(4, b), FOUR(8, b), FOUR(12, b)
static const uint8_t tables[256][16] TQ_X86_LINES = {ROW(0),  ROW(1),  ROW(2),  ROW(3), ROW(4),  ROW(5),
                                                     ROW(6),  ROW(7),  ROW(8),  ROW(9), ROW(10), ROW(11),
                                                     ROW(12), ROW(13), ROW(14), ROW(15)};

/* Not __m256i: GCC keeps counters of that type twice. */
typedef uint8_t bytes __attribute__((vector_size(32)));

/* Of each channel: ones of the first position plus 16 times those of the second, modulo 256, and the latter alone. */
typedef struct {
  bytes both, second;
} counter;

/* Bytes from `tables` to those of four bits of each pair of positions, of the low halves of each byte of two words, and
 * of the high ones. */
#define HIGH (8 * PAIRS)
typedef uint16_t places[2 * HIGH]; /* [2][PAIRS][2][4] */

/* Two words of each of two positions; of channels' words most are neighbours. */
TQ_AVX2 TQ_INLINED __m256i wide_words(const uint32_t *a, const uint32_t *b, int32_t one, int32_t two) {
  __m128i four;

  if (two == one + 1) {
    const __m128i low = _mm_loadl_epi64((const void *)(a + one)), high = _mm_loadl_epi64((const void *)(b + one));
    four = _mm_unpacklo_epi64(low, high);
  } else {
    four = _mm_setr_epi32((int)a[one], (int)a[two], (int)b[one], (int)b[two]);
  }
  return _mm256_cvtepu8_epi16(four);
}

/* Of the pairs of positions 0 and 1, and `other` and the one behind it; words from there. */
TQ_AVX2 TQ_INLINED void find_places(const uint32_t *const *x, int32_t other, int32_t one, int32_t two, uint16_t *to) {
  const __m256i a = wide_words(x[0], x[other], one, two), b = wide_words(x[1], x[other + 1], one, two);
  const __m256i low = _mm256_set1_epi16(0x0f), high = _mm256_set1_epi16(0xf0);
  const __m256i low_a = _mm256_slli_epi16(_mm256_and_si256(a, low), 4);
  const __m256i low_b = _mm256_slli_epi16(_mm256_and_si256(b, low), 8);
  const __m256i high_b = _mm256_slli_epi16(_mm256_and_si256(b, high), 4);

  _mm256_storeu_si256((void *)to, _mm256_or_si256(low_a, low_b));
  _mm256_storeu_si256((void *)(to + HIGH), _mm256_or_si256(_mm256_and_si256(a, high), high_b));
}

/* Words k and k + 1, if there is one, of `pairs` pairs of positions. */
TQ_AVX2 TQ_INLINED void find_all_places(const tq_x86_tile *t, int32_t first, int32_t pairs, int32_t k, uint16_t *to) {
  const uint32_t *const *const x = t->x + first;
  const int32_t one = t->signs + t->steps[k], two = k + 1 < t->words ? t->signs + t->steps[k + 1] : one;

  if (pairs == 1) {
    find_places(x, 0, one, two, to);
    return;
  }
  find_places(x, 2, one, two, to);
  find_places(x + 4, 2, one, two, to + 16);
}

TQ_AVX2 TQ_INLINED bytes found(uint32_t place, __m256i weights) {
  const __m128i table = _mm_load_si128((const void *)((const uint8_t *)tables + place));
  return (bytes)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), weights);
}

/* Four bits of channels each: both halves of two bytes of their weights. */
typedef struct {
  __m256i low_one, high_one, low_two, high_two;
} nibbles;

TQ_AVX2 TQ_INLINED nibbles nibbles_of(const uint8_t *w) {
  const __m256i mask = _mm256_set1_epi8(15);
  const __m256i one = _mm256_loadu_si256((const void *)w), two = _mm256_loadu_si256((const void *)(w + 32));
  const nibbles made = {_mm256_and_si256(one, mask), _mm256_and_si256(_mm256_srli_epi16(one, 4), mask),
                        _mm256_and_si256(two, mask), _mm256_and_si256(_mm256_srli_epi16(two, 4), mask)};
  return made;
}

/* A pair of positions: x are the places of its first byte. */
TQ_AVX2 TQ_INLINED void add(const uint16_t *x, const nibbles *w, counter *c) {
  const bytes upper = (bytes)_mm256_set1_epi8((char)0xf0);
  const bytes one = found(x[0], w->low_one) + found(x[HIGH], w->high_one);
  const bytes two = found(x[1], w->low_two) + found(x[HIGH + 1], w->high_two);
  /* the mean of two multiples of 16 is their sum's eighth of 16: shifted by 3, no bit enters another byte */
  const __m256i mean = _mm256_avg_epu8((__m256i)(one & upper), (__m256i)(two & upper));

  c->both += one;
  c->both += two;
  c->second += (bytes)_mm256_srli_epi16(mean, 3);
}

/* Adds them to those of 16 bits of two positions: of channels 0 to 7 and 16 to 23, and of the others. */
TQ_AVX2 TQ_INLINED void widen(counter c, __m256i *totals) {
  const __m256i zero = _mm256_setzero_si256(), second = (__m256i)c.second;
  const __m256i modulo = _mm256_slli_epi16(_mm256_and_si256(second, _mm256_set1_epi8(15)), 4);
  const __m256i first = _mm256_sub_epi8((__m256i)c.both, modulo);

  totals[0] = _mm256_add_epi16(totals[0], _mm256_unpacklo_epi8(first, zero));
  totals[1] = _mm256_add_epi16(totals[1], _mm256_unpackhi_epi8(first, zero));
  totals[2] = _mm256_add_epi16(totals[2], _mm256_unpacklo_epi8(second, zero));
  totals[3] = _mm256_add_epi16(totals[3], _mm256_unpackhi_epi8(second, zero));
}

TQ_AVX2 TQ_INLINED void store(const tq_x86_tile *t, __m128i counts, int32_t first, const uint32_t *base,
                              int32_t *sums) {
  const __m256i from = _mm256_loadu_si256(base ? (const void *)(base + first) : (const void *)(sums + first));
  const __m256i part = _mm256_sll_epi32(_mm256_cvtepu16_epi32(counts), _mm_cvtsi32_si128(t->shift));
  const __m256i sum = t->subtracted ? _mm256_sub_epi32(from, part) : _mm256_add_epi32(from, part);
  _mm256_storeu_si256((void *)(sums + first), sum);
}

/* Words [k, end) of `pairs` pairs of positions from `first` on. */
TQ_AVX2 TQ_INLINED void count_some(const tq_x86_tile *t, int32_t first, int32_t pairs, int32_t k, int32_t end,
                                   tq_x86_counts sums) {
  const uint32_t *const base = k == 0 ? t->base : NULL;
  __m256i totals[4 * PAIRS];

  TQ_UNROLLED for (int32_t i = 0; i < 4 * pairs; i++) totals[i] = _mm256_setzero_si256();
  while (k < end) {
    const uint8_t *w = (const uint8_t *)(t->w + k * TQ_X86_CHANNELS);
    const int32_t few = end - k < FEW ? end - k : FEW;
    places x[FEW / 2];
    counter a = {{0}, {0}}, b = a, c = a, d = a; /* no array: GCC would keep it in memory */
    for (int32_t i = 0; i < few; i += 2) find_all_places(t, first, pairs, k + i, x[i / 2]);
    for (int32_t i = 0; i < 2 * few; i++, w += 2 * TQ_X86_CHANNELS) {
      const uint16_t *const at = x[i / 4] + i % 4 * 2;
      const nibbles n = nibbles_of(w);
      add(at, &n, &a);
      if (pairs == 1) continue;
      add(at + 8, &n, &b);
      add(at + 16, &n, &c);
      add(at + 24, &n, &d);
    }
    widen(a, totals);
    if (pairs > 1) {
      widen(b, totals + 4);
      widen(c, totals + 8);
      widen(d, totals + 12);
    }
    k += few;
  }
  for (int32_t i = 0; i < 2 * pairs; i++) {
    int32_t *const to = sums[first + i];
    store(t, _mm256_castsi256_si128(totals[2 * i]), 0, base, to);
    store(t, _mm256_castsi256_si128(totals[2 * i + 1]), 8, base, to);
    store(t, _mm256_extracti128_si256(totals[2 * i], 1), 16, base, to);
    store(t, _mm256_extracti128_si256(totals[2 * i + 1], 1), 24, base, to);
  }
}

TQ_AVX2 void tq_x86_count_signs_avx2(const tq_x86_tile *t, tq_x86_counts sums) {
  for (int32_t k = 0; k < t->words; k += MANY) {
    const int32_t end = t->words - k < MANY ? t->words : k + MANY;
    int32_t p = 0;
    for (; p + TQ_X86_PIXELS <= t->pixels; p += TQ_X86_PIXELS) count_some(t, p, PAIRS, k, end, sums);
    for (; p < t->pixels; p += 2) count_some(t, p, 1, k, end, sums);
  }
}
#else
void tq_x86_count_signs_avx2(const tq_x86_tile *t, tq_x86_counts sums) {
  (void)t; /* never called: tq_x86_level says so */
  (void)sums;
}
#endif
