#include "tq_x86_bits.h"

#if TQ_X86
#define LANES 16
#define HALVES (TQ_X86_CHANNELS / LANES)
#define XOR3 0x96            /* a ^ b ^ c */
#define MAJORITY 0xe8        /* the carry of a + b + c */
#define CARRY 0x3a           /* a ? ~b : c: the carry of c + d + e, where a = c ^ d and b = c ^ d ^ e */
#define DIFFERING_IN_C 0x28  /* c & (a ^ b) */
#define NOR_PRODUCT 0x87     /* ~(a ^ (b & c)) */
#define TERNARY_CARRY 0x71   /* a == b ? ~c : a */

/* Counters of each bit: the units, and the sum of ones of all carries into the twos. */
typedef struct {
  __m512i units[TQ_X86_PIXELS][HALVES], twos[TQ_X86_PIXELS][HALVES];
} counters;

TQ_AVX512 TQ_INLINED __m512i broadcast(const uint32_t *word) { return _mm512_set1_epi32((int)*word); }

TQ_AVX512 TQ_INLINED __m512i words_of(const uint32_t *w, int32_t half) {
  return _mm512_loadu_si512(w + half * LANES);
}

/* The bits that count, of word k. */
TQ_AVX512 TQ_INLINED __m512i counted(const tq_x86_tile *t, tq_x86_kind kind, int32_t p, int32_t half, int32_t k) {
  const uint32_t *const x = t->x[p] + t->steps[k];
  const __m512i signs = broadcast(x + t->signs), w = words_of(t->w + k * TQ_X86_CHANNELS, half);

  if (kind == TQ_X86_W_MASKED) {
    return _mm512_ternarylogic_epi32(signs, w, words_of(t->w_mask + k * TQ_X86_CHANNELS, half), DIFFERING_IN_C);
  }
  return _mm512_xor_si512(signs, w);
}

TQ_AVX512 TQ_INLINED void carry_to(__m512i *twos, __m512i carry) {
  *twos = _mm512_add_epi32(*twos, _mm512_popcnt_epi32(carry));
}

/* Words k and k + 1: five operations for signs, two of them for what no full adder could save. */
TQ_AVX512 TQ_INLINED void add_two(const tq_x86_tile *t, tq_x86_kind kind, int32_t p, int32_t half, int32_t k,
                                  counters *c) {
  const __m512i units = c->units[p][half];

  if (kind == TQ_X86_SIGNS) {
    const uint32_t *const x = t->x[p] + t->signs;
    const uint32_t *const w = t->w + k * TQ_X86_CHANNELS;
    const __m512i one =
        _mm512_ternarylogic_epi32(units, broadcast(x + t->steps[k]), words_of(w, half), XOR3);
    const __m512i both = _mm512_ternarylogic_epi32(one, broadcast(x + t->steps[k + 1]),
                                                   words_of(w + TQ_X86_CHANNELS, half), XOR3);
    carry_to(&c->twos[p][half], _mm512_ternarylogic_epi32(one, both, units, CARRY));
    c->units[p][half] = both;
    return;
  }
  const __m512i first = counted(t, kind, p, half, k), second = counted(t, kind, p, half, k + 1);
  carry_to(&c->twos[p][half], _mm512_ternarylogic_epi32(units, first, second, MAJORITY));
  c->units[p][half] = _mm512_ternarylogic_epi32(units, first, second, XOR3);
}

TQ_AVX512 TQ_INLINED void add_one(const tq_x86_tile *t, tq_x86_kind kind, int32_t p, int32_t half, int32_t k,
                                  counters *c) {
  const __m512i units = c->units[p][half], bits = counted(t, kind, p, half, k);

  carry_to(&c->twos[p][half], _mm512_and_si512(units, bits));
  c->units[p][half] = _mm512_xor_si512(units, bits);
}

/* Word k of ternary codes: a full adder of the bits "the product is 1" and "the product is not -1". */
TQ_AVX512 TQ_INLINED void add_products(const tq_x86_tile *t, int32_t p, int32_t half, int32_t k, counters *c) {
  const uint32_t *const x = t->x[p] + t->steps[k];
  const __m512i units = c->units[p][half];
  const __m512i w_mask = words_of(t->w_mask + k * TQ_X86_CHANNELS, half);
  const __m512i sum = _mm512_ternarylogic_epi32(units, broadcast(x + t->mask), w_mask, NOR_PRODUCT);
  const __m512i unequal = _mm512_xor_si512(broadcast(x + t->signs), words_of(t->w + k * TQ_X86_CHANNELS, half));

  carry_to(&c->twos[p][half], _mm512_ternarylogic_epi32(units, sum, unequal, TERNARY_CARRY));
  c->units[p][half] = sum;
}

TQ_AVX512 TQ_INLINED void store(const tq_x86_tile *t, __m512i counts, int32_t first, int32_t *sums) {
  const __m512i base = _mm512_loadu_si512(t->base ? (const void *)(t->base + first) : (const void *)(sums + first));
  const __m512i part = _mm512_sll_epi32(counts, _mm_cvtsi32_si128(t->shift));
  _mm512_storeu_si512(sums + first, t->subtracted ? _mm512_sub_epi32(base, part) : _mm512_add_epi32(base, part));
}

TQ_AVX512 TQ_INLINED void count(const tq_x86_tile *tile, tq_x86_kind kind, tq_x86_counts sums) {
  counters c;
  int32_t k = 0;

  TQ_UNROLLED for (int32_t i = 0; i < TQ_X86_PIXELS * HALVES; i++) {
    c.units[i / HALVES][i % HALVES] = c.twos[i / HALVES][i % HALVES] = _mm512_setzero_si512();
  }
  for (; kind == TQ_X86_TERNARY && k < tile->words; k++) {
    TQ_UNROLLED for (int32_t i = 0; i < TQ_X86_PIXELS * HALVES; i++) add_products(tile, i / HALVES, i % HALVES, k, &c);
  }
  for (; k + 2 <= tile->words; k += 2) {
    TQ_UNROLLED for (int32_t i = 0; i < TQ_X86_PIXELS * HALVES; i++) add_two(tile, kind, i / HALVES, i % HALVES, k, &c);
  }
  if (k < tile->words) {
    TQ_UNROLLED for (int32_t i = 0; i < TQ_X86_PIXELS * HALVES; i++) add_one(tile, kind, i / HALVES, i % HALVES, k, &c);
  }
  TQ_UNROLLED for (int32_t i = 0; i < TQ_X86_PIXELS * HALVES; i++) {
    const __m512i units = _mm512_popcnt_epi32(c.units[i / HALVES][i % HALVES]);
    const __m512i twice = _mm512_slli_epi32(c.twos[i / HALVES][i % HALVES], 1);
    store(tile, _mm512_add_epi32(twice, units), i % HALVES * LANES, sums[i / HALVES]);
  }
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
