#include "tq_window.h"
#include "tq_x86_bits.h"

int tq_x86_run_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                    const int32_t *weights, const void *bias, const tq_x86_writer *writer, void *output,
                    void *scratch, void *kept) {
  const tq_x86_conv conv = {
      .input = dims->input,
      .filter = dims->filter,
      .output = dims->output,
      TQ_WINDOWS_OF(params),
      .pad_code = params->pad_code,
      .x_levels = params->x_levels,
      .w_levels = params->w_levels,
      .kept = kept,
  };
  if (tq_x86_conv_bits_scratch(dims, 8, 8) == 0) return 0;
  return tq_x86_conv_bits(&conv, input, weights, params, bias, writer, output, scratch);
}
