#include "tq_x86_bits.h"

#if TQ_X86
#define LANES 16
#define HALVES (TQ_X86_CHANNELS / LANES)
#define DIFFERING_IN_C 0x28 /* c & (a ^ b) */
#define A_DIFFERING 0x60    /* a & (b ^ c) */

/* Not __m512i: GCC keeps counters of that type twice, for what adds to them and for what reads them. */
typedef uint32_t lanes __attribute__((vector_size(64)));

/* Words are counted one by one. Full adders would save operations, but where an operation of three operands waits for
 * more than one of them, processors take their time: on Zen 5 adders are slower by a third. */
typedef struct {
  lanes ones, negative; /* of the products of ternary codes: those that are not 0, and those that are -1 */
} counter;

TQ_AVX512 TQ_INLINED __m512i words_of(const uint32_t *w, int32_t half) {
  return _mm512_loadu_si512(w + half * LANES);
}

TQ_AVX512 TQ_INLINED lanes ones_of(__m512i bits) { return (lanes)_mm512_popcnt_epi32(bits); }

/* Word k of `pixels` positions from `first` on. */
TQ_AVX512 TQ_INLINED void add(const tq_x86_tile *t, tq_x86_kind kind, int32_t first, int32_t pixels, int32_t k,
                              counter *counters) {
  const int32_t step = t->steps[k];
  const uint32_t *const w = t->w + k * TQ_X86_CHANNELS, *const w_mask = t->w_mask + k * TQ_X86_CHANNELS;

  TQ_UNROLLED for (int32_t i = 0; i < pixels * HALVES; i++) {
    const int32_t p = i / HALVES, half = i % HALVES;
    const uint32_t *const x = t->x[first + p] + step;
    const __m512i signs = _mm512_set1_epi32((int)x[t->signs]);
    counter *const c = counters + i;
    if (kind == TQ_X86_TERNARY) {
      const __m512i product = _mm512_and_si512(_mm512_set1_epi32((int)x[t->mask]), words_of(w_mask, half));
      c->ones += ones_of(product);
      c->negative += ones_of(_mm512_ternarylogic_epi32(product, signs, words_of(w, half), A_DIFFERING));
    } else if (kind == TQ_X86_W_MASKED) {
      c->ones +=
          ones_of(_mm512_ternarylogic_epi32(signs, words_of(w, half), words_of(w_mask, half), DIFFERING_IN_C));
    } else {
      c->ones += ones_of(_mm512_xor_si512(signs, words_of(w, half)));
    }
  }
}

TQ_AVX512 TQ_INLINED void count_some(const tq_x86_tile *t, tq_x86_kind kind, int32_t first, int32_t pixels,
                                     tq_x86_counts sums) {
  const __m128i shift = _mm_cvtsi32_si128(t->shift);
  const int32_t subtracted = t->subtracted;
  const uint32_t *const base = t->base;
  counter counters[TQ_X86_PIXELS * HALVES];

  TQ_UNROLLED for (int32_t i = 0; i < pixels * HALVES; i++) counters[i] = (counter){{0}, {0}};
  for (int32_t k = 0; k < t->words; k++) add(t, kind, first, pixels, k, counters);
  TQ_UNROLLED for (int32_t i = 0; i < pixels * HALVES; i++) {
    int32_t *const to = sums[first + i / HALVES] + i % HALVES * LANES;
    lanes counts = counters[i].ones;
    if (kind == TQ_X86_TERNARY) counts -= counters[i].negative * 2;
    counts = (lanes)_mm512_sll_epi32((__m512i)counts, shift);
    if (subtracted) counts = -counts;
    counts += (lanes)(base ? words_of(base, i % HALVES) : _mm512_loadu_si512(to));
    _mm512_storeu_si512(to, (__m512i)counts);
  }
}

/* `most` positions at a time: as many as there are registers for. */
TQ_AVX512 TQ_INLINED void count(const tq_x86_tile *t, tq_x86_kind kind, int32_t most, tq_x86_counts sums) {
  int32_t p = 0;

  for (; p + most <= t->pixels; p += most) count_some(t, kind, p, most, sums);
  for (; p + 2 <= t->pixels; p += 2) count_some(t, kind, p, 2, sums);
  if (p < t->pixels) count_some(t, kind, p, 1, sums);
}

TQ_AVX512 void tq_x86_count_avx512(const tq_x86_tile *tile, tq_x86_counts sums) {
  if (tile->kind == TQ_X86_SIGNS) count(tile, TQ_X86_SIGNS, 8, sums);
  if (tile->kind == TQ_X86_W_MASKED) count(tile, TQ_X86_W_MASKED, 8, sums);
  if (tile->kind == TQ_X86_TERNARY) count(tile, TQ_X86_TERNARY, 4, sums);
}
#else
void tq_x86_count_avx512(const tq_x86_tile *tile, tq_x86_counts sums) {
  (void)tile; /* never called: tq_x86_level says so */
  (void)sums;
}
#endif
