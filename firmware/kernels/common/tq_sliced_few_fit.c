#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Whether it takes fewer instructions than blocks of 16 positions, by what was counted on a Cortex-M4 of 32 positions:
 * of a filter, of a row that it sees, of one channel; and of a block, of a tap and of a filter's. */
static int faster(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter, out = dims->output;
  const int32_t taps = filter.h * filter.w, all = taps * filter.c, planes = tq_bits_planes(params->x_levels);
  const int32_t w_planes = tq_bits_planes(params->w_levels), many = params->x_levels > 3, two = params->x_levels == 2;
  const int32_t pairs = params->w_levels == 3 && !many, fours = many || params->w_levels > 3;
  const int32_t each = (fours ? 600 : pairs ? 450 : 320) + all * (two ? 9 : pairs ? 13 : 19);
  const int32_t rows = planes * filter.h * (filter.c * (filter.w > 1 ? 60 : 20) + 250);
  const int32_t tap = (many ? 3200 : 800) + out.c * (pairs ? 70 : (many || !two ? 64 : 33) * w_planes);
  const int32_t block = 1000 + out.c * (fours ? 550 : pairs ? 300 : 150) + taps * tap;

  return tq_bits_words(out.w) * (out.c * (int64_t)each + rows) * 32 < (int64_t)out.w * 2 * block;
}

int tq_sliced_few_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const int32_t most = TQ_SLICED_LINES_LEVELS;

  if (params->x_levels > most || params->w_levels > most) return 0;
  if (params->output.thresholds && params->output.levels > most) return 0;
  if (params->stride_w != 1 || (params->dilation_w != 1 && dims->filter.w != 1)) return 0;
  if (params->pad_left >= dims->filter.w) return 0;
  return tq_sliced_few_are(dims) && faster(params, dims);
}
