#include "tinyq/tq_keeping_x86.h"
#include "tq_x86_lanes.h"
#include "tq_x86_lce_sums.h"

#if TQ_X86
TQ_AVX2 static void write(const tq_x86_block *block) {
  float *to = (float *)block->output + (size_t)block->position * (size_t)block->channels + block->first;

  for (int32_t p = 0; p < block->pixels; p++, to += block->channels) {
    const __m256 real[4] = {tq_x86_lce_sum(block, p, 0), tq_x86_lce_sum(block, p, 8), tq_x86_lce_sum(block, p, 16),
                            tq_x86_lce_sum(block, p, 24)};
    tq_x86_store_real(real, block->count, to);
  }
}
#endif

void tq_lce_bconv_2d_f32_x86_keeping(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                     const int32_t *input, const int32_t *filter, float *output, void *scratch,
                                     void *kept) {
#if TQ_X86
  const tq_x86_writer writer = {tq_x86_prepare_lce, write, NULL};
  if (tq_x86_run_lce(params, dims, input, filter, &writer, output, scratch, kept)) return;
#endif
  (void)kept;
  tq_lce_bconv_2d_f32_opt(params, dims, input, filter, output, scratch);
}
