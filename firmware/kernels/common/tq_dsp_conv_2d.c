#include "tq_dsp_fir.h"

/* As many blocks of a group's filters as there is room for, from `channel` to `end`. */
static void set_blocks(tq_dsp_pass *pass, const tq_dsp_weights *weights, const int32_t *bias, int32_t channel,
                       int32_t end, int32_t blocks) {
  const int32_t filters = tq_dsp_block_filters(pass->taps);

  for (pass->count = 0; pass->count < blocks && channel < end; pass->count++, channel += filters) {
    tq_dsp_block *block = (tq_dsp_block *)(uintptr_t)(pass->blocks + pass->count * pass->taps->block_bytes);
    block->channel = channel;
    block->count = end - channel < filters ? end - channel : filters;
    tq_dsp_set_block(pass->params, pass->taps, weights, bias, (int8_t *)pass->x, block);
  }
  tq_dsp_set_ends(pass);
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
  tq_dsp_pass pass = {params, dims, &taps, {0}, input, output, scratch, NULL, 0};

  pass.clamp = tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  pass.blocks = pass.x + plan.x_bytes;
  for (int32_t group = 0; group < groups; group++) {
    const int32_t end = (group + 1) * filters, step = plan.blocks * tq_dsp_block_filters(&taps);
    for (int32_t channel = end - filters; channel < end; channel += step) {
      set_blocks(&pass, weights, bias, channel, end, plan.blocks);
      if (one_row) {
        tq_dsp_pass_rows(&pass);
      } else {
        tq_dsp_pass_columns(&pass);
      }
    }
    pass.input += dims->filter.c;
  }
}
