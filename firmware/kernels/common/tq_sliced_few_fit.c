#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Instructions of 32 positions, as counted on a Cortex-M4: of filters, and of the rows that they see, for each of the
 * times that these are gone through. */
static int64_t instructions(const tq_conv_bits_params *params, const tq_conv_dims *dims, int32_t shared) {
  const tq_dims filter = dims->filter;
  const int32_t planes = tq_bits_planes(params->x_levels), all = filter.h * filter.w * filter.c, c_out = dims->output.c;
  const int fours = params->x_levels > 3 || params->w_levels > 3, pairs = params->w_levels == 3;
  const int32_t filters = tq_sliced_lines_sizes_of(dims, planes).filters, times = (c_out + filters - 1) / filters;
  const int32_t each = (fours ? 570 : pairs ? 330 : 222) + all * (planes == 1 ? 9 : pairs ? 12 : 18);
  const int32_t rows = (filter.h - shared) * (220 + filter.c * (filter.w > 1 ? 200 : 40)) + shared * filter.c * 50;

  return (int64_t)c_out * each + times * (500 + planes * rows);
}

/* The same of two blocks of 16 positions in tq_sliced_conv. */
static int64_t in_blocks(const tq_conv_bits_params *params, const tq_conv_dims *dims, int32_t shared) {
  const int32_t taps = dims->filter.h * dims->filter.w, c_out = dims->output.c;
  const int many = params->x_levels > 3, pairs = params->w_levels == 3 && !many;
  const int32_t tables = params->x_levels == 2 && params->w_levels == 2 ? taps - shared * dims->filter.w : taps;
  const int32_t put = many || params->w_levels > 3 ? 550 : pairs ? 300 : 150;
  const int32_t look_up = pairs ? 70 : (params->x_levels == 2 ? 33 : 64) * tq_bits_planes(params->w_levels);

  return 2 * (1000 + tables * (many ? 3200 : 800) + (int64_t)c_out * (put + taps * look_up));
}

int tq_sliced_few_fit(const tq_conv_bits_params *params, const tq_conv_dims *dims) {
  const int32_t most = TQ_SLICED_LINES_LEVELS, width = dims->output.w;
  int64_t lines, blocks;
  int32_t shared;

  if (params->x_levels > most || params->w_levels > most) return 0;
  if (params->output.thresholds && params->output.levels > most) return 0;
  if (params->stride_w != 1 || (params->dilation_w != 1 && dims->filter.w != 1)) return 0;
  if (params->pad_left >= dims->filter.w || !tq_sliced_few_are(dims)) return 0;
  shared = tq_sliced_few_shared(dims, params->stride_h, params->dilation_h);
  lines = instructions(params, dims, shared) * TQ_WORD_BITS * tq_bits_words(width);
  blocks = in_blocks(params, dims, shared) * width;
  return lines < blocks;
}
