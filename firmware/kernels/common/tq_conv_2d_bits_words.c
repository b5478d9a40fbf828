#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_bits_words.h"

/* Cut channels [first, first + window->channels) out of the taps' rows, of `channels`: rows of their own. */
static void cut_group(const tq_bits_window *window, int32_t channels, int32_t first, int32_t *cut) {
  const int32_t planes = tq_bits_planes(window->x_levels), words = tq_bits_words(channels);
  const int32_t cut_words = tq_bits_words(window->channels);

  for (int32_t tap = 0; tap < window->taps; tap++, cut += planes * cut_words) {
    const int32_t offset = window->offsets[tap];
    for (int32_t m = 0; m < planes; m++) {
      const int32_t *const plane = offset < 0 ? window->outside + m * cut_words
                                              : window->input + offset + m * words;
      tq_bits_cut(plane, offset < 0 ? cut_words : words, offset < 0 ? 0 : first, window->channels,
                  cut + m * cut_words);
    }
  }
}

void tq_conv_2d_bits_words(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                           const int32_t *input, const int32_t *weights, const void *bias,
                           tq_store_sum *store, void *output, void *scratch) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t taps = filter.h * filter.w, groups = in.c / filter.c, group_size = filter.n / groups;
  const int32_t x_row = tq_bits_row(filter.c, params->x_levels);
  const int32_t filter_words = taps * tq_bits_row(filter.c, params->w_levels);
  int32_t *const offsets = scratch, *const outside = offsets + taps, *const cut = outside + x_row;
  tq_bits_window window = {input,          outside, offsets, taps, filter.c, params->x_levels,
                           params->w_levels};

  for (int32_t c = 0; c < filter.c; c++) tq_put_code(outside, filter.c, window.x_levels, c, params->pad_code);
  for (int32_t row = 0; row < out.n * out.h * out.w; row++) {
    const int32_t oy = row / out.w % out.h, ox = row % out.w;
    for (int32_t o = 0; o < out.c; o++) {
      if (o % group_size == 0) { /* a new group */
        window.input = input;
        tq_bits_find_rows(params, dims, row / (out.h * out.w), oy * params->stride_h - params->pad_top,
                          ox * params->stride_w - params->pad_left, offsets);
        if (groups > 1) {
          cut_group(&window, in.c, o / group_size * filter.c, cut);
          window.input = cut;
          for (int32_t tap = 0; tap < taps; tap++) offsets[tap] = tap * x_row;
        }
      }
      store(&params->output, bias, row, out.c, o, tq_bits_sum(&window, weights + o * filter_words), output);
    }
  }
}
