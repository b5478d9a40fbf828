#include "tq_neon_depthwise.h"

#include <string.h>

#include "tq_neon_copy.h"

typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  tq_depthwise run;
  int32_t group, width; /* positions of a group; columns of the copy of rows that an output row sees */
} layer;

static int32_t channel_of(const layer *l, int32_t lane) {
  const int32_t channels = l->dims->output.c;
  return lane < l->group * channels ? lane % channels : 0;
}

/* Where taps are. Weights of less than 16 channels are laid lane by lane. */
static void lay_taps(layer *l, const int8_t *weights, int32_t *from, int8_t *laid) {
  const int32_t c = l->dims->output.c, filter_w = l->dims->filter.w;

  for (int32_t tap = 0; tap < l->run.taps; tap++) {
    const int32_t column = tap % filter_w * l->params->dilation_w;
    from[tap] = (tap / filter_w * l->width + column) * l->dims->input.c;
    for (int32_t i = 0; c < 16 && i < 16; i++) laid[16 * tap + i] = weights[tap * c + channel_of(l, i)];
  }
  l->run.from = from;
  l->run.weights = c < 16 ? laid : weights;
}

static void lay_scaling(layer *l, const int32_t *bias, int32_t *words) {
  const tq_scaling s = tq_conv_scaling(l->params, bias);
  const int32_t lanes = l->run.lanes, m = l->run.multiplier;
  int32_t *const add = words, *const multipliers = add + lanes, *const shift = multipliers + lanes;
  int16_t *const level = (int16_t *)(shift + lanes);
  uint8_t *const place = (uint8_t *)(level + lanes);

  for (int32_t block = 0; 16 * block < lanes; block++) {
    const int32_t first = tq_depthwise_first(block, lanes);
    tq_neon_depthwise_totals(l->run.weights + first, l->run.taps, lanes, add + first);
    for (int32_t i = 0; i < 16; i++) place[16 * block + i] = (uint8_t)((first + i) / m - first / m);
  }
  l->run.right = 1;
  for (int32_t i = 0; i < lanes; i++) {
    const int32_t c = channel_of(l, i);
    level[i] = s.levels ? s.levels[c] : 1;
    add[i] = (s.bias ? s.bias[c] : 0) - l->params->input_zero_point * add[i] * level[i];
    multipliers[i] = s.multiplier[c];
    shift[i] = s.shift[c];
    l->run.right = l->run.right && shift[i] < 0;
  }
  l->run.add = add, l->run.multipliers = multipliers, l->run.shift = shift;
  l->run.level = level, l->run.place = place;
}

int32_t tq_neon_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output,
                          void *scratch) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int64_t width = (int64_t)(out.w - 1) * params->stride_w + (int64_t)(filter.w - 1) * params->dilation_w + 1;
  const int32_t taps = filter.h * filter.w, lanes = out.c < 16 ? 16 : out.c, few = out.c < 16;
  const int32_t group = few && params->stride_w == 1 ? 16 / out.c : 1; /* positions */
  int32_t *const from = scratch, *const scaling = from + taps;
  int8_t *const laid = (int8_t *)(scaling + 3 * lanes) + 2 * lanes + (lanes + 15) / 16 * 16;
  int8_t *const copy = laid + (few ? 16 * taps : 0), *const row = copy + filter.h * (in.w + 2 * filter.w) * in.c + 16;
  layer l = {params, dims, {0}, group, (int32_t)width};

  if (width > in.w + 2 * filter.w) return 0;
  l.run = (tq_depthwise){.taps = taps, .lanes = lanes, .multiplier = out.c / in.c, .codes = codes,
                         .zero_point = params->output_zero_point, .min = params->activation_min,
                         .max = params->activation_max};
  lay_taps(&l, weights, from, laid);
  lay_scaling(&l, bias, scaling);
  for (int32_t y = 0; y < out.n * out.h; y++, output += out.w * out.c) {
    const tq_depthwise_groups groups = {copy, few ? row : output, (out.w + group - 1) / group,
                                        group * params->stride_w * in.c, group * out.c};
    tq_neon_copy_rows(params, dims, input + y / out.h * in.h * in.w * in.c, y % out.h, l.width, copy);
    tq_neon_depthwise_run(&l.run, &groups);
    if (few) memcpy(output, row, (size_t)(out.w * out.c));
  }
  return 1;
}
