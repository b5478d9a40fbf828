#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Whether it takes fewer instructions than lanes of channels, by what was counted on a Cortex-M4 of 32 positions of a
 * filter, and of a position of a word of channels. */
static int faster(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter, out = dims->output;
  const int32_t taps = filter.h * filter.w, each = out.c / dims->input.c, words = tq_bits_words(out.c);
  const int32_t planes = tq_bits_planes(params->x_levels);
  const int fours = params->x_levels > 3 || params->w_levels > 3, threes = params->w_levels == 3;
  int64_t line = fours ? 1060 + 40 * taps : threes ? 680 + 27 * taps : 480 + 18 * taps;
  int64_t word = fours ? 900 + 125 * taps : threes ? 190 + 38 * taps : 180 + 17 * taps;

  if (filter.w == 1) line += 30 * taps * planes / each;
  if (each > 1) word += 22 * taps * planes;
  if (!params->output.thresholds) {
    line += 150;
    word += 75 * out.c / words;
  }
  return tq_bits_words(out.w) * out.c * line < out.w * words * word;
}

int tq_sliced_lines_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const int32_t most = TQ_SLICED_LINES_LEVELS;

  if (params->x_levels > most || params->w_levels > most) return 0;
  if (params->output.thresholds && params->output.levels > most) return 0;
  if (params->stride_w != 1 || (params->dilation_w != 1 && dims->filter.w != 1)) return 0;
  if (params->pad_left >= dims->filter.w) return 0;
  return tq_sliced_lines_are(dims) && faster(params, dims);
}
