#include "../common/tq_bits.h"
#include "../common/tq_neon_bits.h"
#include "../common/tq_neon_nibbles.h"

/* The sum of `all` products exceeds a threshold where at most so many of them are -1. */
static void lay_starts(const tq_bits_output *how, int32_t channels, int32_t all, const tq_signs_layer *layer) {
  const int32_t *const thresholds = how->thresholds;
  const int8_t *const flip = how->flip;
  uint16_t *const start = layer->start;

  for (int32_t o = 0; o < channels; o++) {
    const int32_t above = thresholds[o] < -all ? -all - 1 : thresholds[o], within = above > all ? all : above;
    start[o] = (uint16_t)(0x8000 - (all - within + 1) / 2);
  }
  for (int32_t o = 0; flip && o < channels; o++) {
    layer->flip[o / 8] = (uint8_t)(layer->flip[o / 8] | (flip[o] != 0) << o % 8);
  }
}

/* Signs to signs. */
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
  lay_starts(&params->output, dims->filter.n, all, &layer);
  tq_neon_signs_run(&layer);
  return 1;
}

void tq_conv_2d_bits_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                          const int32_t *weights, int32_t *output, void *scratch) {
  int32_t done = 0;

  if (params->x_levels == 2 && params->w_levels == 2 && params->output.levels == 2) {
    done = tq_neon_nibbles_conv(params, dims, input, weights, NULL, tq_neon_store_bits, output, scratch) ||
           (tq_neon_conv_2d_bits_fits(dims) && run_signs(params, dims, input, weights, output, scratch));
  } else {
    done = tq_neon_conv_2d_bits(params, dims, input, weights, NULL, tq_neon_store_bits, output, scratch);
  }
  if (!done) tq_conv_2d_bits_opt(params, dims, input, weights, output, scratch);
}
