#include "../common/tq_x86_bits.h"
#include "../common/tq_x86_lanes.h"
#include "tinyq/tq_kernels_x86.h"

#if TQ_X86
static void prepare(tq_x86_block *block) {
  const tq_lce_bconv_params *const params = block->params;

  for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
    block->lanes.whole[0][c] = c < block->count ? params->thresholds[block->first + c] : 0;
  }
}

TQ_AVX2 static void write(const tq_x86_block *block) {
  const int32_t words = (block->channels + 31) / 32;
  int32_t *row = (int32_t *)block->output + block->position * words;

  for (int32_t p = 0; p < block->pixels; p++, row += words) {
    tq_x86_put_bits(row, block->first, block->count, tq_x86_greater(block->sums[p], block->lanes.whole[0]));
  }
}

TQ_AVX512 static void write_avx512(const tq_x86_block *block) {
  const int32_t words = (block->channels + 31) / 32;
  int32_t *row = (int32_t *)block->output + block->position * words;

  for (int32_t p = 0; p < block->pixels; p++, row += words) {
    tq_x86_put_bits(row, block->first, block->count, tq_x86_greater_avx512(block->sums[p], block->lanes.whole[0]));
  }
}
#endif

void tq_lce_bconv_2d_a1_x86(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *filter, int32_t *output, void *scratch) {
#if TQ_X86
  const tq_x86_writer writer = {prepare, write, write_avx512};
  if (tq_x86_run_lce(params, dims, input, filter, &writer, output, scratch)) return;
#endif
  tq_lce_bconv_2d_a1_opt(params, dims, input, filter, output, scratch);
}
