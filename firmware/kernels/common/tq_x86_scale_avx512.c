#include "tq_x86_int8.h"

#if TQ_X86
#define LANES 16
#define HALVES (TQ_X86_DOT_CHANNELS / LANES)

/* Of LANES channels. */
typedef struct {
  __m512i multiplier, odd_multiplier, left, right_less_one, level, base;
  __mmask16 unshifted; /* right is 0 */
} lanes;

TQ_AVX512 TQ_INLINED lanes lanes_of(const tq_x86_scaling *s, int32_t first) {
  const __m512i shift = _mm512_loadu_si512(s->shift + first), zero = _mm512_setzero_si512();
  const __m512i left = _mm512_max_epi32(shift, zero), right = _mm512_sub_epi32(left, shift);
  const __m512i multiplier = _mm512_loadu_si512(s->multiplier + first);
  const __m512i level = _mm512_loadu_si512(s->level + first), base = _mm512_loadu_si512(s->base + first);
  const int32_t twice = s->plain ? 1 : 0;
  const lanes made = {multiplier,
                      _mm512_srli_epi64(multiplier, 32),
                      left,
                      _mm512_sub_epi32(right, _mm512_set1_epi32(1)),
                      twice ? _mm512_add_epi32(level, level) : level,
                      twice ? _mm512_add_epi32(base, base) : base,
                      _mm512_cmpeq_epi32_mask(right, zero)};
  return made;
}

/* Any. */
TQ_AVX512 TQ_INLINED __m512i scale(const lanes *l, __m512i sum) {
  const __m512i half = _mm512_set1_epi64(1 << 30), one = _mm512_set1_epi32(1);
  const __m512i x = _mm512_sllv_epi32(_mm512_add_epi32(_mm512_mullo_epi32(sum, l->level), l->base), l->left);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, l->multiplier), half);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), l->odd_multiplier), half);
  const __m512i below = _mm512_srli_epi64(even, 31), above = _mm512_slli_epi64(odd, 1);
  const __m512i high = _mm512_mask_mov_epi32(below, 0xaaaa, above);
  const __m512i less = _mm512_add_epi32(high, _mm512_srai_epi32(high, 31));
  const __m512i twice = _mm512_add_epi32(_mm512_srav_epi32(less, l->right_less_one), one);
  return _mm512_mask_mov_epi32(_mm512_srai_epi32(twice, 1), l->unshifted, high);
}

/* Plain ones: of twice the accumulator the high halves of the products are what is wanted; `zero_point` is twice it,
 * plus one, so that the last shift rounds. */
TQ_AVX512 TQ_INLINED __m128i scale_plain(const lanes *l, __m512i sum, __m512i zero_point) {
  const __m512i half = _mm512_set1_epi64((int64_t)1 << 31);
  const __m512i halves = _mm512_setr_epi32(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  const __m512i x = _mm512_add_epi32(_mm512_mullo_epi32(sum, l->level), l->base);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, l->multiplier), half);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), l->odd_multiplier), half);
  const __m512i high = _mm512_permutex2var_epi32(even, halves, odd);
  const __m512i less = _mm512_add_epi32(high, _mm512_srai_epi32(high, 31));
  const __m512i twice = _mm512_add_epi32(_mm512_srav_epi32(less, l->right_less_one), zero_point);
  return _mm512_cvtsepi32_epi8(_mm512_srai_epi32(twice, 1));
}

TQ_AVX512 TQ_INLINED __m256i joined(__m128i low, __m128i high) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

TQ_AVX512 TQ_INLINED void store(__m256i bytes, int32_t count, int8_t *to) {
  if (count >= TQ_X86_DOT_CHANNELS) {
    _mm256_storeu_si256((void *)to, bytes);
  } else {
    _mm256_mask_storeu_epi8(to, (1u << count) - 1, bytes);
  }
}

TQ_AVX512 static void scale_all_plain(const tq_x86_scaling *s, const int32_t *sums, int32_t pixels, int32_t count,
                                      int8_t *to, int32_t row) {
  const lanes first = lanes_of(s, 0), second = lanes_of(s, LANES);
  const __m512i zero_point = _mm512_set1_epi32(2 * s->zero_point + 1);
  const __m256i low = _mm256_set1_epi8((char)s->min), high = _mm256_set1_epi8((char)s->max);

  for (int32_t p = 0; p < pixels; p++, to += row, sums += TQ_X86_DOT_CHANNELS) {
    const __m128i a = scale_plain(&first, _mm512_loadu_si512(sums), zero_point);
    const __m128i b = scale_plain(&second, _mm512_loadu_si512(sums + LANES), zero_point);
    store(_mm256_min_epi8(_mm256_max_epi8(joined(a, b), low), high), count, to);
  }
}

TQ_AVX512 static void scale_all(const tq_x86_scaling *s, const int32_t *sums, int32_t pixels, int32_t count, int8_t *to,
                                int32_t row) {
  const lanes first = lanes_of(s, 0), second = lanes_of(s, LANES);
  const __m512i low = _mm512_set1_epi32(s->min - s->zero_point), high = _mm512_set1_epi32(s->max - s->zero_point);
  const __m512i zero_point = _mm512_set1_epi32(s->zero_point);

  for (int32_t p = 0; p < pixels; p++, to += row, sums += TQ_X86_DOT_CHANNELS) {
    const __m512i a = scale(&first, _mm512_loadu_si512(sums));
    const __m512i b = scale(&second, _mm512_loadu_si512(sums + LANES));
    const __m512i in_a = _mm512_min_epi32(_mm512_max_epi32(a, low), high);
    const __m512i in_b = _mm512_min_epi32(_mm512_max_epi32(b, low), high);
    const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_add_epi32(in_a, zero_point));
    store(joined(bytes, _mm512_cvtepi32_epi8(_mm512_add_epi32(in_b, zero_point))), count, to);
  }
}

TQ_AVX512 void tq_x86_scale_avx512(const tq_x86_scaling *scaling, const int32_t *sums, int32_t pixels, int32_t count,
                                   int8_t *to, int32_t row) {
  if (scaling->plain) {
    scale_all_plain(scaling, sums, pixels, count, to, row);
  } else {
    scale_all(scaling, sums, pixels, count, to, row);
  }
}
#else
void tq_x86_scale_avx512(const tq_x86_scaling *scaling, const int32_t *sums, int32_t pixels, int32_t count, int8_t *to,
                         int32_t row) {
  (void)scaling, (void)sums, (void)pixels, (void)count, (void)to, (void)row; /* never called */
}
#endif
