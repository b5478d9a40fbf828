#include "../common/tq_bits.h"
#include "../common/tq_neon_bits.h"

/* Signs to signs: the sum of `all` products exceeds a threshold where at most so many of them are -1. */
static int32_t run_signs(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                      const int32_t *weights, int32_t *output, void *scratch) {
  const int32_t c = dims->filter.c, words = tq_bits_words(c), all = dims->filter.h * dims->filter.w * c;
  uint32_t *const outside = scratch, *left;
  tq_signs_layer layer = {.filter = weights, .output = output};

  for (int32_t i = 0; i < c; i++) tq_put_code(scratch, c, 2, i, params->pad_code);
  layer.walk = (tq_bits_walk){dims, params->stride_h, params->stride_w, params->dilation_h, params->dilation_w,
                              params->pad_top, params->pad_left, words, 1, input, outside, NULL, NULL, 0, 0};
  left = tq_neon_bits_begin(&layer.walk, outside + words);
  if (!left) return 0;
  tq_neon_signs_begin(&layer, 0, params->output.flip != NULL, left);
  for (int32_t o = 0; o < dims->filter.n; o++) {
    const int32_t threshold = params->output.thresholds[o];
    const int32_t within = threshold < -all ? -all - 1 : threshold > all ? all : threshold;
    layer.start[o] = tq_signs_start((all - within + 1) / 2 - 1, all);
    if (layer.flip && params->output.flip[o]) layer.flip[o / 8] = (uint8_t)(layer.flip[o / 8] | 1 << o % 8);
  }
  tq_neon_signs_run(&layer);
  return 1;
}

void tq_conv_2d_bits_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                          const int32_t *weights, int32_t *output, void *scratch) {
  int32_t done = 0;

  if (params->x_levels == 2 && params->w_levels == 2 && params->output.levels == 2) {
    done = tq_neon_conv_2d_bits_fits(dims) && run_signs(params, dims, input, weights, output, scratch);
  } else {
    done = tq_neon_conv_2d_bits(params, dims, input, weights, NULL, tq_neon_store_bits, output, scratch);
  }
  if (!done) tq_conv_2d_bits_opt(params, dims, input, weights, output, scratch);
}
