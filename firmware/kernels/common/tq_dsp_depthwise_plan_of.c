#include "tq_dsp_depthwise.h"

tq_dsp_depthwise_plan tq_dsp_depthwise_plan_of(const tq_conv_params *params, const tq_conv_dims *dims,
                                               int coded) {
  const int32_t step = params->stride_w / params->dilation_w; /* between positions, in taps */
  const int whole = params->stride_w % params->dilation_w == 0;
  tq_dsp_depthwise_plan plan;

  plan.multiplier = dims->output.c / dims->input.c;
  plan.how = TQ_DSP_SINGLE;
  if (coded && dims->filter.h * dims->filter.w <= 63) {
    if (plan.multiplier > 1) {
      plan.how = TQ_DSP_TWO_FILTERS;
    } else if (whole && step < dims->filter.w && dims->output.w > 1) {
      plan.how = TQ_DSP_TWO_POSITIONS;
    }
  }
  plan.slots = plan.how == TQ_DSP_TWO_FILTERS ? (plan.multiplier + 1) / 2 : plan.multiplier;
  plan.row_taps = dims->filter.w + (plan.how == TQ_DSP_TWO_POSITIONS ? step : 0);
  plan.taps = (dims->filter.h * plan.row_taps + 1) / 2 * 2;
  plan.quads = (dims->input.c + 3) / 4;
  plan.words_bytes = 8 * plan.slots * plan.taps;
  return plan;
}
