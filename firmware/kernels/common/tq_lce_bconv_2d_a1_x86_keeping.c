#include "tinyq/tq_keeping_x86.h"
#include "tq_x86_signs.h"

#if TQ_X86
static void prepare(tq_x86_block *block) {
  const tq_lce_bconv_params *const params = block->params;

  block->flip = UINT32_MAX; /* a bit is 1 where a sum is above its threshold */
  for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
    block->lanes.whole[0][c] = c < block->count ? params->thresholds[block->first + c] : 0;
  }
}
#endif

void tq_lce_bconv_2d_a1_x86_keeping(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                    const int32_t *input, const int32_t *filter, int32_t *output, void *scratch,
                                    void *kept) {
#if TQ_X86
  const tq_x86_writer writer = {prepare, tq_x86_write_signs, tq_x86_write_signs_avx512};
  if (tq_x86_run_lce(params, dims, input, filter, &writer, output, scratch, kept)) return;
#endif
  (void)kept;
  tq_lce_bconv_2d_a1_opt(params, dims, input, filter, output, scratch);
}
