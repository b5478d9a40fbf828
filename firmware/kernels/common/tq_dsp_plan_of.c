#include "tq_dsp_conv_2d.h"

tq_dsp_plan tq_dsp_plan_of(const tq_conv_dims *dims, const tq_dsp_taps *taps, int one_row) {
  const int32_t filters = tq_dsp_block_filters(taps), row = TQ_DSP_ROW + 2 * taps->pairs;
  const int32_t groups = dims->input.c / dims->filter.c;
  const int32_t all = (dims->filter.n / groups + filters - 1) / filters;
  tq_dsp_plan plan;

  /* A row's words, twice, and two rows of bytes, one more quad each; or a window's words, and a pixel. */
  plan.x_bytes = one_row ? 10 * row + 8 : 8 * taps->pairs + (dims->filter.c + 3) / 4 * 4;
  /* Thirty pairs never have too many codes that are not zero. */
  plan.runs = taps->coded ? taps->pairs / 30 + 1 : 1;
  plan.runs_bytes = (2 * plan.runs + 1) * (int32_t)sizeof(tq_dsp_run);
  plan.blocks = (TQ_DSP_SCRATCH - plan.x_bytes - plan.runs_bytes) / tq_dsp_block_bytes(taps);
  if (plan.blocks > all) plan.blocks = all;
  if (plan.blocks < 1) plan.blocks = 1;
  return plan;
}
