#include "tq_dsp_depthwise.h"

tq_dsp_depthwise_rows_plan tq_dsp_depthwise_rows_plan_of(const tq_conv_dims *dims, int coded) {
  tq_dsp_depthwise_rows_plan plan;

  plan.shifts = coded ? 8 : 4;
  plan.taps.columns = 1;
  plan.taps.height = dims->filter.w + plan.shifts - 1;
  plan.taps.channels = 1;
  plan.taps.column_quads = plan.taps.quads = (plan.taps.height + 3) / 4;
  plan.taps.in_order = 1;
  plan.taps.coded = coded;
  plan.taps.ends_bytes = coded ? 4 * (plan.taps.quads / 15 + 1) : 4;
  plan.taps.block_bytes = (int32_t)sizeof(tq_dsp_block) + plan.taps.ends_bytes + 32 * plan.taps.quads;
  plan.room = TQ_DSP_ROW + 4 * plan.taps.quads;
  plan.x_bytes = 4 * plan.room;
  plan.spread_bytes = 4 * plan.taps.quads + 8; /* a filter between zeros */
  plan.codes_bytes = coded ? dims->filter.w * dims->filter.c : 0;
  return plan;
}
