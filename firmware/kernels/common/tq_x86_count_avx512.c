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

/* Of each position counts * factor are added to what is at `from`, `row` words behind that of the last. */
TQ_AVX512 TQ_INLINED void store(const counter *counters, tq_x86_kind kind, int32_t pixels, uint32_t factor,
                                const uint32_t *from, int32_t row, int32_t *sums) {
  TQ_UNROLLED for (int32_t i = 0; i < pixels * HALVES; i++) {
    const lanes before = (lanes)words_of(from + i / HALVES * row, i % HALVES);
    lanes counts = counters[i].ones;
    if (kind == TQ_X86_TERNARY) counts -= counters[i].negative * 2;
    _mm512_storeu_si512(sums + i * LANES, (__m512i)(before + counts * factor));
  }
}

TQ_AVX512 TQ_INLINED void count_some(const tq_x86_tile *t, tq_x86_kind kind, int32_t first, int32_t pixels,
                                     tq_x86_counts sums) {
  const uint32_t factor = t->subtracted ? 0 - (1u << t->shift) : 1u << t->shift;
  counter counters[TQ_X86_PIXELS * HALVES];

  TQ_UNROLLED for (int32_t i = 0; i < pixels * HALVES; i++) counters[i] = (counter){{0}, {0}};
  for (int32_t k = 0; k < t->words; k++) add(t, kind, first, pixels, k, counters);
  if (t->base) {
    store(counters, kind, pixels, factor, t->base, 0, sums[first]);
  } else {
    store(counters, kind, pixels, factor, (const uint32_t *)sums[first], TQ_X86_CHANNELS, sums[first]);
  }
}

/* As many positions at a time as there are registers for. */
TQ_AVX512 TQ_INLINED void count(const tq_x86_tile *t, tq_x86_kind kind, tq_x86_counts sums) {
  int32_t p = 0;

  if (kind != TQ_X86_TERNARY && t->pixels == TQ_X86_PIXELS) {
    count_some(t, kind, 0, TQ_X86_PIXELS, sums);
    return;
  }
  for (; p + 4 <= t->pixels; p += 4) count_some(t, kind, p, 4, sums);
  for (; p < t->pixels; p++) count_some(t, kind, p, 1, sums);
}

TQ_AVX512 void tq_x86_count_avx512(const tq_x86_tile *tile, tq_x86_counts sums) {
  if (tile->kind == TQ_X86_SIGNS) count(tile, TQ_X86_SIGNS, sums);
  if (tile->kind == TQ_X86_W_MASKED) count(tile, TQ_X86_W_MASKED, sums);
  if (tile->kind == TQ_X86_TERNARY) count(tile, TQ_X86_TERNARY, sums);
}
#else
void tq_x86_count_avx512(const tq_x86_tile *tile, tq_x86_counts sums) {
  (void)tile; /* never called: tq_x86_level says so */
  (void)sums;
}
#endif
