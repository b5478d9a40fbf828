#include "../common/tq_x86_bits.h"
#include "../common/tq_x86_lanes.h"
#include "tinyq/tq_kernels_x86.h"

#if TQ_X86
enum { SCALE, BIAS };

static void prepare(tq_x86_block *block) {
  const tq_bits_output *const how = &((const tq_conv_bits_params *)block->params)->output;
  const float *const bias = block->bias;

  for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
    const int32_t channel = block->first + (c < block->count ? c : 0);
    block->lanes.real[SCALE][c] = how->scale[channel];
    block->lanes.real[BIAS][c] = bias ? bias[channel] : 0.0f;
  }
}

/* A product and a sum, each rounded: no fused operation. Without a bias none is added: -0 stays what it is. */
TQ_AVX2 static void write(const tq_x86_block *block) {
  const tq_bits_output *const how = &((const tq_conv_bits_params *)block->params)->output;
  const __m256 low = _mm256_set1_ps(how->real_min), high = _mm256_set1_ps(how->real_max);
  float *to = (float *)block->output + (size_t)block->position * (size_t)block->channels + block->first;

  for (int32_t p = 0; p < block->pixels; p++, to += block->channels) {
    __m256 x[4];
    TQ_UNROLLED for (int32_t i = 0; i < 4; i++) {
      const __m256 sum = _mm256_cvtepi32_ps(tq_x86_load(&block->sums[p][8 * i]));
      const __m256 product = _mm256_mul_ps(sum, _mm256_loadu_ps(&block->lanes.real[SCALE][8 * i]));
      const __m256 biased = _mm256_add_ps(product, _mm256_loadu_ps(&block->lanes.real[BIAS][8 * i]));
      x[i] = _mm256_min_ps(high, _mm256_max_ps(low, block->bias ? biased : product));
    }
    tq_x86_store_real(x, block->count, to);
  }
}
#endif

void tq_conv_2d_bits_f32_x86(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *weights, const float *bias, float *output, void *scratch) {
#if TQ_X86
  const tq_x86_writer writer = {prepare, write, NULL};
  if (tq_x86_run_bits(params, dims, input, weights, bias, &writer, output, scratch, NULL)) return;
#endif
  tq_conv_2d_bits_f32_opt(params, dims, input, weights, bias, output, scratch);
}
