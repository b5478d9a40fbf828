#include "tq_bits.h"
#include "tq_sliced_lines.h"
#include "tq_window.h"

void tq_sliced_few_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                        const int32_t *weights, const void *bias, tq_sliced_store *store, tq_store_sum *store_one,
                        void *output, void *scratch) {
  tq_sliced layer = {TQ_SLICED_OF(params, dims, input, weights, bias, output), .outside = scratch};

  if (!TQ_TAKES(TQ_USED_SLICED_FEW, TQ_USED_SLICED || TQ_USED_WORDS, tq_sliced_few_fit(params, dims))) {
    tq_sliced_conv_2d_bits(params, dims, input, weights, bias, tq_sliced_conv, store, store_one, output, scratch);
    return;
  }
  tq_sliced_set_outside(&layer, params->pad_code);
  tq_sliced_lines_conv(&layer, store_one, scratch);
}
