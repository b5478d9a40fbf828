#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_sliced.h"
#include "tq_window.h"

void tq_sliced_conv_2d_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *weights, const void *bias, tq_sliced_core *core, tq_sliced_store *store,
                            tq_store_sum *store_one, void *output, void *scratch) {
  const int32_t positions = dims->output.n * dims->output.h * dims->output.w;
  tq_sliced layer = {TQ_SLICED_OF(params, dims, input, weights, bias, output), .outside = scratch,
                     .packed = params->output.thresholds != NULL, .store = store};

  const int fits = positions >= TQ_SLICED_LANES / 4 &&
                   tq_sliced_fits(dims, params->x_levels, params->w_levels, params->output.thresholds != NULL);
  if (TQ_TAKES(TQ_USED_WORDS, TQ_USED_SLICED, !fits)) {
    tq_conv_2d_bits_words(params, dims, input, weights, bias, store_one, output, scratch);
    return;
  }
  layer.largest =
      dims->filter.h * dims->filter.w * dims->filter.c * tq_sliced_peaks(params->x_levels, params->w_levels);
  layer.divisor = tq_sliced_divisors(params->x_levels, params->w_levels);
  tq_sliced_set_outside(&layer, params->pad_code);
  core(&layer, scratch);
}
