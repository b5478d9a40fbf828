#include "tq_bits.h"
#include "tq_sliced_lce.h"
#include "tq_window.h"

void tq_sliced_lce(const tq_sliced_lce_output *to, const tq_conv_dims *dims, const int32_t *input,
                   const int32_t *filter, tq_sliced_core *core, tq_sliced_store *store, void *output, void *scratch) {
  const tq_lce_bconv_params *const params = to->params;
  tq_sliced layer = {.dims = dims,
                     TQ_WINDOWS_OF(params),
                     .x_levels = 2,
                     .w_levels = 2,
                     .input = input,
                     .weights = filter,
                     .outside = scratch,
                     .params = to,
                     .output = output,
                     .store = store};

  if (TQ_TAKES(TQ_USED_WORDS, TQ_USED_SLICED, !tq_sliced_fits(dims, 2, 2, 0))) {
    tq_lce_bconv_2d(params, dims, input, filter, to->write, output, to->pixel_bytes);
    return;
  }
  for (int32_t i = 0; i < tq_bits_words(dims->input.c); i++) layer.outside[i] = 0; /* +1 */
  core(&layer, scratch);
}
