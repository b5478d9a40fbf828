#include <string.h>

#include "tq_bits.h"
#include "tq_bits_words.h"
#include "tq_neon_lce.h"

/* A tap outside counts as half of its channels; the loop, to which it is +1, counts the -1 of the filter. */
static void lay_beside(const tq_signs_layer *layer, const tq_conv_dims *dims, int32_t counted) {
  const int32_t taps = dims->filter.h * dims->filter.w, words = layer->walk.words;
  const int32_t apart = (dims->filter.n + 7) / 8 * 8;
  const int32_t *filter = layer->filter;

  for (int32_t o = 0; o < dims->filter.n; o++) {
    for (int32_t tap = 0; tap < taps; tap++, filter += words) {
      uint32_t ones = 0;
      for (int32_t i = 0; i < words; i++) ones += tq_ones((uint32_t)filter[i]);
      layer->beside[tap * apart + o] = (uint16_t)((uint32_t)counted - ones);
    }
  }
}

int32_t tq_neon_lce_begin(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                          const int32_t *filter, tq_signs_layer *layer, void *scratch) {
  const int32_t words = tq_bits_words(dims->filter.c), beside = params->corrected || !params->pad_value;
  uint32_t *left;

  if (!tq_neon_conv_2d_bits_fits(dims)) return 0;
  memset(scratch, 0, (size_t)words * sizeof(uint32_t)); /* +1 */
  layer->walk = (tq_bits_walk){dims, params->stride_h, params->stride_w, params->dilation_h, params->dilation_w,
                               params->pad_top, params->pad_left, words, 1, input, scratch, NULL, NULL, 0, 0};
  left = tq_neon_bits_begin(&layer->walk, (uint32_t *)scratch + words);
  if (!left) return 0;
  layer->filter = filter;
  tq_neon_signs_begin(layer, beside, 0, left);
  if (beside) lay_beside(layer, dims, params->corrected ? 0 : dims->filter.c / 2);
  return 1;
}
