#include "tq_neon_depthwise.h"

#include <string.h>

#include "tq_neon_copy.h"
#include "tq_neon_outputs.h"

typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  tq_scaling scaling;
  int32_t codes, taps, channels; /* channels: rounded up to 16 */
  int32_t width;                 /* columns of the copy */
  int32_t *from, *start;         /* [taps]: where the copy has a tap; [channels]: minus the zero point's products */
  int8_t *weights, *copy;
} layer;

static void lay_weights(layer *l, const int8_t *weights) {
  const int32_t c = l->dims->filter.c;

  memset(l->start, 0, (size_t)l->channels * sizeof *l->start);
  for (int32_t tap = 0; tap < l->taps; tap++, weights += c) {
    int8_t *const row = l->weights + tap * l->channels;
    memcpy(row, weights, (size_t)c);
    memset(row + c, 0, (size_t)(l->channels - c));
    for (int32_t o = 0; o < c; o++) l->start[o] -= l->params->input_zero_point * row[o];
  }
}

/* Channels [o, o + count) at all positions of an output row. */
static void run_channels(const layer *l, int32_t o, int32_t count, int8_t *output) {
  const tq_dims in = l->dims->input, out = l->dims->output;
  const int32_t multiplier = out.c / in.c, first = o / multiplier, step = l->params->stride_w * in.c;
  const int8_t *x = l->copy + first;
  uint8_t place[16];

  for (int32_t i = 0; i < 16; i++) {
    const int32_t channel = o + i < out.c ? o + i : out.c - 1;
    place[i] = (uint8_t)(channel / multiplier - first);
  }
  for (int32_t ox = 0; ox < out.w; ox++, x += step, output += out.c) {
    int32_t sums[16];
    tq_neon_depthwise_sums(x, l->from, l->taps, place, l->weights + o, l->channels, l->codes, l->start + o, sums);
    tq_neon_outputs(&l->scaling, o, count, 0, sums, output);
  }
}

int32_t tq_neon_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output,
                          void *scratch) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int64_t width = (int64_t)(out.w - 1) * params->stride_w + (int64_t)(filter.w - 1) * params->dilation_w + 1;
  layer l = {params, dims, tq_conv_scaling(params, bias), codes, filter.h * filter.w, (out.c + 15) / 16 * 16,
             (int32_t)width, NULL, NULL, NULL, NULL};

  if (width > in.w + 2 * filter.w) return 0;
  l.from = scratch;
  l.start = l.from + l.taps;
  l.weights = (int8_t *)(l.start + l.channels);
  l.copy = l.weights + l.taps * l.channels;
  for (int32_t tap = 0; tap < l.taps; tap++) {
    l.from[tap] = (tap / filter.w * l.width + tap % filter.w * params->dilation_w) * in.c;
  }
  lay_weights(&l, weights);
  for (int32_t row = 0; row < out.n * out.h; row++) {
    tq_neon_copy_rows(params, dims, input + row / out.h * in.h * in.w * in.c, row % out.h, l.width, l.copy);
    for (int32_t o = 0; o < out.c; o += 16) {
      run_channels(&l, o, out.c - o < 16 ? out.c - o : 16, output + row * out.w * out.c + o);
    }
  }
  return 1;
}
