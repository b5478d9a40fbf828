#include "tq_dsp_fir.h"

int32_t tq_dsp_fir_scratch(const tq_conv_dims *dims, int coded, int depthwise) {
  const tq_dsp_fir_plan plan = tq_dsp_fir_plan_of(dims, coded, depthwise);

  return plan.x_bytes + plan.sums_bytes + plan.whole_bytes + plan.filters * plan.filter_bytes + plan.codes_bytes;
}
