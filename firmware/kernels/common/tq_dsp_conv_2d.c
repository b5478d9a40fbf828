#include "tq_dsp_fir.h"

/* All filters of the pass; one form of scales for all. */
static void set_blocks(tq_dsp_pass *pass, const tq_dsp_weights *weights, const int32_t *bias) {
  const int32_t filters = tq_dsp_block_filters(pass->taps);
  int wanted;

  pass->quick = 1;
  do {
    wanted = pass->quick;
    for (int32_t first = 0; first < pass->count; first += filters) {
      pass->quick &= tq_dsp_set_block(pass, weights, bias, first, wanted);
    }
  } while (pass->quick != wanted);
  tq_dsp_set_runs(pass);
  for (int32_t i = 0; tq_dsp_coded(pass->taps) && i < pass->count; i += 2) {
    tq_dsp_scale *const scale = pass->scales + i;
    scale->bias = (int32_t)((uint32_t)scale->bias - (uint32_t)(TQ_DSP_ADDED * pass->parts) * (uint32_t)scale->level);
  }
}

TQ_ONCE
void tq_dsp_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                    const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const int row = tq_dsp_is_row(dims) && params->dilation_w == 1;
  const int strides = TQ_USED_STRIDED_ROWS || TQ_USED_COLUMNS;

  if (TQ_TAKES(TQ_USED_ROWS, strides, row && params->stride_w == 1)) {
    tq_dsp_fir(params, dims, input, weights, bias, output, scratch, 0);
    return;
  }
  const int one_row = TQ_TAKES(TQ_USED_STRIDED_ROWS, TQ_USED_COLUMNS, row);
  const tq_dsp_taps taps = tq_dsp_taps_of(dims, one_row, weights->unpack != NULL);
  const tq_dsp_plan plan = tq_dsp_plan_of(dims, &taps, one_row);
  const int32_t groups = dims->input.c / dims->filter.c, filters = dims->filter.n / groups;
  tq_dsp_pass pass = {.params = params, .dims = dims, .taps = &taps, .input = input, .x = scratch};
  const int32_t most = plan.blocks * tq_dsp_block_filters(&taps);

  pass.clamp = tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  pass.runs = (tq_dsp_run *)(uintptr_t)(pass.x + plan.x_bytes);
  pass.cut = pass.runs + plan.runs;
  pass.scales = (tq_dsp_scale *)(uintptr_t)(pass.x + plan.x_bytes + plan.runs_bytes);
  pass.words = (uint32_t *)(uintptr_t)(pass.scales + most);
  for (int32_t group = 0; group < groups; group++) {
    const int32_t end = (group + 1) * filters;
    for (pass.channel = end - filters; pass.channel < end; pass.channel += pass.count) {
      pass.count = end - pass.channel < most ? end - pass.channel : most;
      pass.output = output + pass.channel;
      set_blocks(&pass, weights, bias);
      if (one_row) {
        tq_dsp_pass_rows(&pass);
      } else {
        tq_dsp_pass_columns(&pass);
      }
    }
    pass.input += dims->filter.c;
  }
}
