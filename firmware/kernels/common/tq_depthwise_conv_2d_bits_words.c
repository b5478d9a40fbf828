#include "tq_bits.h"
#include "tq_bits_formulas.h"
#include "tq_bits_words.h"

/* The taps' rows, of `channels`, with each code `times` times: rows of their own. */
static void repeat_codes(const tq_bits_window *window, int32_t channels, int32_t times, int32_t *repeated) {
  const int32_t planes = tq_bits_planes(window->x_levels);
  const int32_t words = tq_bits_words(channels), wide = tq_bits_words(window->channels);

  memset(repeated, 0, (size_t)(window->taps * planes * wide) * sizeof *repeated);
  for (int32_t tap = 0; tap < window->taps; tap++) {
    const int32_t offset = window->offsets[tap];
    for (int32_t m = 0; m < planes; m++, repeated += wide) {
      if (offset < 0) memcpy(repeated, window->outside + m * wide, (size_t)wide * sizeof *repeated);
      for (int32_t o = 0; offset >= 0 && o < window->channels; o++) {
        const int32_t bit = tq_bit_at(window->input + offset + m * words, o / times);
        int32_t *const word = repeated + o / TQ_WORD_BITS;
        *word = (int32_t)((uint32_t)*word | (uint32_t)bit << (o % TQ_WORD_BITS));
      }
    }
  }
}

void tq_depthwise_conv_2d_bits_words(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                     const int32_t *input, const int32_t *weights, const void *bias,
                                     tq_store_sum *store, void *output, void *scratch) {
  const tq_dims in = dims->input, out = dims->output;
  const int32_t taps = dims->filter.h * dims->filter.w, x_row = tq_bits_row(out.c, params->x_levels);
  int32_t *const offsets = scratch, *const outside = offsets + taps, *const repeated = outside + x_row;
  tq_bits_window window = {input, outside, offsets, taps, out.c, params->x_levels, params->w_levels};

  for (int32_t c = 0; c < out.c; c++) tq_put_code(outside, out.c, window.x_levels, c, params->pad_code);
  for (int32_t row = 0; row < out.n * out.h * out.w; row++) {
    const int32_t y0 = row / out.w % out.h * params->stride_h - params->pad_top;
    const int32_t x0 = row % out.w * params->stride_w - params->pad_left;
    int32_t sums[TQ_WORD_BITS];
    tq_bits_find_rows(params, dims, row / (out.h * out.w), y0, x0, offsets);
    if (in.c != out.c) {
      window.input = input;
      repeat_codes(&window, in.c, out.c / in.c, repeated);
      window.input = repeated;
      for (int32_t tap = 0; tap < taps; tap++) offsets[tap] = tap * x_row;
    }
    for (int32_t o = 0; o < out.c; o++) {
      if (o % TQ_WORD_BITS == 0) tq_bits_sums_of_word(&window, weights, o / TQ_WORD_BITS, sums);
      store(&params->output, bias, row, out.c, o, sums[o % TQ_WORD_BITS], output);
    }
  }
}
