#include "tq_window.h"
#include "tq_x86_bits.h"

int tq_x86_run_lce(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                   const int32_t *filter, const tq_x86_writer *writer, void *output, void *scratch, void *kept) {
  const tq_x86_conv conv = {
      .input = dims->input,
      .filter = dims->filter,
      .output = dims->output,
      TQ_WINDOWS_OF(params),
      .pad_code = 1,
      .x_levels = 2,
      .w_levels = 2,
      .differing = 1,
      .kept = kept,
      .outside = params->corrected ? TQ_X86_CORRECTED : params->pad_value ? TQ_X86_PADDED : TQ_X86_HALF,
  };
  if (tq_x86_conv_bits_scratch(dims, 1, 1) == 0) return 0;
  return tq_x86_conv_bits(&conv, input, filter, params, NULL, writer, output, scratch);
}
