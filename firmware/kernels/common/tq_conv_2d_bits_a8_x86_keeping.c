#include <stdlib.h>

#include "tinyq/tq_keeping_x86.h"
#include "tq_x86_bits.h"

#if TQ_X86
static void prepare(tq_x86_block *block) {
  const tq_bits_output *const how = &((const tq_conv_bits_params *)block->params)->output;
  const int32_t *const bias = block->bias;
  tq_x86_scaling *const scaling = &block->lanes.scaling;

  scaling->zero_point = how->zero_point;
  scaling->min = how->activation_min;
  scaling->max = how->activation_max;
  scaling->plain = block->most < (1 << 29) >> how->bias_shift;
  for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
    const int32_t channel = block->first + (c < block->count ? c : 0);
    scaling->multiplier[c] = how->multiplier[channel];
    scaling->shift[c] = how->shift[channel];
    scaling->level[c] = 1 << how->bias_shift;
    scaling->base[c] = bias ? bias[channel] : 0;
    if (scaling->shift[c] >= 0 || llabs(scaling->base[c]) >= 1 << 29) scaling->plain = 0;
  }
}

static int8_t *output_of(const tq_x86_block *block) {
  return (int8_t *)block->output + (size_t)block->position * (size_t)block->channels + block->first;
}

static void write(const tq_x86_block *block) {
  tq_x86_scale_avx2(&block->lanes.scaling, block->sums[0], block->pixels, block->count, output_of(block),
                    block->channels);
}

static void write_avx512(const tq_x86_block *block) {
  tq_x86_scale_avx512(&block->lanes.scaling, block->sums[0], block->pixels, block->count, output_of(block),
                      block->channels);
}
#endif

void tq_conv_2d_bits_a8_x86_keeping(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                    const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch,
                                    void *kept) {
#if TQ_X86
  const tq_x86_writer writer = {prepare, write, write_avx512};
  if (tq_x86_run_bits(params, dims, input, weights, bias, &writer, output, scratch, kept)) return;
#endif
  (void)kept;
  tq_conv_2d_bits_a8_opt(params, dims, input, weights, bias, output, scratch);
}
