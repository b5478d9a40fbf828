#include "tq_dsp_fir.h"

int32_t tq_dsp_conv_2d_scratch(const tq_conv_dims *dims, int coded) {
  int32_t most = tq_dsp_is_row(dims) ? tq_dsp_fir_scratch(dims, coded, 0) : 0;

  for (int one_row = 0; one_row <= tq_dsp_is_row(dims); one_row++) { /* a dilated row is not one */
    const tq_dsp_taps taps = tq_dsp_taps_of(dims, one_row, coded);
    const tq_dsp_plan plan = tq_dsp_plan_of(dims, &taps, one_row);
    const int32_t bytes = plan.x_bytes + plan.runs_bytes + plan.blocks * tq_dsp_block_bytes(&taps);
    if (bytes > most) most = bytes;
  }
  return most;
}
