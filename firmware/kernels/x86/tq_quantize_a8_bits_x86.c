#include "../common/tq_x86.h"
#include "tinyq/tq_kernels_x86.h"

#if TQ_X86
/* Threshold i of channels [c, c + 8); 2 or 3 levels. */
TQ_AVX2 TQ_INLINED __m256i thresholds_of(const tq_quantize_a8_bits_params *params, int32_t i, int32_t c) {
  const int32_t *const from = params->thresholds;

  if (!params->per_channel) return _mm256_set1_epi32(from[i]);
  if (params->levels == 2) return _mm256_loadu_si256((const void *)(from + c));
  const __m256 low = _mm256_loadu_ps((const float *)(const void *)(from + 2 * c)); /* pairs: only moved about */
  const __m256 high = _mm256_loadu_ps((const float *)(const void *)(from + 2 * c + 8));
  const __m256 some = i == 0 ? _mm256_shuffle_ps(low, high, 0x88) : _mm256_shuffle_ps(low, high, 0xdd);
  return _mm256_permute4x64_epi64(_mm256_castps_si256(some), 0xd8);
}

/* Bit j: whether channel c + j's value exceeds its threshold i. */
TQ_AVX2 TQ_INLINED uint32_t exceeded(const tq_quantize_a8_bits_params *params, const int8_t *x, int32_t i, int32_t c) {
  uint32_t bits = 0;

  TQ_UNROLLED for (int32_t j = 0; j < 32; j += 8) {
    const __m256i values = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(x + c + j)));
    const __m256i greater = _mm256_cmpgt_epi32(values, thresholds_of(params, i, c + j));
    bits |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(greater)) << j;
  }
  return bits;
}

/* Rows of whole words of 2 or 3 levels; see tq_put_code. */
TQ_AVX2 static void quantize(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *x,
                             int32_t *output) {
  const int32_t words = dims->depth / 32;

  for (int32_t row = 0; row < dims->rows; row++, x += dims->depth, output += words * (params->levels - 1)) {
    for (int32_t i = 0; i < words; i++) {
      const uint32_t low = exceeded(params, x, 0, 32 * i);
      uint32_t flip = 0;
      if (params->flip) {
        const __m256i flips = _mm256_loadu_si256((const void *)(params->flip + 32 * i));
        flip = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(flips, _mm256_setzero_si256()));
      }
      if (params->levels == 2) {
        output[i] = (int32_t)(low ^ ~flip);
      } else {
        const uint32_t high = exceeded(params, x, 1, 32 * i);
        output[i] = (int32_t)(~low | high);
        output[words + i] = (int32_t)((flip & high) | (~flip & ~low));
      }
    }
  }
}

/* Thresholds i of channels [c, c + 16). */
TQ_AVX512 TQ_INLINED __m512i thresholds_avx512(const tq_quantize_a8_bits_params *params, int32_t i, int32_t c) {
  const __m512i pairs = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const int32_t *const from = params->thresholds;

  if (!params->per_channel) return _mm512_set1_epi32(from[i]);
  if (params->levels == 2) return _mm512_loadu_si512(from + c);
  const __m512i order = _mm512_add_epi32(pairs, _mm512_set1_epi32(i));
  return _mm512_permutex2var_epi32(_mm512_loadu_si512(from + 2 * c), order, _mm512_loadu_si512(from + 2 * c + 16));
}

TQ_AVX512 TQ_INLINED uint32_t exceeded_avx512(const int8_t *x, const __m512i *thresholds) {
  const __m512i low = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)x));
  const __m512i high = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(x + 16)));
  return _cvtmask32_u32(
      _mm512_kunpackw(_mm512_cmpgt_epi32_mask(high, thresholds[1]), _mm512_cmpgt_epi32_mask(low, thresholds[0])));
}

/* All rows of a word's channels, so that their thresholds stay in registers. */
TQ_AVX512 static void quantize_avx512(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                                      const int8_t *x, int32_t *output) {
  const int32_t words = dims->depth / 32, rows = dims->rows, depth = dims->depth, ternary = params->levels == 3;

  for (int32_t i = 0; i < words; i++) {
    const __m512i low_thresholds[2] = {thresholds_avx512(params, 0, 32 * i), thresholds_avx512(params, 0, 32 * i + 16)};
    const __m512i high_thresholds[2] = {thresholds_avx512(params, ternary, 32 * i),
                                        thresholds_avx512(params, ternary, 32 * i + 16)};
    const int8_t *from = x + 32 * i;
    int32_t *to = output + i;
    uint32_t flip = 0;
    if (params->flip) {
      const __m256i flips = _mm256_loadu_si256((const void *)(params->flip + 32 * i));
      flip = _cvtmask32_u32(_mm256_cmpgt_epi8_mask(flips, _mm256_setzero_si256()));
    }
    for (int32_t row = 0; row < rows && !ternary; row++, from += depth, to += words) {
      *to = (int32_t)(exceeded_avx512(from, low_thresholds) ^ ~flip);
    }
    for (int32_t row = 0; row < rows && ternary; row++, from += depth, to += 2 * words) {
      const uint32_t low = exceeded_avx512(from, low_thresholds), high = exceeded_avx512(from, high_thresholds);
      to[0] = (int32_t)(~low | high);
      to[words] = (int32_t)((flip & high) | (~flip & ~low));
    }
  }
}
#endif

void tq_quantize_a8_bits_x86(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                             int32_t *output) {
#if TQ_X86
  const tq_x86_level_of level = tq_x86_level();
  if (params->levels <= 3 && dims->depth % 32 == 0 && level != TQ_X86_BASE) {
    (level == TQ_X86_AVX512 ? quantize_avx512 : quantize)(params, dims, input, output);
    return;
  }
#endif
  tq_quantize_a8_bits_ref(params, dims, input, output);
}
