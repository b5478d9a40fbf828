/* Eight lanes of 32 bits: what writers do with sums. */
#ifndef TQ_X86_LANES_H
#define TQ_X86_LANES_H

#include <string.h>

#include "tq_x86.h"

#if TQ_X86
TQ_AVX2 TQ_INLINED __m256i tq_x86_load(const int32_t *from) { return _mm256_loadu_si256((const void *)from); }

/* Bit i: whether a[i] > b[i], of 32; b in four registers. */
TQ_AVX2 TQ_INLINED uint32_t tq_x86_greater(const int32_t *a, const __m256i *b) {
  uint32_t bits = 0;

  TQ_UNROLLED for (int32_t i = 0; i < 4; i++) {
    const __m256i greater = _mm256_cmpgt_epi32(tq_x86_load(a + 8 * i), b[i]);
    bits |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(greater)) << 8 * i;
  }
  return bits;
}

/* The same, b in two registers. */
TQ_AVX512 TQ_INLINED uint32_t tq_x86_greater_avx512(const int32_t *a, __m512i low, __m512i high) {
  const __mmask16 below = _mm512_cmpgt_epi32_mask(_mm512_loadu_si512(a), low);
  const __mmask16 above = _mm512_cmpgt_epi32_mask(_mm512_loadu_si512(a + 16), high);
  return _cvtmask32_u32(_mm512_kunpackw(above, below));
}

/* tq_scale of each lane. */
TQ_AVX2 TQ_INLINED __m256i tq_x86_scale(__m256i x, __m256i multiplier, __m256i shift) {
  const __m256i zero = _mm256_setzero_si256(), left = _mm256_max_epi32(shift, zero);
  const __m256i half = _mm256_set1_epi64x(1 << 30), right = _mm256_sub_epi32(left, shift);
  const __m256i shifted = _mm256_sllv_epi32(x, left);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(shifted, multiplier), half);
  const __m256i odd_product = _mm256_mul_epi32(_mm256_srli_epi64(shifted, 32), _mm256_srli_epi64(multiplier, 32));
  const __m256i odd = _mm256_add_epi64(odd_product, half);
  const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
  /* tq_rounding_divide_by_pot; by 1 where `right` is 0 */
  const __m256i less = _mm256_add_epi32(high, _mm256_srai_epi32(high, 31));
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i divided =
      _mm256_srai_epi32(_mm256_add_epi32(_mm256_srav_epi32(less, _mm256_sub_epi32(right, one)), one), 1);
  return _mm256_blendv_epi8(divided, high, _mm256_cmpeq_epi32(right, zero));
}

TQ_AVX2 TQ_INLINED __m256i tq_x86_clamp(__m256i x, __m256i low, __m256i high) {
  return _mm256_min_epi32(_mm256_max_epi32(x, low), high);
}

/* 32 integers in int8's range, of which the first `count` are stored. */
TQ_AVX2 TQ_INLINED void tq_x86_store_int8(const __m256i *x, int32_t count, int8_t *to) {
  const __m256i low = _mm256_packs_epi32(x[0], x[1]), high = _mm256_packs_epi32(x[2], x[3]);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
  int8_t all[32];

  if (count == 32) {
    _mm256_storeu_si256((void *)to, bytes);
  } else {
    _mm256_storeu_si256((void *)all, bytes);
    memcpy(to, all, (size_t)count);
  }
}

/* The same of floats. */
TQ_AVX2 TQ_INLINED void tq_x86_store_real(const __m256 *x, int32_t count, float *to) {
  float all[32];
  float *const at = count == 32 ? to : all;

  TQ_UNROLLED for (int32_t i = 0; i < 4; i++) _mm256_storeu_ps(at + 8 * i, x[i]);
  if (count != 32) memcpy(to, all, (size_t)count * sizeof *to);
}
#endif

#endif
