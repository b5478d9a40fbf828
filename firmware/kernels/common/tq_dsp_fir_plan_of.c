#include "tq_dsp_fir.h"

tq_dsp_fir_plan tq_dsp_fir_plan_of(const tq_conv_dims *dims, int coded, int depthwise) {
  const int32_t taps = dims->filter.w, all = dims->output.c / dims->input.c;
  const int32_t positions = dims->output.w < TQ_DSP_FIR_POSITIONS ? dims->output.w : TQ_DSP_FIR_POSITIONS;
  const int32_t tiles = tq_dsp_fir_tiles(positions, coded);
  tq_dsp_fir_plan plan;

  plan.coded = coded;
  plan.words = tq_dsp_fir_words_of(taps, coded);
  plan.filter_bytes = (int32_t)sizeof(tq_dsp_fir_filter) + 4 * plan.words;
  plan.filters = TQ_DSP_FIR_BYTES / plan.filter_bytes;
  if (plan.filters > all) plan.filters = all;
  if (plan.filters < 1) plan.filters = 1;
  plan.pairs = tq_dsp_fir_pairs(plan.words, tiles, coded);
  plan.x_bytes = (coded ? 8 : 4) * plan.pairs;
  plan.sums_bytes = (coded ? 12 : 24) * tiles;
  plan.whole_bytes = taps > tq_dsp_fir_parts_of(coded).taps ? 4 * positions : 0;
  plan.codes_bytes = depthwise && coded ? taps * dims->filter.c : taps; /* of int8 weights, few bits' ones */
  return plan;
}
